/**
 * What numbers decide, decided otherwise: which of several is the largest, which of two is larger, which whole number one
 * becomes. A runtime that is off by a little may decide otherwise where two lie that near to each other, and what comes out then
 * is another whole number, however little it was off.
 *
 * What decides sees its numbers moved up or down by as much as a runtime may be off there, so that all that lie near a step take
 * the other one; where numbers are held to each other, what may be either is the one or the other. Whoever else reads these
 * numbers finds them where they are.
 */
import type { OpAttributes } from '../../graph/attributes.ts';
import { sizeOf, type Tensor, type TensorData } from '../../graph/tensor.ts';
import type { Node, Value } from '../../graph/types.ts';
import { currentMove, isHeads, type Moved, type MovedRounding } from './arithmetic.ts';
import { around, broadcastPositions, numbers, operand, outputShape } from './kernel.ts';
import { maxima } from './pooling.ts';

type Shapes = readonly (readonly number[])[];

/** What a node is given, moved where it decides. */
export function movedInputs(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  const move = currentMove();
  if (move?.at.has(node) !== true) return inputs;
  return inputs.map((tensor, i) => {
    const value = node.inputs[i];
    const moved = value === undefined ? undefined : move.moved.get(value);
    return moved?.from.length === tensor.data.length
      ? { ...tensor, data: movedFrom(tensor.data, moved, move.way) }
      : tensor;
  });
}

/** What is somewhere else already, since something before it was decided otherwise, is moved from there. */
function movedFrom(data: TensorData, { by }: Moved, way: MovedRounding['way']): TensorData {
  const result = new Float64Array(data);
  for (let i = 0; i < result.length; i++) {
    const most = by[i]!;
    if (most > 0) result[i] = result[i]! + (isUp(way, i) ? most : -most);
  }
  return result;
}

function isUp(way: MovedRounding['way'], at: number): boolean {
  return way === 'apart' ? isHeads(at) : way === 'up';
}

/** What a node gives that holds numbers to each other which may be off; undefined of any other. Its inputs are not moved. */
export function decidedOtherwise(
  node: Node,
  inputs: readonly Tensor[],
  shapes: Shapes,
): readonly TensorData[] | undefined {
  const move = currentMove();
  if (move?.at.has(node) !== true) return undefined;
  if (node.op === 'MaxPool') return otherMaxima(node.inputs, inputs, node.attributes, shapes, move);
  if (node.op === 'ArgMax') return otherLargest(node.inputs, inputs, node.attributes, shapes, move);
  if (node.op === 'Greater' || node.op === 'Less' || node.op === 'Equal') {
    return otherOfTwo(node, node.op, inputs, shapes, move);
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
    const isFirst = isUp(way, line);
    for (let nth = 0; nth < extent; nth++) {
      const i = isFirst ? nth : extent - 1 - nth;
      const at = start + i * inner;
      if (i === best || x[at]! + by[at]! > least) {
        result[line] = i;
        break;
      }
    }
  }
  return [result];
}

/** What is largest of a window stays so large, whichever it is. */
function otherMaxima(
  [value]: readonly Value[],
  inputs: readonly Tensor[],
  attributes: OpAttributes['MaxPool'],
  shapes: Shapes,
  { moved, way }: MovedRounding,
): readonly TensorData[] | undefined {
  const by = value === undefined ? undefined : moved.get(value)?.by;
  const x = numbers(inputs, 0);
  if (by?.length !== x.length) return undefined;
  const [of, shape] = [operand(inputs, 0), outputShape(shapes)];
  const at = maxima(of, attributes, shape);
  const otherwise = maxima(of, attributes, shape, {
    isAsLarge: (position, largest) => x[position]! + by[position]! > x[largest]! - by[largest]!,
    isFirst: (i) => isUp(way, i),
  });
  return [Float64Array.from(at, (position) => x[position]!), otherwise];
}

const holds = {
  Greater: (a: number, b: number) => a > b,
  Less: (a: number, b: number) => a < b,
  Equal: (a: number, b: number) => a === b,
} as const;

/** Of two of which both are moved; where one is exact, the other is moved past it. */
function otherOfTwo(
  node: Node,
  op: keyof typeof holds,
  inputs: readonly Tensor[],
  shapes: Shapes,
  { moved, tied, way }: MovedRounding,
): readonly TensorData[] | undefined {
  const [left, right] = node.inputs;
  const [a, b] = [left && moved.get(left), right && moved.get(right)];
  if (a === undefined || b === undefined) return undefined;
  const shape = outputShape(shapes);
  const aAt = broadcastPositions(operand(inputs, 0).shape, shape);
  const bAt = broadcastPositions(operand(inputs, 1).shape, shape);
  const [x, y] = [numbers(inputs, 0), numbers(inputs, 1)];
  const same = tied.get(node);
  const result = new Uint8Array(aAt.length);
  for (let i = 0; i < result.length; i++) {
    const [from, to] = [aAt[i]!, bAt[i]!];
    const isNear = same?.[i] !== 1 && Math.abs(x[from]! - y[to]!) < most(a, from) + most(b, to);
    result[i] = (isNear ? isUp(way, i) : holds[op](x[from]!, y[to]!)) ? 1 : 0;
  }
  return [result];
}

function most({ by }: Moved, at: number): number {
  return by[at] ?? 0;
}
