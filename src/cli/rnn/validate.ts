/** `nascent validate` of a language model: its perplexity on a text, by onnxruntime. */

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import { table } from '../../tui/table.ts';
import { isLanguageModel, languageModelOf } from '../../validate/language-model.ts';
import { readModelFile } from '../../validate/model-file.ts';
import type { PerplexityReport } from '../../validate/perplexity.ts';
import { formatInteger } from '../format.ts';
import { isVerbose } from '../options.ts';
import { print, say } from '../output.ts';
import { givenModel } from '../runs.ts';
import { work } from '../work.ts';
import { givenText, textOf } from './text-data.ts';

export interface TextValidateFlags {
  readonly data?: string;
  readonly from?: string;
  readonly provider: 'cpu' | 'cuda' | 'webgpu';
  readonly batch?: number;
  readonly tokens?: number;
  readonly json?: boolean;
}

/**
 * The text that a language model's file says it was made for; undefined for any other model.
 *
 * @throws NascentError as readModelFile does
 */
export async function saidText(file: string): Promise<string | undefined> {
  const model = await readModelFile(file);
  return isLanguageModel(model) ? languageModelOf(model).dataset : undefined;
}

export async function validateText(path: string, flags: TextValidateFlags, command: Command): Promise<void> {
  const { file, run } = givenModel(path);
  const own = run === undefined ? undefined : textOf(run);
  const order = {
    model: file,
    ...(flags.data === undefined && own !== undefined
      ? own
      : givenText(flags.data ?? (await saidText(file)), flags.from)),
    provider: flags.provider,
    ...(flags.batch !== undefined && { batchSize: flags.batch }),
    ...(flags.tokens !== undefined && { tokens: flags.tokens }),
  };
  const report = await work(`Validating ${file}`, { verbose: isVerbose(command) }, async ({ job }) => {
    const result = await job('perplexity', order);
    await run?.writeFile('validation.json', `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  });
  say(details(report));
  print(flags.json === true ? JSON.stringify(report, undefined, 2) : essence(report));
  if (report.notFinite > 0) {
    throw new NascentError(
      'gate/failed',
      `the model gives values that are no numbers for ${report.notFinite} words`,
      { help: 'Its weights may have diverged in training: see metrics.jsonl of its run.' },
    );
  }
}

function essence({ perplexity, words, split }: PerplexityReport): string {
  return `perplexity ${perplexity?.toFixed(3) ?? 'unknown'} over ${formatInteger(words)} words of the ${split} text`;
}

function details(report: PerplexityReport): string {
  const { loss, unigramPerplexity, batch, provider, wordsPerSecond, notes } = report;
  return table([
    ['loss', `${loss?.toFixed(4) ?? 'not a number'} nats a word`],
    ['unigram model', `perplexity ${unigramPerplexity.toFixed(1)}`],
    [
      'hidden state',
      `carried through ${batch === 1 ? 'the whole text' : `each of ${batch} pieces of the text`}`,
    ],
    ['speed', `${formatInteger(wordsPerSecond)} words a second, onnxruntime-${provider}`],
    ...notes.map((note) => ['note', note] as const),
  ]);
}
