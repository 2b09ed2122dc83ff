/** What the folder of a run holds that a report shows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openRun, type Run } from '../run/directory.ts';
import type { LogRecord } from '../run/log.ts';
import type { RunRecord } from '../run/record.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import { genotypeFromJson } from '../space/images/genotype-json.ts';
import type { RnnGenotype } from '../space/text/genotype.ts';
import { rnnGenotypeFromJson } from '../space/text/genotype-text.ts';

export interface RunLogs {
  readonly record: RunRecord;
  readonly metrics: readonly LogRecord[];
  readonly alphas: readonly LogRecord[];
}

export type FoundGenotype =
  | { readonly kind: 'convolutional'; readonly genotype: CnnGenotype }
  | { readonly kind: 'recurrent'; readonly genotype: RnnGenotype };

/** All that a report shows of a run. */
export interface ReportedRun extends RunLogs {
  /** Undefined until a search has derived one. */
  readonly genotype: FoundGenotype | undefined;
  /** Of a search: the training within its folder. */
  readonly training: RunLogs | undefined;
  readonly validation: z.output<typeof validationSchema> | undefined;
  readonly parity: z.output<typeof paritySchema> | undefined;
}

const model = z.object({ sha256: z.string(), bytes: z.number() });
const nullable = z.number().nullable().optional();

/** Of validation.json what is shown: of images, or of a text. */
const validationSchema = z.object({
  model,
  data: z.string(),
  provider: z.string(),
  images: z.number().optional(),
  words: z.number().optional(),
  loss: z.number().nullable(),
  accuracy: nullable,
  top5: nullable,
  perplexity: nullable,
  unigramPerplexity: nullable,
});

/** Of parity.json what is shown. */
const paritySchema = z.object({
  model,
  baseline: z.object({ name: z.string(), version: z.string() }),
  outcome: z.string(),
  pairs: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      elements: z.number(),
      largestAbsolute: z.number().nullable(),
      gate: z.object({ absolute: z.number() }),
      failures: z.array(z.string()),
    }),
  ),
  unavailable: z.array(z.object({ runtime: z.string(), reason: z.string() })),
});

/** @throws NascentError what `openRun` throws; 'space/invalid-genotype' of a genotype.json that is none */
export function readRun(path: string): ReportedRun {
  const run = openRun(path);
  const genotype = textIn(run, 'genotype.json');
  const training = join(path, 'train');
  return {
    ...logsOf(run),
    genotype: genotype === undefined ? undefined : genotypeIn(genotype),
    training: existsSync(join(training, 'run.json')) ? logsOf(openRun(training)) : undefined,
    validation: jsonIn(run, 'validation.json', validationSchema),
    parity: jsonIn(run, 'parity.json', paritySchema),
  };
}

function logsOf(run: Run): RunLogs {
  return { record: run.record(), metrics: run.readMetrics(), alphas: run.readAlphas() };
}

/** Recurrent cells have no reduction beside them. */
function genotypeIn(json: string): FoundGenotype {
  return json.includes('"reduce"')
    ? { kind: 'convolutional', genotype: genotypeFromJson(json) }
    : { kind: 'recurrent', genotype: rnnGenotypeFromJson(json) };
}

/** Undefined also for a file of another version: a report leaves out what it cannot read. */
function jsonIn<S extends z.ZodType>(run: Run, name: string, schema: S): z.output<S> | undefined {
  const text = textIn(run, name);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function textIn(run: Run, name: string): string | undefined {
  const file = run.file(name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
