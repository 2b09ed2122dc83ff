/**
 * What numbers decide, decided otherwise: which of several is the largest, which of two is larger, which whole number one
 * becomes. A runtime that is off by a little may decide otherwise where two lie that near to each other, and what comes out then
 * is another whole number, however little it was off.
 *
 * Numbers that decide are moved up or down by as much as a runtime may be off there, so that all that lie near a step take the
 * other one; where numbers are held to each other, what may be either is the one or the other.
 */
import type { OpAttributes } from '../../graph/attributes.ts';
import { sizeOf, type Tensor, type TensorData } from '../../graph/tensor.ts';
import type { Node, Value } from '../../graph/types.ts';
import { currentMove, type Moved, type MovedRounding } from './arithmetic.ts';
import { around, broadcastPositions, numbers, operand, outputShape } from './kernel.ts';

type Shapes = readonly (readonly number[])[];

/** A value that decides, moved. What is somewhere else already, since something before it was decided otherwise, stays there. */
export function movedOf(value: Value, data: TensorData): TensorData {
  const move = currentMove();
  const moved = move?.moved.get(value);
  if (move === undefined || moved === undefined || moved.from.length !== data.length) return data;
  const { from, by } = moved;
  const result = new Float64Array(data);
  for (let i = 0; i < result.length; i++) {
    const most = by[i]!;
    if (most === 0) continue;
    const base = Math.abs(result[i]! - from[i]!) <= 2 * most ? from[i]! : result[i]!;
    result[i] = base + move.way * most;
  }
  return result;
}

/** What a node gives that holds moved numbers to each other; undefined of any other. */
export function decidedOtherwise(
  node: Node,
  inputs: readonly Tensor[],
  shapes: Shapes,
): readonly TensorData[] | undefined {
  const move = currentMove();
  if (move === undefined) return undefined;
  if (node.op === 'ArgMax') return otherLargest(node.inputs, inputs, node.attributes, shapes, move);
  if (node.op === 'Greater' || node.op === 'Less' || node.op === 'Equal') {
    return otherOfTwo(node.op, node.inputs, inputs, shapes, move);
  }
  return undefined;
}

/** The first, or the last, of those that may be the largest. */
function otherLargest(
  [value]: readonly Value[],
  inputs: readonly Tensor[],
  { axis }: OpAttributes['ArgMax'],
  shapes: Shapes,
  { moved, way }: MovedRounding,
): readonly TensorData[] | undefined {
  const by = value === undefined ? undefined : moved.get(value)?.by;
  const x = numbers(inputs, 0);
  if (by?.length !== x.length) return undefined;
  const { extent, inner } = around(operand(inputs, 0).shape, axis);
  const result = new Int32Array(sizeOf(outputShape(shapes)));
  for (let line = 0; line < result.length; line++) {
    const start = Math.floor(line / inner) * extent * inner + (line % inner);
    let best = 0;
    for (let i = 1; i < extent; i++) if (x[start + i * inner]! > x[start + best * inner]!) best = i;
    const least = x[start + best * inner]! - by[start + best * inner]!;
    result[line] = best;
    for (let nth = 0; nth < extent; nth++) {
      const i = way === 1 ? nth : extent - 1 - nth;
      const at = start + i * inner;
      if (i === best || x[at]! + by[at]! > least) {
        result[line] = i;
        break;
      }
    }
  }
  return [result];
}

const holds = {
  Greater: (a: number, b: number) => a > b,
  Less: (a: number, b: number) => a < b,
  Equal: (a: number, b: number) => a === b,
} as const;

/** Of two of which both are moved; where one is exact, the other is moved past it. */
function otherOfTwo(
  op: keyof typeof holds,
  [left, right]: readonly Value[],
  inputs: readonly Tensor[],
  shapes: Shapes,
  { moved, way }: MovedRounding,
): readonly TensorData[] | undefined {
  const [a, b] = [left && moved.get(left), right && moved.get(right)];
  if (a === undefined || b === undefined) return undefined;
  const shape = outputShape(shapes);
  const aAt = broadcastPositions(operand(inputs, 0).shape, shape);
  const bAt = broadcastPositions(operand(inputs, 1).shape, shape);
  const [x, y] = [numbers(inputs, 0), numbers(inputs, 1)];
  const result = new Uint8Array(aAt.length);
  for (let i = 0; i < result.length; i++) {
    const [from, to] = [aAt[i]!, bAt[i]!];
    const isNear = Math.abs(x[from]! - y[to]!) < most(a, from) + most(b, to);
    result[i] = isNear ? (way === 1 ? 1 : 0) : holds[op](x[from]!, y[to]!) ? 1 : 0;
  }
  return [result];
}

function most({ by }: Moved, at: number): number {
  return by[at] ?? 0;
}
