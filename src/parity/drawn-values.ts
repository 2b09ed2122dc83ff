/** The values of one input, drawn by seed: usual ones, or of a special kind. */
import { NascentError } from '../errors.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { Random } from '../random.ts';
import { isFloat, type AnyTensor, type Numbers } from '../runtime/any-tensor.ts';
import type { FedInput } from './fed-inputs.ts';
import { heldAs } from '../tensors/numbers.ts';
import type { Interval } from './whole/intervals.ts';
import { byColumns, nearest, unlessZero, usualWholes, type WholeRange } from './whole-ranges.ts';

/** Values that are not drawn like others, each in a case of the first batch. */
export type ValueKind = 'usual' | 'zeros' | 'ones' | 'extremes' | 'denormals';

/** An input of one shape, and which whole numbers it may hold. */
export interface DrawnInput extends Pick<FedInput, 'name' | 'dtype'> {
  readonly shape: readonly number[];
  readonly whole: WholeRange;
}

/**
 * @param turn counts the tensors of usual values that are drawn of one input
 * @throws NascentError 'onnx/unsupported' where nothing holds values of the type
 */
export function drawnTensor(input: DrawnInput, random: Random, kind: ValueKind, turn: number): AnyTensor {
  const { dtype, whole, shape } = input;
  const size = sizeOf(shape);
  const data = arrayOf(dtype, size);
  const value = isFloat(dtype)
    ? floatOf(dtype, random, kind)
    : kind === 'usual'
      ? isMask(input)
        ? maskOf(shape.at(-1) ?? 1, random)
        : usualWholes(whole, size, turn, random)
      : specialWhole(whole, random, kind);
  for (let i = 0; i < size; i++) data[i] = value();
  // The truth is of what a runtime is given.
  return { dtype, shape, data: heldAs(dtype, data) };
}

/** What a large value of each type of float is that sums of products of it stay within. */
const large: Readonly<Record<string, number>> = { float16: 64, bfloat16: 1e4, float32: 1e4, float64: 1e4 };
/** Below the smallest normal number of each. */
const tiny: Readonly<Record<string, number>> = { float16: 2 ** -16, bfloat16: 2 ** -130, float32: 2 ** -130 };

/** Whether an input says of each place in a row whether it counts. */
function isMask({ name, dtype, shape, whole }: DrawnInput): boolean {
  return /mask/i.test(name) && !isFloat(dtype) && whole.below === 2 && shape.length > 1;
}

/**
 * A mask, value after value: its rows are ones up to some place, as of texts that are filled up to one length, more often than from
 * there on, or than drawn one by one. In the others a row with nothing left in it is likely, where each word looks at those
 * before it, and of such a row nothing is a number that could be compared.
 */
function maskOf(length: number, random: Random): () => number {
  const form = random.integer(4);
  if (form === 0) return () => random.integer(2);
  let [at, ones] = [0, 0];
  return () => {
    if (at === 0) ones = 1 + random.integer(length);
    const isFront = at < ones;
    at = (at + 1) % length;
    return form === 1 && ones < length ? 1 - Number(isFront) : Number(isFront);
  };
}

function floatOf(dtype: string, random: Random, kind: ValueKind): () => number {
  switch (kind) {
    case 'zeros':
      return () => 0;
    case 'ones':
      return () => 1;
    case 'extremes':
      return () => (large[dtype] ?? 1) * random.normal();
    case 'denormals':
      return () => (tiny[dtype] ?? 2 ** -1030) * random.normal();
    case 'usual':
      return () => random.normal();
  }
}

/** Of so many points the ends are among what is extreme. */
const fewPoints = 16;

/** The last of what is compared is one before the end, which is beside it. */
function endsOf([least, most]: Interval): readonly number[] {
  return [...new Set([most - 1, least + 1, most, least])].filter((value) => least <= value && value <= most);
}

function specialWhole(whole: WholeRange, random: Random, kind: ValueKind): () => number {
  if (whole.columns !== undefined) {
    return byColumns(whole.columns, (column) => specialWhole(column, random, kind));
  }
  if (kind === 'extremes') {
    const { extremes, points } = whole;
    const [least, most] = extremes;
    // Each is there wherever there is room: the last row of a table is seldom met by chance.
    const first = [most, least, ...points.slice(0, fewPoints).flatMap(endsOf)].values();
    return () => unlessZero(whole, first.next().value ?? extremes[random.integer(2)] ?? most);
  }
  // Of floats alone there are some so small.
  if (kind === 'denormals') return usualWholes(whole, Infinity, 0, random);
  const value = nearest(whole, kind === 'zeros' ? 0 : 1);
  return () => value;
}

/** What holds the values of a type; one that is missing is not drawn. */
const arrays: { readonly [T in FedInput['dtype']]?: new (size: number) => Numbers } = {
  float32: Float32Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: Uint32Array,
  bool: Uint8Array,
};

/** @throws NascentError 'onnx/unsupported' */
function arrayOf(dtype: FedInput['dtype'], size: number): Numbers {
  const array = arrays[dtype];
  if (array !== undefined) return new array(size);
  throw new NascentError('onnx/unsupported', `inputs of type ${dtype} cannot be drawn`, {
    help: 'Cast them in the model, and feed it a wider type.',
  });
}
