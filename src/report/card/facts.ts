/** What a card is made from, and what of it belongs together. */
import { z } from 'zod';
import type { ReadMetrics } from '../../run/artefacts/metrics.ts';
import type { RunRecord } from '../../run/record.ts';
import type { ReadParity, ReadValidation, ReportedRun, RunLogs } from '../read-run.ts';

/** An input or output of a model file. An extent is a number, or the name of one that is left open. */
export interface CardValue {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

/** A model file, as far as a card says it. */
export interface CardModel {
  /** Its name, without folders. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly irVersion: number;
  readonly opset: number | undefined;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly inputs: readonly CardValue[];
  readonly outputs: readonly CardValue[];
}

export interface CardFacts {
  readonly model: CardModel;
  /** The training that the file is of; undefined where none is known. */
  readonly training: RunLogs | undefined;
  /** Only where they are about this very file. */
  readonly validation: ReadValidation | undefined;
  readonly parity: ReadParity | undefined;
  /** What was found and left out, a sentence each. */
  readonly leftOut: readonly string[];
}

/** @param run in whose folder the file lies, if it is that run's model */
export function cardFacts(model: CardModel, run: ReportedRun | undefined): CardFacts {
  const leftOut = (run?.notes ?? []).map((note) => `Not read: ${note}.`);
  /** Results of a file that was since exported anew are not this one's. */
  const ofThis = <T extends { readonly model: { readonly sha256: string } }>(
    name: string,
    found: T | undefined,
  ): T | undefined => {
    if (found === undefined || found.model.sha256 === model.sha256) return found;
    leftOut.push(`${name} is about another file (its sha256 differs), and is left out.`);
    return undefined;
  };
  return {
    model,
    training: run?.record?.kind === 'train' ? run : run?.training,
    validation: ofThis('validation.json', run?.validation),
    parity: ofThis('parity.json', run?.parity),
    leftOut,
  };
}

const strings = z.array(z.string());
const numbers = z.array(z.number()).min(1);

/** Names of the classes, in the order of their numbers; undefined where the file has none. */
export function labelsOf({ metadata }: CardModel): readonly string[] | undefined {
  return listIn(metadata.get('labels'), strings);
}

/** Of pixels scaled to [0, 1], a number a channel. */
export function normalisationOf({
  metadata,
}: CardModel): { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined {
  const mean = listIn(metadata.get('input_mean'), numbers);
  const std = listIn(metadata.get('input_std'), numbers);
  return mean === undefined || std === undefined || mean.length !== std.length ? undefined : { mean, std };
}

function listIn<T>(json: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (json === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** A setting or other value under `config` of a training, where it is one word or number. */
export function configured({ config }: RunRecord, ...path: readonly string[]): string | undefined {
  let value: unknown = config;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The last measurement after an epoch, and the one at the end where there was one. */
export function lastMeasured(metrics: readonly ReadMetrics[]): readonly ReadMetrics[] {
  const epoch = metrics.findLast(({ kind }) => kind === 'epoch');
  const test = metrics.findLast(({ kind }) => kind === 'test');
  return [epoch, test].flatMap((each) => each ?? []);
}
