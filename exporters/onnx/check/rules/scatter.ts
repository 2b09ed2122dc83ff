/** Places that tensors of indices name, and what is written there. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Shape } from '../../../../src/graph/types.ts';
import type { NodeReader } from '../../node-reader.ts';
import { differ, first, isOutside, type Fault, type Rule } from './rule.ts';
import { beside } from './shape.ts';

/** Indices stand where what they take stands, off the axis. */
function reachFault(node: NodeReader): Fault {
  const [data, indices] = [node.shape(0), node.shape(1)];
  const axis = node.int('axis', 0);
  const along = axis < 0 ? axis + data.length : axis;
  const reaches = indices.some((dim, i) => {
    const size = data[i];
    return i !== along && typeof dim === 'number' && typeof size === 'number' && dim > size;
  });
  return reaches
    ? `its indices ${showShape(indices)} reach past ${showShape(data)} off axis ${axis}`
    : undefined;
}

export const gatherElements: Rule = (node) =>
  first(
    () => beside(node),
    () => reachFault(node),
  );

export const scatterElements: Rule = (node) =>
  first(
    () => beside(node),
    () => {
      const [indices, updates] = [node.shape(1), node.shape(2)];
      const isFit = updates.length === indices.length && updates.every((dim, i) => !differ(dim, indices[i]));
      return isFit
        ? undefined
        : `its updates are ${showShape(updates)}, and its indices ${showShape(indices)}: they must be of one shape`;
    },
    () => reachFault(node),
  );

/** How many axes of what they are taken from the last axis of indices names, and whether they are there. */
function depthFault(node: NodeReader, batches: number): Fault {
  const [data, indices] = [node.shape(0), node.shape(1)];
  const depth = indices.at(-1);
  if (indices.length === 0) return 'its tensor of indices is a scalar';
  if (typeof depth !== 'number') return undefined;
  if (depth > data.length - batches)
    return `its indices ${showShape(indices)} name ${depth} axes of ${showShape(data)}`;
  for (const [i, index] of (node.knownOrNot(1)?.data ?? []).entries()) {
    const axis = batches + (i % depth);
    const size = data[axis];
    if (typeof index !== 'number' || typeof size !== 'number' || !isOutside(index, size)) continue;
    return `its index ${index} is outside axis ${axis} of ${showShape(data)}`;
  }
  return undefined;
}

export const gatherND: Rule = (node) => depthFault(node, node.int('batch_dims', 0));

export const scatterND: Rule = (node) => {
  const [data, indices, updates] = [node.shape(0), node.shape(1), node.shape(2)];
  return first(
    () => depthFault(node, 0),
    () => {
      const depth = indices.at(-1);
      if (typeof depth !== 'number') return undefined;
      const wanted: Shape = [...indices.slice(0, -1), ...data.slice(depth)];
      const isFit = updates.length === wanted.length && updates.every((dim, i) => !differ(dim, wanted[i]));
      return isFit ? undefined : `its updates are ${showShape(updates)}, and must be ${showShape(wanted)}`;
    },
  );
};
