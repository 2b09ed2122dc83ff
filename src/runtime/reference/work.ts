/**
 * How much is computed, counted: numbers that are read and made, and products that are added up. The same graph on the same
 * input is the same work on any machine at any time, which seconds are not.
 */
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';

/** A node takes a while, however little it is of. */
const ofANode = 100;

/** Of all runs of this process together. */
let done = 0;

export function workDone(): number {
  return done;
}

/** Counts what a node computes. */
export function countWork(
  node: Node,
  inputs: readonly Tensor[],
  shapes: readonly (readonly number[])[],
): void {
  done += ofANode;
  for (const { shape } of inputs) done += sizeOf(shape);
  for (const shape of shapes) done += sizeOf(shape) * (1 + depthOf(node, inputs));
}

/** How many products are added up for a number that is made. */
function depthOf(node: Node, [, second]: readonly Tensor[]): number {
  if (second === undefined) return 0;
  const { shape } = second;
  if (node.op === 'Conv') return sizeOf(shape.slice(1));
  if (node.op === 'Gemm') return shape[node.attributes.transB === 1 ? 1 : 0] ?? 0;
  return node.op === 'MatMul' ? (shape.at(-2) ?? 1) : 0;
}
