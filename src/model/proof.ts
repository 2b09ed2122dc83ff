/**
 * That a model still says what it said before passes were made over it. Both are run in onnxruntime on made-up inputs, and
 * what the passes promise is worked out from the answers of the first in double precision.
 */
import { mostOf } from '../extremes.ts';
import type { Passes } from '../../exporters/passes/passes.ts';
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { probabilities } from '../evaluate/probabilities.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';
import { madeUp } from './made-up.ts';

/** How far the answers of two models are apart, on the same inputs. */
export interface Proof {
  /** What was compared, for people. */
  readonly what: string;
  /** The largest difference, as a share of the largest answer. */
  readonly apart: number;
  /** The most that is allowed. */
  readonly allowed: number;
}

/**
 * Rounding to float32 costs a network of twenty cells a few millionths; float16 has three digits. A pass that does its
 * work wrong is off by far more than these. In eight bits a pixel that lies between two steps may become the other one,
 * 1/255 of its range, where the model normalises it itself.
 */
const allowedOf = ({ int8 = false, fp16 = false, preprocess = false }: Passes) =>
  fp16 || (int8 && preprocess) ? 2e-2 : 1e-5;

const batch = 2;

/** What is held against the model without passes. */
export interface Claimant {
  /** A file, or its bytes, as it is about to be given to the user. */
  readonly file: string | Uint8Array;
  /** What was asked for, as it is typed, for people. */
  readonly options: readonly string[];
  /** Inputs that are called otherwise than in the model without passes. */
  readonly renamed?: ReadonlyMap<string, string> | undefined;
}

/**
 * Runs both.
 *
 * @throws NascentError 'gate/failed' where they are further apart than rounding explains
 */
export async function prove(
  plain: OnnxModel,
  { file, options, renamed }: Claimant,
  asked: Passes,
): Promise<Proof> {
  const inputs = madeUp(plain, () => batch);
  const wanted = promised(await answersOf(encodeModel(plain), inputs.plain), asked);
  const feeds = asked.preprocess === true ? inputs.bytes : inputs.plain;
  const given = await answersOf(
    file,
    new Map([...feeds].map(([name, tensor]) => [renamed?.get(name) ?? name, tensor])),
  );
  const apart = mostOf([...wanted].map(([name, tensor]) => distance(given.get(name), tensor)));
  const allowed = allowedOf(asked);
  if (apart <= allowed) return { what: `${batch} made-up inputs, in onnxruntime`, apart, allowed };
  throw new NascentError(
    'gate/failed',
    `the model is not the same after ${options.join(', ')}: answers differ by ${apart.toExponential(1)} of the largest, and ${allowed.toExponential(0)} is allowed`,
    { help: `Nothing was written. ${asked.fp16 === true ? halfHelp : otherHelp}` },
  );
}

const halfHelp =
  'Values beyond ±65504 are infinite in float16: a note names them, and what to keep in float32 with --keep-float.';
const otherHelp = 'Leave one option after the other out to see which it is, and report it.';

async function answersOf(model: string | Uint8Array, feeds: AnyTensors): Promise<AnyTensors> {
  const session = await createOnnxSessionFromFile(model, 'cpu');
  try {
    return await session.runAny(feeds);
  } finally {
    session.dispose();
  }
}

/** What the passes make of the answers of the model without them. */
function promised(answers: AnyTensors, { softmax = false, topK }: Passes): AnyTensors {
  const [first] = answers.values();
  if (first === undefined || (!softmax && topK === undefined)) return answers;
  const classes = first.shape.at(-1) ?? 0;
  const rows = Array.from({ length: first.data.length / classes }, (_, row) => {
    const values = Array.from(first.data.slice(row * classes, (row + 1) * classes));
    return softmax ? probabilities(values) : values;
  });
  const name = softmax ? 'probabilities' : 'logits';
  if (topK === undefined) return new Map([[name, { ...first, data: Float64Array.from(rows.flat()) }]]);
  const best = rows.map((row) => row.toSorted((a, b) => b - a).slice(0, topK));
  return new Map([
    ['scores', { ...first, shape: [rows.length, topK], data: Float64Array.from(best.flat()) }],
  ]);
}

/** The largest difference, as a share of the largest number that was to come. */
function distance(given: AnyTensor | undefined, wanted: AnyTensor): number {
  if (given === undefined || given.shape.join() !== wanted.shape.join()) return Infinity;
  let [scale, difference] = [0, 0];
  wanted.data.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - (given.data[i] ?? Number.NaN)));
  });
  // NaN is no agreement.
  return Number.isNaN(difference) ? Infinity : difference / (scale || 1);
}
