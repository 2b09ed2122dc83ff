/** `nascent validate` of a language model: its perplexity on a text, by onnxruntime. */

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { validation as validationFile } from '../../run/artefacts/results.ts';
import { table } from '../../tui/table.ts';
import type { LanguageModel } from '../../evaluate/language-model.ts';
import type { PerplexityReport } from '../../evaluate/perplexity.ts';
import type { Provider } from '../../runtime/onnxruntime/load.ts';
import { formatInteger } from '../render/format.ts';
import { isVerbose } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import type { GivenModel } from '../input/runs.ts';
import { work } from '../shell/work.ts';
import { commandLine, word } from '../render/next.ts';
import { givenText, refuseForText, textFor } from './text-data.ts';

export interface TextValidateFlags {
  readonly data?: string;
  readonly from?: string;
  readonly provider: Provider;
  readonly images?: number;
  readonly batch?: number;
  readonly tokens?: number;
  readonly json?: boolean;
}

/** @param model what the file says of itself */
export async function validateText(
  given: GivenModel,
  model: LanguageModel,
  flags: TextValidateFlags,
  command: Command,
): Promise<void> {
  refuseForText({ images: flags.images });
  const { file, modelOf } = given;
  const own = textFor(given.run, model);
  if (own === undefined && flags.data === undefined) throw textUnsaid(model);
  const order = {
    model: file,
    ...givenText(flags, own),
    provider: flags.provider,
    ...(flags.batch !== undefined && { batchSize: flags.batch }),
    ...(flags.tokens !== undefined && { tokens: flags.tokens }),
  };
  const report = await work(`Validating ${file}`, { verbose: isVerbose(command) }, async ({ job }) => {
    const result = await job('perplexity', order);
    if (modelOf !== undefined) await writeArtefact(modelOf, validationFile, result);
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

/** What can be done with a model of which no text is known. */
function textUnsaid({ path, words, untrained }: LanguageModel): NascentError {
  const count = formatInteger(words);
  const file = word(path);
  const measure = `Give a text whose vocabulary has ${count} words: ${commandLine(`validate ${file} --data text --from FOLDER`)}.`;
  return untrained
    ? new NascentError(
        'input/invalid',
        `${path} is an untrained language model of ${count} words, made for no text`,
        {
          help:
            `Its words have no names, and its perplexity is about ${count}, whatever the text. ${measure} To compare ` +
            `runtimes on it: ${commandLine(`parity ${file}`)}. To get a model that says something, train its cell: ` +
            `${commandLine('train --genotype NAME --data wikitext2')}.`,
        },
      )
    : new NascentError(
        'input/invalid',
        `${path} is a language model that does not say what text it was made for`,
        {
          help: `Name the text with --data, and --from where it is not in the cache. ${measure}`,
        },
      );
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
