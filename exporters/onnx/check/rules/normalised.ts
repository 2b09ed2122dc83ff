/** What is normalised, and what it is scaled with. */
import { elementsOf } from '../../../../src/graph/extent.ts';
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../../src/graph/types.ts';
import type { NodeReader } from '../../node-reader.ts';
import { perChannel } from './image.ts';
import { axisFault, differ, first, type Fault, type Rule } from './rule.ts';

/** Whether one broadcasts to the other, which stays as it is. */
function fits(shape: Shape, to: Shape): boolean {
  if (shape.length > to.length) return false;
  return shape.every((_, i) => shape.at(-1 - i) === 1 || !differ(shape.at(-1 - i), to.at(-1 - i)));
}

function fitFault(node: NodeReader, index: number, name: string, to: Shape): Fault {
  if (!node.has(index) || fits(node.shape(index), to)) return undefined;
  return `its ${name} is ${showShape(node.shape(index))}, which does not broadcast to ${showShape(to)}`;
}

/** What it measures while it trains, it gives beside what it makes, all or none of it. */
export const batchNorm: Rule = (node) => {
  const trains = node.opset < 14 ? undefined : node.int('training_mode', 0) !== 0;
  const counts = trains === undefined ? [1, 5] : trains ? [3] : [1];
  const count = node.outputCount;
  return first(
    () => {
      if (counts.includes(count)) return undefined;
      const when = trains === undefined ? '' : trains ? ' while it trains' : ' unless it trains';
      return `it has ${count} outputs, and must have ${counts.join(' or ')}${when}`;
    },
    () => perChannel(['scale', 'bias', 'mean', 'variance'])(node),
  );
};

/** Of LayerNormalization and RMSNormalization. */
export const layerNorm: Rule = (node) => {
  const x = node.shape(0);
  return first(
    () => axisFault(node.int('axis', -1), x.length),
    // Runtimes take what goes with all of the input, of which what is normalised is the end.
    () => fitFault(node, 1, 'scale', x),
    () => fitFault(node, 2, 'bias', x),
  );
};

/** A scale for each channel; before opset 21, one for each group. */
export const groupNorm: Rule = (node) => {
  const x = node.shape(0);
  const groups = node.int('num_groups');
  const channels = x[1];
  return first(
    () => (x.length < 2 ? `its input ${showShape(x)} has no channels` : undefined),
    () => (groups < 1 ? `its num_groups is ${groups}, and must be positive` : undefined),
    () =>
      typeof channels === 'number' && channels % groups !== 0
        ? `${channels} channels do not come in ${groups} groups`
        : undefined,
    () => countFault(node, 1, 'scale', node.opset < 21 ? groups : channels),
    () => countFault(node, 2, 'bias', node.opset < 21 ? groups : channels),
  );
};

/** Runtimes take any shape with as many elements. */
function countFault(node: NodeReader, index: number, name: string, count: Dim | undefined): Fault {
  if (!node.has(index)) return undefined;
  const shape = node.shape(index);
  return differ(elementsOf(shape), count)
    ? `its ${name} is ${showShape(shape)}, and must have ${count} elements`
    : undefined;
}

export const lpNorm: Rule = (node) => {
  const p = node.int('p', 2);
  return first(
    () => axisFault(node.int('axis', -1), node.shape(0).length),
    () => (p === 1 || p === 2 ? undefined : `its p is ${p}, and must be 1 or 2`),
  );
};

/** Of each channel, so many beside it are looked at. */
export const localNorm: Rule = (node) => {
  const size = node.int('size');
  return size < 1 ? `its size is ${size}, and must be positive` : undefined;
};
