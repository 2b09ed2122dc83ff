/** validation.json and parity.json: what was found out about the model of a run, as far as readers rely on it. */

import { z } from 'zod';

import type { Fact, JsonArtefact } from './artefact.ts';

const model = z.object({ sha256: z.string(), bytes: z.number() });
const nullable = z.number().nullable().optional();
const optional = z.number().optional();

/** Of images, or of a text. */
const validationSchema = z.object({
  model,
  data: z.string(),
  /** Of the data; runs from before it was written down lack it. */
  split: z.string().optional(),
  provider: z.string(),
  images: optional,
  words: optional,
  leftOut: optional,
  inPieces: z.object({ pieces: z.number(), words: z.number(), perplexity: nullable }).nullable().optional(),
  level: z.string().optional(),
  /** In nats. */
  loss: z.number().nullable(),
  /** Shares from 0 to 1. */
  accuracy: nullable,
  top5: nullable,
  perplexity: nullable,
  bitsPerCharacter: nullable,
  officialPerplexity: nullable,
  unigramPerplexity: nullable,
  /** Of images: how each class does, null where there is no image of it. */
  classes: z
    .array(z.object({ label: z.string(), images: z.number(), accuracy: z.number().nullable() }))
    .readonly()
    .optional(),
  /** Images or words for which some output is no number, and files that cannot be read. */
  notFinite: optional,
  unreadable: optional,
  seconds: optional,
  imagesPerSecond: optional,
  wordsPerSecond: optional,
  /** What the file does not say, and was taken for granted. */
  assumed: z.array(z.string()).readonly().optional(),
  note: z.string().nullable().optional(),
  notes: z.array(z.string()).readonly().optional(),
});

export const validation: JsonArtefact<typeof validationSchema> = {
  name: 'validation.json',
  title: 'how the model file does on its data',
  format: 'json',
  version: null,
  schema: validationSchema,
  summarise({ data, accuracy, perplexity }): readonly Fact[] {
    return [
      ['data', data],
      ...(typeof accuracy === 'number' ? [['accuracy', `${(100 * accuracy).toFixed(2)} %`] as const] : []),
      ...(typeof perplexity === 'number' ? [['perplexity', perplexity.toFixed(2)] as const] : []),
    ];
  },
};

const agreement = z.object({ agreed: z.number(), total: z.number() }).optional();

/** A value in between, and how far a runtime is off at it. */
const layer = z.object({
  value: z.string(),
  op: z.string(),
  largestAbsolute: nullable,
  /** The largest share of what is allowed. */
  used: nullable,
  notFinite: optional,
  rewritten: z.boolean().optional(),
});

/** A runtime that was compared, and how far it is off. */
export const pairFigures = z.object({
  name: z.string(),
  version: z.string(),
  elements: z.number(),
  largestAbsolute: z.number().nullable(),
  gate: z.object({ absolute: z.number() }),
  p99: nullable,
  notFinite: optional,
  notFiniteAlike: optional,
  /** The largest share of what is allowed; the least cosine, and signal to noise in decibels; sizes of differences. */
  used: nullable,
  cosine: nullable,
  signalToNoise: nullable,
  histogram: z
    .array(z.object({ upTo: z.number(), elements: z.number() }))
    .readonly()
    .optional(),
  runs: z.string().optional(),
  /** Inputs compared, of those there are. */
  seededInputs: optional,
  seededOf: optional,
  realImages: optional,
  realOf: optional,
  /** Inputs on which both give the highest value at the same place. */
  top1Seeded: agreement,
  top1Real: agreement,
  seconds: optional,
  note: z.string().nullable().optional(),
  failures: z.array(z.string()).readonly(),
});

export type PairFigures = z.output<typeof pairFigures>;

const paritySchema = z.object({
  model,
  baseline: z.object({ name: z.string(), version: z.string() }),
  outcome: z.string(),
  /** What real inputs there were: images, or words in slices that go on from each other. */
  real: z
    .object({
      dataset: z.string().nullable(),
      images: optional,
      words: optional,
      reason: z.string().optional(),
    })
    .optional(),
  pairs: z.array(pairFigures).readonly(),
  unavailable: z.array(z.object({ runtime: z.string(), reason: z.string() })).readonly(),
  /** With --layers: of each runtime, the values in between in the order of the file. */
  layers: z
    .array(z.object({ name: z.string(), layers: z.array(layer).readonly(), error: z.string().nullable() }))
    .readonly()
    .optional(),
  /** Of how many inputs the truth is known, and why of none, or of no more. */
  truth: z.object({ inputs: z.number(), why: z.string().nullable() }).optional(),
  /** What is allowed and why, in a sentence. */
  gate: z.string().optional(),
  /** Why the file was not read as a graph; absent in reports from before files were compared all the same. */
  unread: z
    .object({
      reason: z.string(),
      missing: z.array(z.object({ op: z.string(), count: z.number() })).readonly(),
    })
    .nullable()
    .optional(),
});

export const parity: JsonArtefact<typeof paritySchema> = {
  name: 'parity.json',
  title: 'whether runtimes agree on the model file',
  format: 'json',
  version: null,
  schema: paritySchema,
  summarise: ({ outcome, baseline, pairs }): readonly Fact[] => [
    ['outcome', outcome],
    ['compared', `${pairs.map(({ name }) => name).join(', ')} with ${baseline.name}`],
  ],
};
