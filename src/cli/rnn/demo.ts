/**
 * `nascent demo --rnn`: the main job for a recurrent cell, end to end, in one run directory: engine, text, search,
 * training, export, perplexity, parity.
 *
 * Each part finds what an earlier attempt finished and goes on from there.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { datasetNamed } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import type { RnnExportOutcome } from '../../model/rnn.ts';
import { rnnGenotypeSvg } from '../../report/rnn-svg.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { parity as parityFile, validation as validationFile } from '../../run/artefacts/results.ts';
import { openRun } from '../../run/directory.ts';
import type { EngineName } from '../../runtime/engine.ts';
import type { RnnSearchConfig } from '../../tasks/text/search-settings.ts';
import type { RnnSearchOutcome } from '../../search/rnn/job.ts';
import { rnnGenotypeFromJson, rnnGenotypeToNotation } from '../../space/text/genotype-text.ts';
import type { RnnTrainConfig } from '../../tasks/text/train-settings.ts';
import type { RnnTrainOutcome } from '../../train/rnn/job.ts';
import { finishedGenotype, trainingFolder } from '../../run/searched.ts';
import { formatDuration } from '../../tui/format.ts';
import { table } from '../../tui/table.ts';
import { requireParity, type ParityReport } from '../../parity/parity-report.ts';
import type { PerplexityReport } from '../../evaluate/perplexity.ts';
import { getData, prepareEngine } from '../demo/demo.ts';
import { formatBytes, formatInteger, formatMillions } from '../render/format.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import type { Work } from '../shell/work.ts';
import { givenText, type TextData } from './text-data.ts';

export interface RnnDemoOptions {
  /** The run directory. */
  readonly run: string;
  readonly text: TextData;
  readonly engine: EngineName | undefined;
  /** For the parts that are not begun yet. */
  readonly preset: string;
  readonly search: RnnSearchConfig;
  readonly train: RnnTrainConfig;
}

export interface RnnDemoResult {
  readonly run: string;
  readonly text: TextData;
  readonly search: CellFound;
  readonly train: RnnTrainOutcome;
  readonly model: RnnExportOutcome;
  readonly validation: PerplexityReport;
  readonly parity: ParityReport;
  readonly seconds: number;
}

/** `steps` is null where an earlier attempt had finished the search. */
type CellFound = Pick<RnnSearchOutcome, 'genotype' | 'seconds' | 'why'> & { readonly steps: number | null };

/** The text of a demo: what is asked for; else WikiText-2, where it is in the cache; else what is made on the spot. */
export async function demoText(data: string | undefined, from: string | undefined): Promise<TextData> {
  if (data !== undefined) return givenText({ data, from });
  if (from !== undefined) return givenText({ data: 'wikitext2', from });
  const status = await datasetNamed('wikitext2').status();
  return { data: status?.status === 'ready' ? 'wikitext2' : 'grammar' };
}

/** @throws what the parts throw */
export async function demoRnn(options: RnnDemoOptions, work: Work): Promise<RnnDemoResult> {
  const { run, text } = options;
  const started = performance.now();
  await prepareEngine(options.engine, work);
  if (text.from === undefined) await getData(text.data, work);
  const search = await searchCell(options, work);
  const svg = rnnGenotypeSvg(search.genotype, { title: 'Recurrent cell found by DARTS', subtitle: run });
  await openRun(run).writeFile('cells.svg', svg);
  const train = await trainCell(options, search, work);
  const model = await work.job('export-rnn', { run });
  const folder = openRun(run);
  const file = join(run, 'model.onnx');
  const { test_batch_size: batchSize, test_tokens: tokens, train_tokens: trainTokens } = options.train;
  const validation = await work.job('perplexity', { model: file, ...text, batchSize, tokens, trainTokens });
  await writeArtefact(folder, validationFile, validation);
  const parity = await work.job('parity', { model: file, text });
  await writeArtefact(folder, parityFile, parity);
  const seconds = (performance.now() - started) / 1000;
  return { run, text, search, train, model, validation, parity, seconds };
}

async function searchCell(options: RnnDemoOptions, { job }: Work): Promise<CellFound> {
  const { run, text, preset, search: settings } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  if (!existsSync(join(run, 'run.json'))) {
    return job('search-rnn', { kind: 'new', out: run, config: { ...text, preset, settings }, ...engine });
  }
  const genotype = finishedGenotype(run, rnnGenotypeFromJson);
  if (genotype === undefined) return job('search-rnn', { kind: 'resume', run, ...engine });
  const folder = openRun(run);
  const last = folder.readMetrics().findLast((record) => record['kind'] === 'epoch');
  const why = `${folder.record().engine}, as recorded`;
  return { genotype, seconds: Number(last?.['seconds'] ?? Number.NaN), why, steps: null };
}

async function trainCell(
  options: RnnDemoOptions,
  { genotype }: CellFound,
  { job }: Work,
): Promise<RnnTrainOutcome> {
  const { run: source, text, preset, train: settings } = options;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const out = trainingFolder(source);
  return existsSync(join(out, 'run.json'))
    ? job('train-rnn', { kind: 'resume', run: out, ...engine })
    : job('train-rnn', {
        kind: 'new',
        out,
        config: { ...text, preset, source, genotype, settings },
        ...engine,
      });
}

export function rnnDemoTable(result: RnnDemoResult): string {
  const { search, train, model, validation, parity, seconds } = result;
  const perplexity = (value: number | null, of: string) => `${value?.toFixed(2) ?? 'not a number'}  ${of}`;
  const differences = parity.pairs.map(
    ({ name, elements, largestAbsolute }) =>
      `${elements === 0 ? 'not compared' : largestAbsolute.toExponential(1)}  ${name} against ${parity.baseline.name}`,
  );
  const steps = search.steps === null ? '' : `, ${formatInteger(search.steps)} steps`;
  return table([
    ['engine', search.why],
    ['text', `${result.text.data}, ${formatInteger(model.words)} words in the vocabulary`],
    ...validation.notes.map((note) => ['note', note] as const),
    ['search time', `${formatDuration(1000 * search.seconds)}${steps}`],
    ['genotype', rnnGenotypeToNotation(search.genotype)],
    ['training time', formatDuration(1000 * train.seconds)],
    ['parameters', formatMillions(model.parameters)],
    [
      'test perplexity',
      [
        perplexity(
          validation.perplexity,
          `over ${formatInteger(validation.words)} words, onnxruntime-${validation.provider}`,
        ),
        perplexity(train.testPerplexity, `${train.engine}, as trained`),
        perplexity(validation.unigramPerplexity, 'the unigram model of the same training text'),
      ].join('\n'),
    ],
    ['largest difference', differences.length === 0 ? 'nothing was compared' : differences.join('\n')],
    ['model', model.file],
    ['vocabulary', model.vocabulary],
    ['file size', formatBytes(model.bytes)],
    ['sha256', model.sha256],
    ['total time', formatDuration(1000 * seconds)],
  ]);
}

/** Three things to go on with. */
export function rnnDemoNext({ run, text }: RnnDemoResult): readonly string[] {
  return [
    `parity ${word(run)}`,
    `validate ${word(run)} --json`,
    `search${dataFlags(text)} --preset darts-rnn --out runs/darts-rnn`,
  ].map(commandLine);
}

/** How many times better than the unigram model the exported model has to be. */
const leastFactor = 2;
/** How far the exported model's perplexity may be from the trained one's. */
const mostApart = 1e-3;

/** @throws NascentError `gate/failed` where a runtime differs, or the model is not good enough on the test text */
export function requireGoodText({ parity, validation, train }: RnnDemoResult): void {
  requireParity(parity);
  const { perplexity, unigramPerplexity } = validation;
  const refuse = (what: string, help: string): never => {
    throw new NascentError('gate/failed', what, { help });
  };
  if (perplexity === null)
    return refuse('the exported model gives values that are no numbers', 'See parity.json.');
  const apart = Math.abs(perplexity / train.testPerplexity - 1);
  if (!(apart <= mostApart)) {
    return refuse(
      `the exported model has a perplexity of ${perplexity.toFixed(3)}, and the trained one ${train.testPerplexity.toFixed(3)}`,
      'They should agree to 0.1 %: look at how the model is exported.',
    );
  }
  if (perplexity * leastFactor <= unigramPerplexity) return undefined;
  return refuse(
    `the exported model has a perplexity of ${perplexity.toFixed(1)} on the test text, and at most ` +
      `${(unigramPerplexity / leastFactor).toFixed(1)} is good enough: half of the unigram model's`,
    'Run the demo again with another engine, or train longer: nascent train --help.',
  );
}
