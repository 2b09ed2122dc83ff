/**
 * Training as a job. The network of a search is trained in the folder `train` of the search's run; the network of a
 * genotype given by name or file, in a run of its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { datasetNames, loadDataset } from '../data/datasets.ts';
import { NascentError } from '../errors.ts';
import { parseRecorded } from '../run/config.ts';
import { createRun, openRun, type Run } from '../run/directory.ts';
import { holdRun } from '../run/hold.ts';
import type { Json } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import { engineNamed, engineNames, openEngine } from '../runtime/engine.ts';
import { genotypeFromJson, genotypeToJson } from '../space/genotype-json.ts';
import { validateGenotype, type CnnGenotype } from '../space/genotype.ts';
import { trainSchema } from './config.ts';
import { train, type TrainResult } from './train.ts';

/** What run.json holds under `config`. */
export const recordedTraining = z.strictObject({
  data: z.enum(datasetNames),
  preset: z.string(),
  /** Where the genotype came from, for people. */
  source: z.string(),
  genotype: z.unknown(),
  settings: trainSchema,
});

export const trainOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('new'),
    out: z.string(),
    engine: z.enum(engineNames).optional(),
    config: recordedTraining,
  }),
  z.strictObject({ kind: z.literal('resume'), run: z.string(), engine: z.enum(engineNames).optional() }),
]);
export type TrainOrder = z.input<typeof trainOrder>;

export interface TrainOutcome extends TrainResult {
  readonly run: string;
  readonly engine: string;
}

export async function trainJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TrainOutcome> {
  const order = trainOrder.parse(args);
  const resumed = order.kind === 'resume' ? openRun(order.run) : undefined;
  const config = order.kind === 'new' ? order.config : recordedIn(order.run, resumed);
  const genotype = validateGenotype(config.genotype);
  const training = await loadDataset(config.data, 'train');
  const testing = await loadDataset(config.data, 'test');
  const engine = await openEngine(order.engine ?? engineNamed(resumed?.record().engine));
  reporter.note(`engine: ${engine.why}`);
  const run =
    resumed ??
    (await createRun(order.kind === 'new' ? order.out : '', {
      kind: 'train',
      config: config as unknown as Readonly<Record<string, Json>>,
      seed: config.settings.seed,
      engine: engine.runtime.name,
    }));
  const result = await holdRun(run, 'train', signal, async (either) => {
    await run.writeFile('genotype.json', genotypeToJson(genotype));
    return train(run, config.settings, genotype, { training, testing }, engine.runtime, reporter, either);
  });
  return { ...result, run: run.path, engine: engine.runtime.name };
}

function recordedIn(path: string, run: Run | undefined): z.output<typeof recordedTraining> {
  const record = run?.record();
  if (record?.kind !== 'train') {
    throw new NascentError(
      'run/not-a-run',
      `${path} is not a training: it is a ${record?.kind ?? 'missing'} run`,
      {
        help: `Go on with it by: nascent search --resume ${path}`,
      },
    );
  }
  return parseRecorded(recordedTraining, record.config, path);
}

/**
 * The trained run that a path means: the path itself, or the training within a search's run.
 *
 * @throws NascentError 'data/missing' where the search has not been trained
 */
export function trainedRun(path: string): Run {
  const run = openRun(path);
  if (run.record().kind === 'train') return run;
  const inner = trainingFolder(path);
  if (existsSync(join(inner, 'run.json'))) return openRun(inner);
  throw new NascentError('data/missing', `the cells of ${path} have not been trained`, {
    help: `Train them first: nascent train ${path}`,
  });
}

/** Where the network of the search in `path` is trained. */
export function trainingFolder(path: string): string {
  return join(path, 'train');
}

/**
 * The genotype that the search in `path` derived.
 *
 * @throws NascentError 'data/missing' where the search has not finished
 */
export function searchedGenotype(path: string): CnnGenotype {
  const run = openRun(path);
  const file = run.file('genotype.json');
  if (!existsSync(file)) {
    throw new NascentError('data/missing', `the search in ${path} has not derived a genotype`, {
      help: `Finish it first: nascent search --resume ${path}`,
    });
  }
  return genotypeFromJson(readFileSync(file, 'utf8'));
}
