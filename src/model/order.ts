/** What an export is told. */
import { z } from 'zod';
import { schemaBy } from '../run/schema-by.ts';
import type { Passes } from '../../exporters/passes/passes.ts';
import { opsets } from '../../exporters/onnx/export.ts';
import type { CnnShape } from '../space/images/cnn.ts';
import { stemKinds } from '../space/images/stem.ts';
import type { RnnShape } from '../space/text/model.ts';
import { formatNames, type FormatName } from './formats/formats.ts';
import { calibrations, type Calibration } from './ranges.ts';
import type { ExportOpset, ModelOptions, WhichCheckpoint } from './model.ts';

/** What any export is told. */
export interface Exported extends ModelOptions {
  readonly opset?: ExportOpset | undefined;
  /** What is made of the model before it is written (default: nothing). */
  readonly passes?: Passes | undefined;
  /** How it is written (default: `onnx`, one file). */
  readonly format?: FormatName | undefined;
  /** Whether weights go into a file beside the model (default: no). */
  readonly externalData?: boolean | undefined;
  /** Which range of a value int8 is spread over, of what it is on samples (default: `min-max`, all of it). */
  readonly calibration?: Calibration | undefined;
  /**
   * Nodes that int8 or fp16 leaves in float32: their names, how these begin, or ops; of int8 also a number, how many of the
   * noisiest layers (default: none).
   */
  readonly keepFloat?: readonly string[] | undefined;
  /** The most that int8 and fp16 may cost: points of accuracy, or percent of perplexity (default: 1, of fp16 0.1). */
  readonly maxDrop?: number | undefined;
}

/** A trained run, to be written as an ONNX file. */
export interface RunExport extends Exported {
  /** A run folder: of a training, or of a search that has been trained. */
  readonly run: string;
  /** Which of its checkpoints (default: the one that the task exports, of images the last, of text the best). */
  readonly checkpoint?: WhichCheckpoint | undefined;
  /** The file or folder to write (default: `model.onnx` in the run folder, or as the format and `unroll` have it). */
  readonly out?: string | undefined;
}

/** A genotype, or its JSON, in a network without any training: to be timed, converted, looked into and compared. */
export type GenotypeExport = Exported & {
  readonly genotype: unknown;
  readonly seed: number;
  /** The file to write. */
  readonly out: string;
} & (
    | { readonly task: 'images'; readonly shape: CnnShape }
    | { readonly task: 'text'; readonly shape: RnnShape }
  );

/** What to export: a trained run, or a genotype without any training. */
export type ExportOrder = RunExport | GenotypeExport;

// Of numbers only that they are: what no network can have, those who build it say better.
const exported = {
  opset: z.literal([...opsets]).optional(),
  unroll: z.number().optional(),
  passes: z
    .strictObject({
      int8: z.boolean().optional(),
      foldBatchNorm: z.boolean().optional(),
      fp16: z.boolean().optional(),
      softmax: z.boolean().optional(),
      topK: z.int().positive().optional(),
      preprocess: z.boolean().optional(),
      functions: z.boolean().optional(),
    } satisfies Record<keyof Passes, z.ZodType>)
    .optional(),
  format: z.enum(formatNames).optional(),
  externalData: z.boolean().optional(),
  calibration: z.enum(calibrations).optional(),
  keepFloat: z.array(z.string()).optional(),
  maxDrop: z.number().nonnegative().optional(),
};

const runExport: z.ZodType<RunExport> = z.strictObject({
  ...exported,
  run: z.string(),
  checkpoint: z.enum(['last', 'best']).optional(),
  out: z.string().optional(),
});

const ofGenotype = { ...exported, genotype: z.unknown(), seed: z.int().nonnegative(), out: z.string() };

const genotypeExport: z.ZodType<GenotypeExport> = z.discriminatedUnion('task', [
  z.strictObject({
    ...ofGenotype,
    task: z.literal('images'),
    shape: z.strictObject({
      channels: z.number(),
      layers: z.number(),
      classes: z.number(),
      image: z.tuple([z.number(), z.number(), z.number()]),
      stem: z.enum(stemKinds).optional(),
    }),
  }),
  z.strictObject({
    ...ofGenotype,
    task: z.literal('text'),
    shape: z.strictObject({ words: z.number(), units: z.number() }),
  }),
]);

export const exportOrder = schemaBy<ExportOrder>((order) =>
  typeof order === 'object' && order !== null && 'genotype' in order ? genotypeExport : runExport,
);
