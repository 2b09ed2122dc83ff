/** What a comparison of runtimes is told. */
import { z } from 'zod';
import { dataNames } from '../data/registry.ts';
import { runtimeNames } from '../runtime/registry.ts';
import { namedFile } from '../tensors/assign.ts';

export const parityOrder = z.strictObject({
  model: z.string(),
  /** Another file: what is compared is what it does with what `model` does. */
  other: z.string().optional(),
  /** Whose test images, or words, to run (default: those of `likely`, or of the model's metadata); null for none. */
  data: z.enum(dataNames).nullable().optional(),
  /** The folder or archive that holds the data; the cache, or the environment, where it is not said. */
  from: z.string().optional(),
  /** What the model was probably made for: run where no data are asked for and these are here. */
  likely: z.strictObject({ data: z.enum(dataNames), from: z.string().optional() }).optional(),
  /** Real images, from the start of the test split, or of `imagenet` from all classes. */
  images: z.int().positive().optional(),
  seeds: z.array(z.int().nonnegative()).min(1).readonly().default([1, 2, 3]),
  /** Tensor files to be given instead of what is drawn, one for each input. */
  inputs: z.array(namedFile).readonly().default([]),
  /** Tensor files of what is expected of outputs on them, instead of the truth. */
  expected: z.array(namedFile).readonly().default([]),
  /** Which runtime the others are measured against, instead of the truth. */
  against: z.enum(runtimeNames).optional(),
  /** Sizes of the seeded batches; a model of a fixed batch, or whose batch is among `extents`, is given that one. */
  batches: z.array(z.int().positive()).min(1).readonly().default([1, 3, 7]),
  /** What named extents are. */
  extents: z.record(z.string(), z.int().positive()).default({}),
  /** Runtimes to compare with onnxruntime-cpu: those named, each of which must be ready, or all that are. */
  runtimes: z.array(z.enum(runtimeNames)).min(1).readonly().optional(),
  /** Compare those in a browser, too: one that is not ready is an error, but for WebGPU. */
  browser: z.boolean().default(false),
  /** What an element may be off, instead of what is derived; and as a share of what is expected of it. */
  atol: z.number().nonnegative().optional(),
  rtol: z.number().nonnegative().optional(),
  /** By how many decibels the signal must be above the noise, in every output on every input, instead of both. */
  minSnr: z.number().optional(),
  /** Modules with `open(file)` that run it, too. */
  plugins: z.array(z.string()).readonly().default([]),
  /** For how many seconds a runtime may open the model, and work on one run. */
  timeout: z.number().positive().default(120),
  /** How much memory the process of a runtime may hold, in bytes (default: half of what the machine has). */
  memory: z.number().positive().optional(),
  /** Compare every value in between, too, on the first input on which a runtime fails, or the first of all. */
  layers: z.boolean().default(false),
  /** How many inputs a search for the worst one tries of each runtime, and for about how many seconds of all together. */
  climb: z.int().nonnegative().default(16),
  climbSeconds: z.number().positive().default(4),
  /**
   * Where a model of the smallest part in which the worst runtime differs is written, with its inputs and outputs (`true`:
   * `repro`). Of two files `true`: the first place where they part is looked for, and nothing is written.
   */
  bisect: z.union([z.string(), z.literal(true)]).optional(),
  /** For how long it is looked for. */
  bisectSeconds: z.number().positive().default(120),
  /** About how long a runtime in plain JavaScript may take; it is given fewer inputs for it. */
  slowSeconds: z.number().positive().default(10),
});
/** Which model to compare, on what, and where. */
export type ParityOrder = z.input<typeof parityOrder>;
/** The same with every default filled in. */
export type CheckedParityOrder = z.output<typeof parityOrder>;
