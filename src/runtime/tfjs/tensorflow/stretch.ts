/**
 * Stretching tensors to a shape where TensorFlow does not: it takes neighbouring axes that are stretched alike for one, and
 * more than five such groups are not implemented ("Broadcast between … is not supported yet"). Repeating has no such bound.
 */
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';

const mostGroups = 5;

/** A tensor as often along each axis as fills `shape`, whose rank may be larger. */
export function repeated(tf: TensorFlowOps, x: TensorHandle, shape: readonly number[]): TensorHandle {
  const own = ranked(x.shape, shape.length);
  const times = shape.map((extent, axis) => (own[axis] === extent ? 1 : extent));
  const whole = own.length === x.shape.length ? x : tf.reshape(x, own);
  return tf.call('Tile', [], [whole, tf.ints(times)]);
}

/** Whether TensorFlow stretches tensors of these shapes to `shape` by itself. */
export function stretches(shapes: readonly (readonly number[])[], shape: readonly number[]): boolean {
  if (shape.length <= mostGroups) return true;
  const all = shapes.map((each) => ranked(each, shape.length));
  let [groups, before] = [0, ''];
  shape.forEach((extent, axis) => {
    const alike = all.map((each) => (each[axis] === extent ? '=' : '<')).join('');
    // An axis of one is part of either group.
    if (extent === 1 || alike === before) return;
    groups++;
    before = alike;
  });
  return groups <= mostGroups;
}

/** Operands that TensorFlow stretches to one shape by itself: as they are, or repeated. */
export function stretched(tf: TensorFlowOps, inputs: readonly TensorHandle[]): readonly TensorHandle[] {
  const shapes = inputs.map(({ shape }) => shape);
  const rank = Math.max(...shapes.map(({ length }) => length));
  if (rank <= mostGroups) return inputs;
  const all = shapes.map((shape) => ranked(shape, rank));
  const shape = Array.from({ length: rank }, (_, axis) =>
    all.reduce((extent, each) => (extent === 1 ? (each[axis] ?? 1) : extent), 1),
  );
  return stretches(shapes, shape) ? inputs : inputs.map((input) => repeated(tf, input, shape));
}

function ranked(shape: readonly number[], rank: number): readonly number[] {
  return [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
}
