/**
 * Inputs drawn by seed for any model, so that every runtime gets the same: values as they are in practice, and such as
 * images never have.
 */
import type { OnnxValueInfo } from '../../proto/onnx.ts';
import { internal, NascentError } from '../errors.ts';
import { sizeOf } from '../graph/tensor.ts';
import { Random } from '../random.ts';
import { isFloat, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import { drawnTensor } from './drawn-values.ts';
import type { FedInput } from './fed-inputs.ts';
import { batchSymbol, OpenExtents, type Extents, type Guesses } from './extents/open-extents.ts';
import { requireLong } from './extents/said-extents.ts';
import type { Shapes } from './whole/shapes.ts';

export interface SeededCase {
  /** What it is called in a report: `seed 2`. */
  readonly label: string;
  readonly batch: number;
  readonly feeds: AnyTensors;
  /** As how many usual inputs each of its rows counts where work is counted (default: one). */
  readonly weight?: number;
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
  /** What named extents are, that of the batch as `batches` has it. */
  readonly extents: Extents;
  /** What is guessed of them otherwise than is usual, as what is too short for a window. */
  readonly guesses?: Guesses;
  /** Whether there are cases of special values (default: they are). */
  readonly special?: boolean;
  /** What extents of which nothing was said are in one case more; none where they are not known to be taken so. */
  readonly longer?: number | undefined;
}

/** The most values of one case, and of all of them together: beyond it there are fewer cases. */
const largestCase = 2 ** 26;
const largestTogether = 2 ** 27;

/**
 * The batches that a model takes: those asked for, the one that was said of a named extent, or the one that it is fixed to. A
 * first extent that an output has another instead of is no batch: it may be steps of a sequence.
 */
export function batchesFor(
  inputs: readonly FedInput[],
  outputs: readonly OnnxValueInfo[],
  asked: readonly number[],
  said: Extents = {},
): readonly number[] {
  if (batchSymbol(inputs) !== undefined) {
    const batch = new OpenExtents(inputs, said).saidBatch;
    return batch === undefined ? [...new Set(asked)] : [batch];
  }
  const fixed = inputs[0]?.shape[0];
  const firsts = outputs.map(({ type }) => (type.kind === 'tensor' ? type.shape?.[0] : undefined));
  const isShared = firsts.every((first) => typeof first !== 'number' || first === fixed);
  return [typeof fixed === 'number' && isShared ? fixed : 1];
}

/** Cases that are not drawn like others, each of the first batch. */
export const specialKinds = ['zeros', 'ones', 'extremes', 'denormals', 'longer'] as const;
export type SpecialKind = (typeof specialKinds)[number];
type Kind = 'usual' | SpecialKind;

/**
 * A case for each seed and batch, the batches of a seed together, and after the first of them one for each kind of special
 * values; one that is longer comes last. Floats are standard normal; whole numbers are such as whatever reads them takes.
 *
 * @throws NascentError 'input/invalid' where a single case has more values than can be held several times over, or what was said
 *   of extents is too short for those that follow
 */
export function seededCases(
  inputs: readonly FedInput[],
  { seeds, batches, extents, guesses, special = true, longer }: SeededOptions,
): readonly SeededCase[] {
  const open = new OpenExtents(inputs, extents, guesses);
  const unsaidOf = (kind: Kind) => (kind === 'longer' ? longer : undefined);
  const shapesOf = (batch: number, kind: Kind = 'usual'): Shapes =>
    new Map(inputs.map((input) => [input.name, open.shapeOf(input, { batch, unsaid: unsaidOf(kind) })]));
  const valuesOf = (shapes: Shapes): number =>
    [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  const [firstBatch = 1] = batches;
  requireDrawable(inputs, shapesOf(firstBatch), valuesOf(shapesOf(firstBatch)));
  const drawnCase = (seed: number, batch: number, kind: Kind, turn: number): SeededCase => {
    const random = new Random(seed).fork(`batch ${batch}`);
    const shapes = shapesOf(batch, kind);
    const draw = ({ name, dtype, whole }: FedInput): [string, AnyTensor] => {
      const input = { name, dtype, shape: shapes.get(name) ?? [], whole: whole(shapes) };
      return [name, drawnTensor(input, random.fork(name), kind === 'longer' ? 'usual' : kind, turn)];
    };
    const label = kind === 'usual' ? `seed ${seed}` : kind;
    const feeds = new Map(inputs.map(draw));
    if (kind !== 'longer') return { label, batch, feeds };
    const weight = Math.ceil(valuesOf(shapes) / Math.max(1, valuesOf(shapesOf(batch))));
    return { label, batch, feeds, weight };
  };
  const [firstSeed = 1] = seeds;
  const wanted = seeds.flatMap((seed, s) =>
    batches.flatMap((batch, b): [number, number, Kind][] => [
      [seed, batch, 'usual'],
      ...(special && s === 0 && b === 0
        ? kindsFor(inputs).map((kind): [number, number, Kind] => [seed, batch, kind])
        : []),
    ]),
  );
  if (longer !== undefined && open.lengths.size > 0) wanted.push([firstSeed, firstBatch, 'longer']);
  let values = 0;
  let turn = 0;
  return wanted.flatMap(([seed, batch, kind], i) => {
    const size = valuesOf(shapesOf(batch, kind));
    values += size;
    const isAffordable = i === 0 || (size <= largestCase && values <= largestTogether);
    return isAffordable ? [drawnCase(seed, batch, kind, kind === 'usual' ? turn++ : turn)] : [];
  });
}

/** Denormals are of floats only; what is longer is of other extents. */
function kindsFor(inputs: readonly FedInput[]): readonly Kind[] {
  const floats = inputs.some(({ dtype }) => isFloat(dtype));
  if (inputs.length === 0) return [];
  return specialKinds.filter((kind) => kind !== 'longer' && (kind !== 'denormals' || floats));
}

function requireDrawable(inputs: readonly FedInput[], shapes: Shapes, values: number): void {
  for (const { name, dtype } of inputs) requireLong(name, dtype, shapes.get(name) ?? []);
  if (values <= largestCase) return;
  const shapeOf = ({ name }: FedInput): readonly number[] => shapes.get(name) ?? [];
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
