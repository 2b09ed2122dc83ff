/** Whether a model in eight bits still tells apart what the one in float32 does: the angle between their logits. */
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';
import { madeUp } from './made-up.ts';

/** Plain data: how alike the logits of two models are. */
export interface Likeness {
  /** The cosine between the logits of both for all inputs together, the mean of each input's taken off: 1 where they are alike. */
  readonly cosine: number;
  /** The least that is allowed. */
  readonly least: number;
  /** What was compared, for people. */
  readonly what: string;
}

/**
 * A cosine of 0.99 is a difference of a seventh of the logits' own length: what eight bits in every layer come to is a tenth
 * of that and less (0.9997 and more for the published cells, untrained).
 */
const least = 0.99;

/** Steps of a text. */
const steps = 35;
const batch = 4;

/**
 * Runs both on the same inputs. All logits are held against each other at once: those of an input between two classes are
 * nearly equal, and alone they would point anywhere, of two classes either way, by errors that are nothing beside the others.
 *
 * @param sample a batch of the model's only input; made-up inputs where there is none
 * @throws NascentError 'gate/failed' where the logits lie further apart than is allowed
 */
export async function requireAlike(
  before: OnnxModel,
  after: OnnxModel,
  sample: AnyTensor | undefined,
): Promise<Likeness> {
  const input = before.graph.inputs[0]?.name ?? '';
  const feeds =
    sample === undefined
      ? madeUp(before, (extent) => (extent === 'sequence' ? steps : batch)).plain
      : new Map([[input, sample]]);
  const [was, is] = [await logitsOf(before, feeds), await logitsOf(after, feeds)];
  const length = was.shape.at(-1) ?? 0;
  const count = was.data.length / length;
  const what = sample === undefined ? `${count} made-up inputs` : `${count} samples`;
  const likeness = { cosine: cosineOf(rowsOf(was), rowsOf(is)), least, what };
  if (likeness.cosine >= least) return likeness;
  throw new NascentError(
    'gate/failed',
    `eight bits are too few for this network: its logits have a cosine of ${likeness.cosine.toPrecision(6)} with those in float32, and ${least} is asked (${what})`,
    {
      help: 'Nothing was written. Take another --calibration, or leave the noisiest layers in float32 with --keep-float.',
    },
  );
}

/** The first of its answers: logits, or of a language model logarithms of probabilities, which are that but for a constant. */
async function logitsOf(model: OnnxModel, feeds: AnyTensors): Promise<AnyTensor> {
  const session = await createOnnxSessionFromFile(encodeModel(model), 'cpu');
  try {
    const answers = await session.runAny(feeds);
    return [...answers.values()][0] ?? { dtype: 'float32', shape: [0], data: new Float32Array() };
  } finally {
    session.dispose();
  }
}

function rowsOf({ data, shape }: AnyTensor): readonly (readonly number[])[] {
  const length = shape.at(-1) ?? 0;
  return Array.from({ length: data.length / length }, (_, row) =>
    Array.from(data.slice(row * length, (row + 1) * length), Number),
  );
}

/**
 * Between all numbers of one and of the other, each row without its mean: a softmax looks at differences only. Rows of equal
 * numbers are alike; NaN is like nothing.
 */
export function cosineOf(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  const [a, b] = [one.flatMap(centred), other.flatMap(centred)];
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? Number.NaN), 0);
  const lengths = Math.sqrt(product(a, a) * product(b, b));
  if (lengths > 0) return Math.min(1, product(a, b) / lengths);
  return product(a, a) === product(b, b) ? 1 : 0;
}

function centred(row: readonly number[]): readonly number[] {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return row.map((value) => value - mean);
}
