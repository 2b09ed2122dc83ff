/**
 * Open extents that a file does not leave open: what they are follows from others, as where a mask is as long as what was
 * before and what is new together. Reading the file tells.
 */
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import { leastOf, mostOf } from '../../extremes.ts';
import { extentName, namesIn } from '../../graph/extent.ts';
import type { Dim, Graph } from '../../graph/types.ts';
import { fedInputs, type FedInput } from '../fed-inputs.ts';
import { missingOps } from '../missing-ops.ts';
import { longEnough, mostValues, valuesOf, type Fit } from './long-enough.ts';
import { OpenExtents, type Extents, type Guesses } from './open-extents.ts';
import { isBeyond } from '../whole-ranges.ts';
import type { Shapes } from '../whole/shapes.ts';

/** How many numbers are tried, and in how large a model: each takes a reading. */
const most = 16;
const largest = 2000;

export interface Settled {
  /** With what follows from others written in place of their names. */
  readonly inputs: readonly FedInput[];
  /** What each of those names is: a number, or an expression in others. */
  readonly follows: Found;
  /** What is guessed of the rest otherwise than is usual, as with what is usual the file is not read. */
  readonly guesses: Guesses;
  /** Whether what was found, and guessed, is something that the file can be read with. */
  readonly isRead: boolean;
}

/** A file that is fed the same. */
export interface FedAlike {
  readonly model: OnnxModel;
  /** What its inputs are of where the first file's are of these shapes. */
  readonly shapesIn: (shapes: Shapes) => Shapes;
}

/** @param files the model and others that are to be read with the same, each as it is fed */
export function settled(
  model: OnnxModel,
  inputs: readonly FedInput[],
  said: Extents,
  files: readonly FedAlike[] = [{ model, shapesIn: (shapes) => shapes }],
): Settled {
  const { guessed } = new OpenExtents(inputs, said);
  if (guessed.size === 0) return { inputs, follows: new Map(), guesses: new Map(), isRead: true };
  const bySymbols = inGraph(model, inputs, guessed);
  const follows = bySymbols ?? byTrying(model, inputs, said);
  const known = follows === undefined ? inputs : withFound(inputs, follows);
  const fitting = guessesFor(known, said, files);
  const guesses = fitting ?? positive(known, said);
  const isRead = follows !== undefined || fitting !== undefined;
  return { inputs: known, follows: follows ?? new Map(), guesses, isRead };
}

/** Guesses for which nothing that is computed from them is empty, of a file of which nothing else is known. */
function positive(inputs: readonly FedInput[], said: Extents): Guesses {
  const fitOf = (shapes: Shapes): Fit =>
    [...shapes.values()].flat().every((extent) => extent > 0) ? 'fully' : 'not at all';
  return longEnough(inputs, said, fitOf, most) ?? new Map();
}

function withFound(inputs: readonly FedInput[], found: Found): readonly FedInput[] {
  return inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim) => (typeof dim === 'string' ? (found.get(dim) ?? dim) : dim)),
  }));
}

/** How many nodes are read, over all that is tried. */
const mostRead = 50_000;

/** For the first file, and for the others as well where that can be. */
function guessesFor(
  inputs: readonly FedInput[],
  said: Extents,
  files: readonly FedAlike[],
): Guesses | undefined {
  const [first, ...others] = files.filter(({ model }) => missingOps(model).length === 0);
  if (first === undefined) return undefined;
  const fitIn = (read: readonly FedAlike[]) => {
    const nodes = read.reduce((sum, { model }) => sum + model.graph.nodes.length, 1);
    const fitOf = (shapes: Shapes): Fit => {
      const fits = read.map(({ model, shapesIn }) => fitFor(model, shapesIn(shapes)));
      return (['not at all', 'emptily'] as const).find((fit) => fits.includes(fit)) ?? 'fully';
    };
    return longEnough(inputs, said, fitOf, Math.floor(mostRead / nodes));
  };
  const both = others.length === 0 ? undefined : fitIn([first, ...others]);
  return both ?? fitIn([first]);
}

type Found = ReadonlyMap<string, number | string>;

/** Where extents that meet have to be one, a graph has the one in place of the other; undefined where there is no graph. */
function inGraph(
  model: OnnxModel,
  inputs: readonly FedInput[],
  guessed: ReadonlyMap<string, number>,
): Found | undefined {
  const graph = read(model, {});
  if (graph === undefined) return undefined;
  const shapes = new Map(graph.inputs.map(({ value }) => [value.name, value.type.shape]));
  const names = new Set(inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string')));
  const found = new Map<string, number | string>();
  for (const { name, shape } of inputs) {
    shape.forEach((dim, axis) => {
      const now: Dim | undefined = shapes.get(name)?.[axis];
      if (typeof dim !== 'string' || now === undefined || now === dim || !guessed.has(dim)) return;
      // In the graph's words, which are the file's where these are names that a graph may have.
      if (namesIn(now).every((one) => names.has(one))) found.set(dim, now);
    });
  }
  return found;
}

function read(model: OnnxModel, extents: Extents) {
  const { graph } = tried(model, extents);
  return graph;
}

interface Tried {
  readonly graph?: Graph;
  readonly refusal?: NascentError;
}

function tried(model: OnnxModel, extents: Extents): Tried {
  const named = Object.entries(extents).map(([name, extent]) => [extentName(name), extent]);
  try {
    return { graph: importOnnx(model, 'it', { extents: Object.fromEntries(named) }).graph };
  } catch (refusal) {
    if (refusal instanceof NascentError) return { refusal };
    throw refusal;
  }
}

/** How the file is read for inputs of these shapes, where all that is looked up is there. */
function fitFor(model: OnnxModel, shapes: Shapes): Fit {
  const fed = fedInputs(model);
  const extents = new Map<string, number>();
  for (const { name, shape } of fed) {
    shape.forEach((dim, axis) => {
      const extent = shapes.get(name)?.[axis];
      if (typeof dim === 'string' && extent !== undefined) extents.set(dim, extent);
    });
  }
  const graph = read(model, Object.fromEntries(extents));
  if (graph === undefined || isBeyond(model, fed, shapes)) return 'not at all';
  const isEmpty = graph.nodes.some(({ outputs }) => outputs.some(({ type }) => type.shape.includes(0)));
  return isEmpty ? 'emptily' : 'fully';
}

/**
 * One of the extents as the sum of two others, or as a number that a refusal names, the rest being as guessed: a program that
 * traces a model with an example may leave an extent open and write the example's into a node. None where the file can
 * be read as it is; undefined where none was found.
 *
 * @param said why the model could not be run with what was guessed
 * @param guesses what was guessed otherwise than is usual
 */
export function byTrying(
  model: OnnxModel,
  inputs: readonly FedInput[],
  extents: Extents,
  said = '',
  guesses?: Guesses,
): Found | undefined {
  const open = new OpenExtents(inputs, extents, guesses);
  const boundWith = (given: Extents) => ({
    ...given,
    ...new OpenExtents(inputs, given, guesses).all({ batch: 2 }),
  });
  const { refusal } = tried(model, boundWith(extents));
  if (refusal === undefined && said === '') return new Map();
  // Ops that are not here, no extent brings.
  if (model.graph.nodes.length > largest || missingOps(model).length > 0) return undefined;
  const { guessed } = open;
  const named = new Set(
    Array.from(`${refusal?.message ?? ''} ${said}`.matchAll(/\d+/g), ([digits]) => Number(digits)),
  );
  const numbers = [...named].filter((extent) => extent > 0 && extent < 2 ** 20).slice(0, most);
  for (const [name, drawn] of guessed) {
    const others = [...guessed].filter(([other]) => other !== name && extentName(other) === other);
    const sums = others.flatMap(([a, one], i) =>
      others.slice(i + 1).map(([b, other]) => ({ extent: one + other, text: `${a}+${b}` })),
    );
    const tries = [...sums.slice(0, most), ...numbers.map((extent) => ({ extent, text: extent }))];
    const fit = tries.find(
      ({ extent }) =>
        extent !== drawn && read(model, boundWith({ ...extents, [name]: extent })) !== undefined,
    );
    if (fit !== undefined) return new Map([[name, fit.text]]);
  }
  return undefined;
}

/** What extents of which nothing is said are besides, the first of which is taken. */
const longerExtents = [64, 32, 16];

/**
 * How long else a model can be fed what nothing says how long it is; undefined where that is not known.
 *
 * @param files each as it is fed
 */
export function longerExtent(
  files: readonly FedAlike[],
  { inputs, guesses, isRead }: Settled,
  said: Extents,
  batch: number,
): number | undefined {
  const open = new OpenExtents(inputs, said, guesses);
  const usual = [...open.lengths.values()];
  if (usual.length === 0) return undefined;
  // Who runs the file may know more: what it refuses is left out.
  if (!isRead) return files.length === 1 ? longerExtents.at(-1) : undefined;
  const [least, most] = [leastOf(usual), mostOf(usual)];
  const tries = [...(most < 64 ? [] : [2 * most]), ...longerExtents].filter((length) => length > least);
  return tries.find((unsaid) => {
    const shapes = new Map(inputs.map((input) => [input.name, open.shapeOf(input, { batch, unsaid })]));
    if (valuesOf(shapes) > mostValues) return false;
    return files.every(({ model, shapesIn }) => fitFor(model, shapesIn(shapes)) !== 'not at all');
  });
}
