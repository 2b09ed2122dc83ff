/** validation.json and parity.json: what was found out about the model of a run, as far as readers rely on it. */

import { z } from 'zod';

import type { Fact, JsonArtefact } from './artefact.ts';

const model = z.object({ sha256: z.string(), bytes: z.number() });
const nullable = z.number().nullable().optional();

/** Of images, or of a text. */
const validationSchema = z.object({
  model,
  data: z.string(),
  provider: z.string(),
  images: z.number().optional(),
  words: z.number().optional(),
  /** In nats. */
  loss: z.number().nullable(),
  /** Shares from 0 to 1. */
  accuracy: nullable,
  top5: nullable,
  perplexity: nullable,
  officialPerplexity: nullable,
  unigramPerplexity: nullable,
});

export const validation: JsonArtefact<typeof validationSchema> = {
  name: 'validation.json',
  title: 'how the model file does on its data',
  format: 'json',
  version: 1,
  schema: validationSchema,
  summarise({ data, accuracy, perplexity }): readonly Fact[] {
    return [
      ['data', data],
      ...(typeof accuracy === 'number' ? [['accuracy', `${(100 * accuracy).toFixed(2)} %`] as const] : []),
      ...(typeof perplexity === 'number' ? [['perplexity', perplexity.toFixed(2)] as const] : []),
    ];
  },
};

const paritySchema = z.object({
  model,
  baseline: z.object({ name: z.string(), version: z.string() }),
  outcome: z.string(),
  pairs: z
    .array(
      z.object({
        name: z.string(),
        version: z.string(),
        elements: z.number(),
        largestAbsolute: z.number().nullable(),
        gate: z.object({ absolute: z.number() }),
        failures: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  unavailable: z.array(z.object({ runtime: z.string(), reason: z.string() })).readonly(),
});

export const parity: JsonArtefact<typeof paritySchema> = {
  name: 'parity.json',
  title: 'whether runtimes agree on the model file',
  format: 'json',
  version: 1,
  schema: paritySchema,
  summarise: ({ outcome, baseline, pairs }): readonly Fact[] => [
    ['outcome', outcome],
    ['compared', `${pairs.map(({ name }) => name).join(', ')} with ${baseline.name}`],
  ],
};
