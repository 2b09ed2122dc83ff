/** What the rules of shapes share: whether extents meet, and where an axis is. */
import { mostOf } from '../../../../src/extremes.ts';
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../../src/graph/types.ts';
import { numbersOf } from '../../known.ts';
import type { NodeReader } from '../../node-reader.ts';

/** What is wrong, as it goes on from the node's name. */
export type Fault = string | undefined;
export type Rule = (node: NodeReader) => Fault;

/** Whether two extents are known to be different ones. */
export function differ(a: Dim | undefined, b: Dim | undefined): boolean {
  return typeof a === 'number' && typeof b === 'number' && a !== b;
}

export const isOutside = (axis: number, rank: number): boolean => axis < -rank || axis >= rank;

/** The first fault of several. */
export function first(...faults: readonly (() => Fault)[]): Fault {
  for (const fault of faults) {
    const found = fault();
    if (found !== undefined) return found;
  }
  return undefined;
}

export function axisFault(axis: number, rank: number): Fault {
  if (!isOutside(axis, rank)) return undefined;
  return `its axis ${axis} is outside a tensor of ${dimensions(rank)}`;
}

/** So many of something, for people. */
export const many = (count: number, what: string, several = `${what}s`): string =>
  `${count} ${count === 1 ? what : several}`;

export const dimensions = (rank: number): string => many(rank, 'dimension');

export function rankFault(shape: Shape, rank: number, what: string): Fault {
  if (shape.length === rank) return undefined;
  return `${what} has ${dimensions(shape.length)} (${showShape(shape)}), and must have ${rank}`;
}

/** The numbers of an operand, where it is a constant. */
export function constantOf(node: NodeReader, index: number): readonly number[] | undefined {
  const known = node.knownOrNot(index);
  return known && numbersOf(known);
}

/** Of an input that must be a list, where it is given. */
export function listFault(node: NodeReader, index: number, what: string): Fault {
  return node.has(index) ? rankFault(node.shape(index), 1, what) : undefined;
}

/** Of an input that must have a shape, where it is given; an extent that is undefined may be any. */
export function shapeOf(
  node: NodeReader,
  index: number,
  what: string,
  wanted: readonly (Dim | undefined)[],
): Fault {
  if (!node.has(index)) return undefined;
  const shape = node.shape(index);
  const isFit = shape.length === wanted.length && shape.every((dim, i) => !differ(dim, wanted[i]));
  if (isFit) return undefined;
  const shown = wanted.map((dim) => dim ?? '?').join(', ');
  return `${what} is ${showShape(shape)}, and must be [${shown}]`;
}

/** Axes that are outside, or told twice. */
export function axesFault(axes: readonly number[], rank: number): Fault {
  const outside = axes.find((axis) => isOutside(axis, rank));
  if (outside !== undefined) return axisFault(outside, rank);
  const places = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  return places.size === axes.length ? undefined : `its axes ${showShape(axes)} name one twice`;
}

/** Of shapes that are broadcast to one. */
export function broadcastFault(shapes: readonly Shape[]): Fault {
  const rank = mostOf(shapes.map((shape) => shape.length));
  for (let back = 1; back <= rank; back++) {
    const extents = shapes.map((shape) => shape.at(-back)).filter((dim) => dim !== undefined && dim !== 1);
    const [one] = extents.filter((dim) => typeof dim === 'number');
    const other = extents.find((dim) => differ(dim, one));
    if (other === undefined) continue;
    return `shapes ${shapes.map(showShape).join(' and ')} do not broadcast: ${one} meets ${other}`;
  }
  return undefined;
}

export const shapesOf = (node: NodeReader): readonly Shape[] =>
  Array.from({ length: node.inputCount }, (_, i) => i)
    .filter((i) => node.has(i))
    .map((i) => node.shape(i));

/** Before opset 7, an attribute says how the second is broadcast. */
export const broadcasts: Rule = (node) => (node.opset < 7 ? undefined : broadcastFault(shapesOf(node)));

/** The axis of an attribute, which may also be the rank itself where `open`. */
export const axisOf =
  (fallback: number, open = false): Rule =>
  (node) => {
    const axis = node.int('axis', fallback);
    const rank = node.shape(0).length;
    // A scalar is taken as a list of one by some ops, and by all runtimes.
    return open && axis === rank ? undefined : axisFault(axis, Math.max(rank, 1));
  };

/** Axes that are an attribute before the operator set `since`, and an input from then on. */
export const axesOf =
  (since: number): Rule =>
  (node) => {
    const rank = Math.max(node.shape(0).length, 1);
    const axes = node.opset < since ? node.ints('axes') : constantOf(node, 1);
    const outside = axes?.find((axis) => isOutside(axis, rank));
    return first(
      () => (node.opset < since ? undefined : listFault(node, 1, 'its list of axes')),
      () => (outside === undefined ? undefined : axisFault(outside, rank)),
    );
  };
