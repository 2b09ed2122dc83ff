/**
 * Which numbers decide what comes out, and how near to a step they may lie for a runtime to decide otherwise.
 *
 * The class of a pixel is another one where two classes are as likely as float32 can tell, however little a runtime is off: of
 * whole numbers it is not asked how far they are off, but which of them hang on the last digits. So of what is made of them:
 * a price that is rounded is off by a cent, or by nothing.
 */
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import type { Graph, GraphOutput, Node, Value } from '../../graph/types.ts';
import { halfUnits, type Moved, type MovedRounding } from '../../runtime/reference/arithmetic.ts';
import { broadcastPositions } from '../../runtime/reference/kernel.ts';
import type { Program } from '../../runtime/runtime.ts';
import { spreadMultiple } from '../gates.ts';
import { isSeamless } from './seamless.ts';

/** Where a graph decides. */
export interface Decisions {
  /** Whether what comes out of whole numbers alone is asked for. */
  readonly ofWhole: boolean;
  /** What has steps: where a number comes to one, what is made of it is another at once. */
  readonly nodes: ReadonlySet<Node>;
  /** The numbers that they are given, and what they make of them, by names that these have as outputs of the graph. */
  readonly deciding: readonly GraphOutput[];
  readonly decided: readonly GraphOutput[];
}

/** What of its outputs comes in steps. */
export function stepsOf({ op, outputs }: Node): readonly Value[] {
  if (op === 'Floor' || op === 'Round') return outputs;
  return op === 'Scan' || op === 'Constant' ? [] : outputs.filter(({ type }) => type.dtype !== 'float32');
}

/** What is fed may be off, too: numbers that are too small for some runtimes are 0 there. */
function mayBeOff({ type, node }: Value): boolean {
  return type.dtype === 'float32' && node?.op !== 'Constant';
}

/**
 * Finds what decides what comes out of a graph.
 *
 * @param ofWhole whether of its whole numbers alone
 */
export function decisionsOf({ nodes, outputs }: Graph, ofWhole: boolean): Decisions {
  const wanted = new Set<Value>();
  for (const { value } of outputs) if (!ofWhole || value.type.dtype !== 'float32') wanted.add(value);
  const given = new Set(outputs.map(({ value }) => value));
  const readers = new Map<Value, Node[]>();
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    for (const value of node.inputs) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, [node]);
      else known.push(node);
    }
    if (!node.outputs.some((value) => wanted.has(value))) continue;
    for (const value of node.inputs) wanted.add(value);
    const steps = stepsOf(node).filter((value) => given.has(value) || readers.has(value));
    if (steps.length === 0 || !node.inputs.some(mayBeOff)) continue;
    const reading = steps.flatMap((value) => readers.get(value) ?? []);
    if (steps.some((value) => given.has(value)) || !isSeamless(node, reading)) found.add(node);
  }
  const named = (values: Iterable<Value>, what: string) =>
    [...new Set(values)].map((value, i) => ({ name: `${what} ${i}`, value }));
  return {
    ofWhole,
    nodes: found,
    deciding: named(
      [...found].flatMap(({ inputs }) => inputs.filter(mayBeOff)),
      'decides',
    ),
    decided: named([...found].flatMap(stepsOf), 'decided'),
  };
}

export const noDecisions: Decisions = { ofWhole: true, nodes: new Set(), deciding: [], decided: [] };

/** Of many numbers this many are looked at. */
const looked = 4096;
/** Of whole numbers that are rounded as floats fewer are off, and those by a step. */
const leastOff = 0.02;
const usualOff = 0.9;

/** What a way to round makes of the values that decide, and the part of what it costs that counts. */
export interface Round {
  readonly tensors: Tensors;
  readonly part: number;
}

/** Gives what comes out where the values that decide are moved: all up, all down, and some up; nothing where none decides. */
export async function openDecisions(
  { ofWhole, nodes, deciding }: Decisions,
  programOf: (rounding: MovedRounding) => Promise<Program>,
): Promise<(fed: Tensors, truth: Tensors, rounds: readonly Round[]) => Promise<readonly Tensors[]>> {
  if (deciding.length === 0) return async () => Promise.resolve([]);
  const moved = new Map<Value, Moved>();
  const tied = new Map<Node, Uint8Array>();
  const ways = ['up', 'down', 'apart'] as const;
  const programs = await Promise.all(ways.map(async (way) => programOf({ at: nodes, moved, tied, way })));
  const names = new Map(deciding.map(({ name, value }) => [value, name]));
  return async (fed, truth, rounds) => {
    for (const [value, by] of movesOf(deciding, truth, rounds, ofWhole ? leastOff : 0)) moved.set(value, by);
    if (moved.size === 0) return [];
    const all = [truth, ...rounds.map(({ tensors }) => tensors)];
    for (const node of nodes) {
      const same = tiedIn(node, (value, i) => all[i]?.get(names.get(value) ?? ''), all.length);
      if (same !== undefined) tied.set(node, same);
    }
    try {
      const given: Tensors[] = [];
      for (const program of programs) given.push(await program.run(fed));
      return given;
    } finally {
      moved.clear();
      tied.clear();
    }
  };
}

/**
 * Where the two that are compared are the same in the truth and in every way to round: one is a copy of the other, and no other
 * number is as good.
 */
function tiedIn(
  { inputs }: Node,
  tensorOf: (value: Value, way: number) => Tensor | undefined,
  ways: number,
): Uint8Array | undefined {
  const [left, right] = inputs;
  if (inputs.length !== 2 || left === undefined || right === undefined) return undefined;
  let same: Uint8Array | undefined;
  for (let way = 0; way < ways; way++) {
    const [a, b] = [tensorOf(left, way), tensorOf(right, way)];
    if (a === undefined || b === undefined) return undefined;
    const shape = broadcastShape(a.shape, b.shape);
    const [aAt, bAt] = [broadcastPositions(a.shape, shape), broadcastPositions(b.shape, shape)];
    same ??= new Uint8Array(aAt.length).fill(1);
    const first = tensorOf(left, 0);
    const clashing = way === 0 || first === undefined ? noNumbers : clashes(first.data, a.data);
    for (let i = 0; i < same.length; i++) {
      const number = a.data[aAt[i]!]!;
      if (number !== b.data[bAt[i]!] || clashing.has(number)) same[i] = 0;
    }
  }
  return same;
}

const noNumbers: ReadonlySet<number> = new Set();

/** What several numbers become that are not the same: which of them is the largest, nobody can tell who has no more digits. */
function clashes(truth: Tensor['data'], rounded: Tensor['data']): ReadonlySet<number> {
  const known = new Map<number, number>();
  const found = new Set<number>();
  for (let i = 0; i < rounded.length; i++) {
    const [number, from] = [rounded[i]!, truth[i]!];
    const before = known.get(number);
    if (before === undefined) known.set(number, from);
    else if (before !== from) found.add(number);
  }
  return found;
}

/** Of two shapes that are known to meet. */
function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return one === 1 ? other : one;
  });
}

/**
 * By how much each number of these values may be off in a runtime. What is exact in every way to round is so everywhere.
 *
 * @param given what ways to round make of the values, with the part of it that counts
 * @param least which part of its numbers is off where one counts for rounded
 */
function movesOf(
  values: readonly GraphOutput[],
  truth: Tensors,
  given: readonly Round[],
  least: number,
): ReadonlyMap<Value, Moved> {
  const moves = new Map<Value, Moved>();
  for (const { name, value } of values) {
    const from = truth.get(name)?.data;
    if (!(from instanceof Float64Array)) continue;
    const off = new Float64Array(from.length);
    for (const { tensors, part } of given) {
      const other = tensors.get(name)?.data;
      if (other?.length !== from.length) continue;
      for (let i = 0; i < off.length; i++) {
        const distance = part * Math.abs(other[i]! - from[i]!);
        if (distance > off[i]! && Number.isFinite(distance)) off[i] = distance;
      }
    }
    if (!off.some((distance) => distance > 0)) continue;
    const step = Math.max(1, Math.floor(off.length / looked));
    const seen = off.filter((_, i) => i % step === 0);
    const some = seen.filter((distance) => distance > 0).toSorted();
    if (least > 0 && some.length <= least * seen.length) continue;
    const usual = some[Math.floor(usualOff * some.length)] ?? 0;
    // By luck a number is less off than others are.
    const by = off.map((distance) => (distance === 0 ? 0 : spreadMultiple * Math.max(distance, usual)));
    moves.set(value, { from, by });
  }
  return moves;
}

/** Whether some way to round makes a number that decides infinite, or none, where it is finite in the truth: 0/0 of what is too small. */
export function mayBeNoNumbers(
  deciding: Decisions['deciding'],
  truth: Tensors,
  rounds: readonly Round[],
): boolean {
  return deciding.some(({ name }) => {
    const from = truth.get(name)?.data ?? [];
    return rounds.some(
      ({ tensors }) =>
        tensors.get(name)?.data.some((number, i) => !Number.isFinite(number) && Number.isFinite(from[i])) ===
        true,
    );
  });
}

/** What elements are off that hang on what is decided. */
export interface Jumps {
  /** How much further than what float32 costs, of each. */
  readonly off: Float64Array;
  /** The share of elements that hang on several decisions, which come together otherwise in every runtime. */
  readonly mixed: number;
}

/** What is decided one way or the other is one number or another; what comes of both neighbours, one of three. */
const mostOthers = 2;

/**
 * How much further off than what float32 costs each element may be that hangs on what is decided; undefined where none does.
 *
 * @param costs what float32 costs an element of a size, at a position, where all is decided as in the truth
 * @param given what comes out where all that decides is moved up, down, and some of it up; and where it is decided in other ways
 */
export function jumpsIn(
  truth: Tensor,
  costs: (size: number, at: number) => number,
  given: readonly (Tensor | undefined)[],
): Jumps | undefined {
  const apart = (other: Tensor | undefined, i: number): number => {
    const distance = (other?.data[i] ?? 0) - (truth.data[i] ?? 0);
    return Number.isFinite(distance) ? distance : 0;
  };
  const [up, down] = given;
  let off: Float64Array | undefined;
  let mixed = 0;
  for (let i = 0; i < truth.data.length; i++) {
    // A runtime decides some as those that are moved up, and some as the others.
    let jump = Math.abs(apart(up, i)) + Math.abs(apart(down, i));
    for (const other of given) jump = Math.max(jump, Math.abs(apart(other, i)));
    const size = Math.abs(truth.data[i]!);
    const cost = spreadMultiple * Math.max(costs(size, i), halfUnits.float32 * size);
    if (jump <= cost) continue;
    off ??= new Float64Array(truth.data.length);
    off[i] = jump;
    const others: number[] = [];
    for (const other of given) {
      const distance = apart(other, i);
      const isNew = Math.abs(distance) > cost && others.every((known) => Math.abs(known - distance) > cost);
      if (isNew) others.push(distance);
    }
    if (others.length > mostOthers) mixed += 1;
  }
  return off && { off, mixed: mixed / truth.data.length };
}
