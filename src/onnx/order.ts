/** What is asked of a model file: a run, or a measurement of how fast it runs. */
import { z } from 'zod';
import { runtimeNames } from '../runtime/registry.ts';
import { namedFile } from '../tensors/assign.ts';
import { conformance } from './compare.ts';

/** What named extents are. */
const extents = z.record(z.string(), z.int().nonnegative()).default({});

export const runModelOrder = z.strictObject({
  model: z.string(),
  runtime: z.enum(runtimeNames).default('onnxruntime-cpu'),
  /** Tensor files, for the inputs of their names, or for those that are left in their order; the rest are drawn. */
  inputs: z.array(namedFile).readonly().default([]),
  /** A folder of `input_0.pb` … and `output_0.pb` …, as in ONNX's test datasets: what to give, and what to expect. */
  dataset: z.string().optional(),
  /** Where inputs and outputs are written, as such a folder. */
  outputs: z.string().optional(),
  format: z.enum(['pb', 'npy']).default('pb'),
  extents,
  seed: z.int().nonnegative().default(1),
  /** Of each element: |given − expected| ≤ atol + rtol · |expected|. */
  rtol: z.number().nonnegative().default(conformance.rtol),
  atol: z.number().nonnegative().default(conformance.atol),
});
/** Which model to run, in what, on what. */
export type RunModelOrder = z.input<typeof runModelOrder>;
/** The same with every default filled in. */
export type CheckedRunModelOrder = z.output<typeof runModelOrder>;

export const checkModelOrder = z.strictObject({ model: z.string() });
/** Which model file to check. */
export type CheckModelOrder = z.input<typeof checkModelOrder>;

export const benchModelOrder = z.strictObject({
  model: z.string(),
  runtime: z.enum(runtimeNames).default('onnxruntime-cpu'),
  /** What the first extent is, where the model leaves it open, and `extents` does not say it. */
  batches: z.array(z.int().positive()).min(1).readonly().default([1, 8]),
  /** How long each batch is timed. */
  seconds: z.number().nonnegative().default(2),
  extents,
  seed: z.int().nonnegative().default(1),
});
/** Which model to time, in what. */
export type BenchModelOrder = z.input<typeof benchModelOrder>;
