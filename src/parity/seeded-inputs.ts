/**
 * Inputs drawn by seed for any model, so that every runtime gets the same: values as they are in practice, and such as
 * images never have.
 */
import type { OnnxValueInfo } from '../../proto/onnx.ts';
import { internal, NascentError } from '../errors.ts';
import { evaluated } from '../graph/extent.ts';
import { sizeOf } from '../graph/tensor.ts';
import { Random } from '../random.ts';
import { isFloat, type AnyTensor, type AnyTensors, type Numbers } from '../runtime/any-tensor.ts';
import type { FedInput } from './fed-inputs.ts';
import type { WholeRange } from './whole-ranges.ts';

export interface SeededCase {
  /** What it is called in a report: `seed 2`. */
  readonly label: string;
  readonly batch: number;
  readonly feeds: AnyTensors;
  /** Inputs that are instead the outputs of the case before, as whoever is asked gave them. */
  readonly carries?: ReadonlyMap<string, string>;
}

/** What a case is fed by one who gave `before` in the case before it. */
export function feedsFrom({ feeds, carries }: SeededCase, before: AnyTensors | undefined): AnyTensors {
  if (carries === undefined) return feeds;
  const fed = new Map(feeds);
  for (const [input, output] of carries) {
    const tensor = before?.get(output);
    if (tensor === undefined) throw internal(`no "${output}" to go on from`);
    fed.set(input, tensor);
  }
  return fed;
}

export interface SeededOptions {
  readonly seeds: readonly number[];
  readonly batches: readonly number[];
  /** What named extents other than the batch are. */
  readonly extents: Readonly<Record<string, number>>;
  /** Whether there are cases of special kinds (default: they are). */
  readonly special?: boolean;
}

/** For a named extent of which nothing was said: short, and unlike any batch; of a side of an image, a usual one. */
const unsaidExtent = 5;
const unsaidSide = 64;

/** The most values of one case, and of all of them together: beyond it there are fewer cases. */
const largestCase = 2 ** 26;
const largestTogether = 2 ** 27;

/**
 * The batches that a model takes: those asked for, or the one that it is fixed to. A first extent that an output has
 * another instead of is no batch: it may be steps of a sequence.
 */
export function batchesFor(
  inputs: readonly FedInput[],
  outputs: readonly OnnxValueInfo[],
  asked: readonly number[],
): readonly number[] {
  const symbol = batchSymbol(inputs);
  if (symbol !== undefined) return asked;
  const fixed = inputs[0]?.shape[0];
  const firsts = outputs.map(({ type }) => (type.kind === 'tensor' ? type.shape?.[0] : undefined));
  const isShared = firsts.every((first) => typeof first !== 'number' || first === fixed);
  return [typeof fixed === 'number' && isShared ? fixed : 1];
}

/** Values that are not drawn like others, each in a case of the first batch. */
export const specialKinds = ['zeros', 'ones', 'extremes', 'denormals'] as const;
export type SpecialKind = (typeof specialKinds)[number];
type Kind = 'usual' | SpecialKind;

/**
 * A case for each seed and batch, the batches of a seed together, and after the first of them one for each special
 * kind. Floats are standard normal; whole numbers are ids that whatever reads them knows, or small ones of both signs.
 *
 * @throws NascentError 'input/invalid' where a single case has more values than can be held several times over
 */
export function seededCases(
  inputs: readonly FedInput[],
  { seeds, batches, extents, special = true }: SeededOptions,
): readonly SeededCase[] {
  const symbol = batchSymbol(inputs);
  const shapeOf = ({ shape }: FedInput, batch: number): number[] =>
    shape.map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      const named = (name: string) => extents[name] ?? (isBatch(name) ? batch : undefined);
      return named(dim) ?? computed(dim, named) ?? (isSide(shape, axis) ? unsaidSide : unsaidExtent);
    });
  const isBatch = batchNames(inputs, symbol);
  const valuesOf = (batch: number): number =>
    inputs.reduce((sum, input) => sum + sizeOf(shapeOf(input, batch)), 0);
  const [firstBatch = 1] = batches;
  requireDrawable(inputs, valuesOf(firstBatch), (input) => shapeOf(input, firstBatch));
  const drawnCase = (seed: number, batch: number, kind: Kind): SeededCase => {
    const random = new Random(seed).fork(`batch ${batch}`);
    const draw = (input: FedInput): [string, AnyTensor] => [
      input.name,
      drawn(input, shapeOf(input, batch), random.fork(input.name), kind),
    ];
    const label = kind === 'usual' ? `seed ${seed}` : kind;
    return { label, batch, feeds: new Map(inputs.map(draw)) };
  };
  const wanted = seeds.flatMap((seed, s) =>
    batches.flatMap((batch, b): [number, number, Kind][] => [
      [seed, batch, 'usual'],
      ...(special && s === 0 && b === 0
        ? kindsFor(inputs).map((kind): [number, number, Kind] => [seed, batch, kind])
        : []),
    ]),
  );
  let values = 0;
  return wanted.flatMap(([seed, batch, kind], i) => {
    values += valuesOf(batch);
    const isAffordable = i === 0 || (valuesOf(batch) <= largestCase && values <= largestTogether);
    return isAffordable ? [drawnCase(seed, batch, kind)] : [];
  });
}

/** The extents that a file leaves open and nobody gave, with what is drawn for them. Batches are not among them. */
export function guessedExtents(
  inputs: readonly FedInput[],
  extents: SeededOptions['extents'],
): ReadonlyMap<string, number> {
  const isBatch = batchNames(inputs, batchSymbol(inputs));
  return new Map(
    inputs.flatMap(({ shape }) =>
      shape.flatMap((dim, axis): [string, number][] => {
        if (typeof dim === 'number' || extents[dim] !== undefined || isBatch(dim) || /[+*-]/.test(dim))
          return [];
        return [[dim, isSide(shape, axis) ? unsaidSide : unsaidExtent]];
      }),
    ),
  );
}

/** Denormals are of floats only. */
function kindsFor(inputs: readonly FedInput[]): readonly Kind[] {
  const floats = inputs.some(({ dtype }) => isFloat(dtype));
  return inputs.length === 0 ? [] : specialKinds.filter((kind) => kind !== 'denormals' || floats);
}

/** The named extent that counts independent inputs: one that says so, or the first axis of the first input. */
function batchSymbol(inputs: readonly FedInput[]): string | undefined {
  const symbols = inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string'));
  const said = symbols.find((symbol) => /batch/i.test(symbol));
  if (said !== undefined) return said;
  const first = inputs[0]?.shape[0];
  return typeof first === 'string' ? first : undefined;
}

/**
 * Names of the batch: exporters may give the first axis of every input a name of its own, and a model that is fed batches of
 * two sizes runs nowhere.
 */
function batchNames(inputs: readonly FedInput[], symbol: string | undefined): (name: string) => boolean {
  const rows = inputs.flatMap(({ shape }) => (shape.length > 1 ? shape.slice(0, 1) : []));
  const others = new Set(inputs.flatMap(({ shape }) => (shape.length > 1 ? shape.slice(1) : shape)));
  return (name) => name === symbol || (rows.includes(name) && !others.has(name));
}

/** What an extent is that a file writes as a sum or a product of others, such as `past_sequence_length + 1`. */
function computed(dim: string, named: (name: string) => number | undefined): number | undefined {
  const names = dim.match(/[A-Za-z_][\w.]*/g) ?? [];
  if (!/[+*-]/.test(dim) || names.length === 0) return undefined;
  const binding = new Map(names.map((name) => [name, named(name) ?? unsaidExtent]));
  return evaluated(dim.replaceAll(/\s/g, ''), binding);
}

/** Whether an axis is the height or the width of images [N, C, H, W]. */
function isSide(shape: FedInput['shape'], axis: number): boolean {
  return shape.length === 4 && axis >= 2 && [1, 3, 4].includes(Number(shape[1]));
}

function requireDrawable(
  inputs: readonly FedInput[],
  values: number,
  shapeOf: (input: FedInput) => readonly number[],
): void {
  if (values <= largestCase) return;
  const largest = inputs.toSorted((a, b) => sizeOf(shapeOf(b)) - sizeOf(shapeOf(a)))[0];
  const shown =
    largest === undefined
      ? ''
      : `input "${largest.name}" is ${largest.dtype}[${shapeOf(largest).join(', ')}], `;
  throw new NascentError(
    'input/invalid',
    `${shown}${values.toLocaleString('en-US')} values in all; ${largestCase.toLocaleString('en-US')} at most are drawn`,
    {
      help: 'Give smaller extents to those that the file leaves open (--extent height=224), or a smaller model.',
    },
  );
}

/** What a large value of each type of float is that sums of products of it stay within. */
const large: Readonly<Record<string, number>> = { float16: 64, bfloat16: 1e4, float32: 1e4, float64: 1e4 };
/** Below the smallest normal number of each. */
const tiny: Readonly<Record<string, number>> = { float16: 2 ** -16, bfloat16: 2 ** -130, float32: 2 ** -130 };

function drawn(input: FedInput, shape: readonly number[], random: Random, kind: Kind): AnyTensor {
  const { dtype, whole } = input;
  const size = sizeOf(shape);
  const data = arrayOf(dtype, size);
  const value = isFloat(dtype)
    ? floatOf(dtype, random, kind)
    : kind === 'usual' && isMask(input)
      ? maskOf(shape.at(-1) ?? 1, random)
      : wholeOf(whole, random, kind);
  for (let i = 0; i < size; i++) data[i] = value();
  return { dtype, shape, data };
}

/** Whether an input says of each place in a row whether it counts. */
function isMask({ name, dtype, shape, whole }: FedInput): boolean {
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

function floatOf(dtype: string, random: Random, kind: Kind): () => number {
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

function wholeOf({ from, below, hasZero, extremes }: WholeRange, random: Random, kind: Kind): () => number {
  const unlessZero = (value: number): number => (value === 0 && !hasZero ? 1 : value);
  if (kind === 'zeros') return () => unlessZero(0);
  if (kind === 'ones') return () => Math.min(1, below - 1);
  if (kind === 'extremes') return () => unlessZero(extremes[random.integer(2)] ?? 0);
  // What is called otherwise may be a mask all the same: one case in three is of 0 and 1.
  const areBits = from < 0 && random.integer(3) === 0;
  return () => unlessZero(areBits ? random.integer(2) : from + random.integer(below - from));
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
