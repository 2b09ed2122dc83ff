/** Ops that move elements, and indices. */
import { elementsOf } from '../../../src/graph/extent.ts';
import { showShape } from '../../../src/graph/infer/rule.ts';
import type { Dim } from '../../../src/graph/types.ts';
import type { NodeReader } from '../node-reader.ts';
import {
  axesOf,
  axisFault,
  axisOf,
  broadcastFault,
  differ,
  dimensions,
  first,
  isOutside,
  rankFault,
  shapesOf,
  type Fault,
  type Rule,
} from './rule.ts';

export const concat: Rule = (node) => {
  const shapes = shapesOf(node);
  const [lead] = shapes;
  if (lead === undefined) return undefined;
  const axis = node.int('axis', node.opset < 4 ? 1 : Number.NaN);
  return first(
    () => axisFault(axis, lead.length),
    () => {
      const along = axis < 0 ? axis + lead.length : axis;
      const odd = shapes.find(
        (shape) =>
          shape.length !== lead.length || shape.some((dim, i) => i !== along && differ(dim, lead[i])),
      );
      return odd && `${showShape(lead)} and ${showShape(odd)} differ off axis ${axis}`;
    },
  );
};

/** Indices of an axis, where they are constants. */
export function indexFault(node: NodeReader, size: Dim | undefined): Fault {
  const indices = node.knownOrNot(1)?.data;
  if (typeof size !== 'number') return undefined;
  const outside = indices?.find((index) => typeof index === 'number' && isOutside(index, size));
  return outside === undefined ? undefined : `its index ${outside} is outside an axis of ${size}`;
}

export const gather: Rule = (node) => {
  const x = node.shape(0);
  const axis = node.int('axis', 0);
  return first(
    () => axisFault(axis, x.length),
    () => indexFault(node, x.at(axis)),
  );
};

/** Indices that stand where what they take stands, off the axis. */
export const beside: Rule = (node) =>
  first(
    () => rankFault(node.shape(1), node.shape(0).length, 'its tensor of indices'),
    () => gather(node),
  );

export const reshape: Rule = (node) => {
  const wanted = node.opset < 5 ? node.ints('shape') : node.dims(1, 'shape');
  const from = node.shape(0);
  if (wanted === undefined) return undefined;
  const to = showShape(wanted);
  const open = wanted.filter((dim) => dim === -1).length;
  if (open > 1) return `its shape ${to} leaves ${open} extents open`;
  if (wanted.some((dim) => typeof dim === 'number' && dim < -1))
    return `its shape ${to} has a negative extent`;
  const isLiteral = node.int('allowzero', 0) === 1;
  if (!isLiteral && wanted.lastIndexOf(0) >= from.length) {
    return `its shape ${to} copies axis ${wanted.lastIndexOf(0)}, which ${showShape(from)} lacks`;
  }
  const said = wanted.map((dim, axis) => (dim === 0 && !isLiteral ? (from[axis] ?? 0) : dim));
  const [total, given] = [elementsOf(from), elementsOf(said.filter((dim) => dim !== -1))];
  if (typeof total !== 'number' || typeof given !== 'number') return undefined;
  const fills = open === 0 ? total === given : given === 0 ? total === 0 : total % given === 0;
  return fills ? undefined : `${showShape(from)} cannot become ${to}: ${total} elements do not fill it`;
};

export const transpose: Rule = (node) => {
  const perm = node.ints('perm');
  const rank = node.shape(0).length;
  if (perm === undefined) return undefined;
  const isOne = perm.length === rank && perm.toSorted((a, b) => a - b).every((axis, i) => axis === i);
  return isOne ? undefined : `its perm ${showShape(perm)} is no order of ${rank} axes`;
};

export const squeeze: Rule = (node) =>
  first(
    () => axesOf(13)(node),
    () => {
      const x = node.shape(0);
      const thick = node.list('axes', 1)?.find((axis) => differ(x.at(axis), 1));
      return thick === undefined ? undefined : `axis ${thick} of ${showShape(x)} is ${x.at(thick)}, not 1`;
    },
  );

export const unsqueeze: Rule = (node) => {
  const axes = (node.opset < 13 ? node.ints('axes') : node.numbers(1, 'axes')) ?? [];
  const rank = node.shape(0).length + axes.length;
  const outside = axes.find((axis) => isOutside(axis, rank));
  if (outside !== undefined) return axisFault(outside, rank);
  const places = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  return places.size === axes.length ? undefined : `its axes ${showShape(axes)} name one twice`;
};

export const split: Rule = (node) => {
  const x = node.shape(0);
  const axis = node.int('axis', 0);
  return first(
    () => axisFault(axis, x.length),
    () => {
      const parts = node.opset < 13 ? node.ints('split') : node.numbers(1, 'split');
      if (parts === undefined) return undefined;
      if (parts.length !== node.outputCount) {
        return `it has ${parts.length} parts for ${node.outputCount} outputs`;
      }
      const sum = parts.reduce((total, part) => total + part, 0);
      const size = x.at(axis);
      return differ(sum, size) ? `its parts ${showShape(parts)} come to ${sum}, not ${size}` : undefined;
    },
  );
};

export const slice: Rule = (node) => {
  if (node.opset < 10) return undefined;
  const rank = node.shape(0).length;
  const lists = [1, 2, 3, 4].map((i) => (node.has(i) ? node.shape(i)[0] : undefined));
  const [count] = lists;
  if (lists.some((each) => differ(each, count))) return 'its starts, ends, axes and steps are not as many';
  if (node.knownOrNot(4)?.data.includes(0) === true) return 'its step is 0';
  if (!node.has(3) && typeof count === 'number' && count > rank) {
    return `it cuts ${count} axes of a tensor of ${dimensions(rank)}`;
  }
  const outside = node.numbers(3, 'axes')?.find((axis) => isOutside(axis, rank));
  return outside === undefined ? undefined : axisFault(outside, rank);
};

export const expand: Rule = (node) => {
  const wanted = node.dims(1, 'shape');
  return wanted && broadcastFault([node.shape(0), wanted]);
};

/** What is reflected is there, but for the element at the edge. */
function reflectionFault(node: NodeReader): Fault {
  const shape = node.shape(0);
  const pads = node.numbers(1, 'pads') ?? [];
  const wide = pads.find((pad, i) => {
    const size = shape[i % shape.length];
    return typeof size === 'number' && size > 0 && pad >= size;
  });
  return wide === undefined ? undefined : `it reflects ${wide} elements of ${showShape(shape)}`;
}

export const pad: Rule = (node) => {
  const rank = node.shape(0).length;
  if (node.has(3)) return undefined;
  const [name, pads] = [
    node.opset < 2 ? 'paddings' : 'pads',
    node.opset < 11 ? node.ints(node.opset < 2 ? 'paddings' : 'pads')?.length : node.shape(1)[0],
  ];
  if (differ(pads, 2 * rank)) return `its ${pads} ${name} must be ${2 * rank}`;
  return node.opset >= 11 && node.string('mode', 'constant') === 'reflect'
    ? reflectionFault(node)
    : undefined;
};

export const tile: Rule = (node) => {
  if (node.opset < 6) return undefined;
  const [count, rank] = [node.shape(1)[0], node.shape(0).length];
  return differ(count, rank) ? `its ${count} repeats are for a tensor of ${dimensions(rank)}` : undefined;
};

export const topK: Rule = (node) =>
  first(
    () => axisOf(-1)(node),
    () => {
      const count = node.opset < 10 ? node.int('k') : node.number(1, 'k');
      const size = node.shape(0).at(node.int('axis', -1));
      if (count === undefined || typeof size !== 'number' || count <= size) return undefined;
      return `it takes ${count} of an axis of ${size}`;
    },
  );
