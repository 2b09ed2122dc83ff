/**
 * Which numbers decide what whole numbers come out, and how near to a step they may lie for a runtime to decide otherwise.
 *
 * The class of a pixel is another one where two classes are as likely as float32 can tell, however little a runtime is off: of
 * whole numbers it is not asked how far they are off, but which of them hang on the last digits.
 */
import type { Tensors } from '../graph/tensor.ts';
import type { Graph, GraphOutput, Node, Value } from '../graph/types.ts';
import type { Moved, MovedRounding } from '../runtime/reference/arithmetic.ts';
import type { Program } from '../runtime/runtime.ts';
import { spreadMultiple } from './gates.ts';

/** What has steps: where a number comes to one, what is made of it is another at once. */
function decides({ op, outputs }: Node): boolean {
  if (op === 'Floor' || op === 'Round') return true;
  return op !== 'Scan' && op !== 'Constant' && outputs.some(({ type }) => type.dtype !== 'float32');
}

/** What decides what whole numbers come out of a graph, by the names that they are given as outputs of it. */
export function decidingValues({ nodes, outputs }: Graph): readonly GraphOutput[] {
  const wanted = new Set<Value>();
  for (const { value } of outputs) if (value.type.dtype !== 'float32') wanted.add(value);
  const found = new Set<Value>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => wanted.has(value))) continue;
    for (const value of node.inputs) {
      wanted.add(value);
      if (decides(node) && value.type.dtype === 'float32' && value.node !== undefined) found.add(value);
    }
  }
  return [...found]
    .filter(({ node }) => node?.op !== 'Constant')
    .map((value, i) => ({ name: `decides ${i}`, value }));
}

/** Of many numbers this many are looked at. */
const looked = 4096;
/** Of whole numbers held as floats fewer are off, and those by a step. */
const leastOff = 0.02;
const usualOff = 0.9;

/** What a way to round makes of the values that decide, and the part of what it costs that counts. */
export interface Round {
  readonly tensors: Tensors;
  readonly part: number;
}

/** Gives what comes out where the values that decide are moved up, and down; nothing where none decides. */
export async function openDecisions(
  deciding: readonly GraphOutput[],
  programOf: (rounding: MovedRounding) => Promise<Program>,
): Promise<(fed: Tensors, truth: Tensors, rounds: readonly Round[]) => Promise<readonly Tensors[]>> {
  if (deciding.length === 0) return async () => Promise.resolve([]);
  const moved = new Map<Value, Moved>();
  const [up, down] = [await programOf({ moved, way: 1 }), await programOf({ moved, way: -1 })];
  return async (fed, truth, rounds) => {
    for (const [value, by] of movesOf(deciding, truth, rounds)) moved.set(value, by);
    try {
      return [await up.run(fed), await down.run(fed)];
    } finally {
      moved.clear();
    }
  };
}

/**
 * By how much each number of these values may be off in a runtime. What is exact in every way to round is so everywhere.
 *
 * @param given what ways to round make of the values, with the part of it that counts
 */
function movesOf(
  values: readonly GraphOutput[],
  truth: Tensors,
  given: readonly Round[],
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
    const step = Math.max(1, Math.floor(off.length / looked));
    const seen = off.filter((_, i) => i % step === 0);
    const some = seen.filter((distance) => distance > 0).toSorted();
    if (some.length <= leastOff * seen.length) continue;
    const usual = some[Math.floor(usualOff * some.length)] ?? 0;
    // By luck a number is less off than others are.
    const by = off.map((distance) => (distance === 0 ? 0 : spreadMultiple * Math.max(distance, usual)));
    moves.set(value, { from, by });
  }
  return moves;
}
