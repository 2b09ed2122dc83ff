/** Ops that move elements, and indices. */
import { elementsOf } from '../../../../src/graph/extent.ts';
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim } from '../../../../src/graph/types.ts';
import type { NodeReader } from '../../node-reader.ts';
import {
  axesFault,
  axesOf,
  axisFault,
  constantOf,
  differ,
  dimensions,
  first,
  isOutside,
  listFault,
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

export const reshape: Rule = (node) =>
  first(
    () => (node.opset < 5 ? undefined : listFault(node, 1, 'its shape')),
    () => filledFault(node),
  );

function filledFault(node: NodeReader): Fault {
  const wanted = node.opset < 5 ? node.ints('shape') : node.dims(1, 'shape');
  const from = node.shape(0);
  if (wanted === undefined) return undefined;
  const to = showShape(wanted);
  const open = wanted.filter((dim) => dim === -1).length;
  if (open > 1) return `its shape ${to} leaves ${open} extents open`;
  if (wanted.some((dim) => typeof dim === 'number' && dim < -1))
    return `its shape ${to} has a negative extent`;
  const isLiteral = node.int('allowzero', 0) === 1;
  if (isLiteral && open === 1 && wanted.includes(0))
    return `its shape ${to} leaves an extent open beside one of 0, which allowzero forbids`;
  if (!isLiteral && wanted.lastIndexOf(0) >= from.length) {
    return `its shape ${to} copies axis ${wanted.lastIndexOf(0)}, which ${showShape(from)} lacks`;
  }
  const said = wanted.map((dim, axis) => (dim === 0 && !isLiteral ? (from[axis] ?? 0) : dim));
  const [total, given] = [elementsOf(from), elementsOf(said.filter((dim) => dim !== -1))];
  if (typeof total !== 'number' || typeof given !== 'number') return undefined;
  const fills = open === 0 ? total === given : given === 0 ? total === 0 : total % given === 0;
  return fills ? undefined : `${showShape(from)} cannot become ${to}: ${total} elements do not fill it`;
}

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
      const axes = node.opset < 13 ? node.ints('axes') : constantOf(node, 1);
      const thick = axes?.find((axis) => differ(x.at(axis), 1));
      return thick === undefined ? undefined : `axis ${thick} of ${showShape(x)} is ${x.at(thick)}, not 1`;
    },
  );

export const unsqueeze: Rule = (node) => {
  // Runtimes take one number for a list of one.
  if (node.opset >= 13 && node.shape(1).length > 1) return listFault(node, 1, 'its list of axes');
  const axes = (node.opset < 13 ? node.ints('axes') : constantOf(node, 1)) ?? [];
  return axesFault(axes, node.shape(0).length + axes.length);
};

export const split: Rule = (node) => {
  const x = node.shape(0);
  const axis = node.int('axis', 0);
  return first(
    () => axisFault(axis, x.length),
    () => {
      // Of opset 1, the parts may be an input, too.
      const [count, isOld] = [node.outputCount, node.opset < 13];
      const told = isOld ? node.ints('split') : node.has(1) ? [] : undefined;
      const parts = isOld ? told : constantOf(node, 1);
      const size = x.at(axis);
      if (told === undefined && !(isOld && node.has(1))) return evenFault(node, count, size);
      return first(
        () => (isOld ? undefined : listFault(node, 1, 'its list of parts')),
        () =>
          node.attribute('num_outputs') === undefined
            ? undefined
            : 'it has both a list of parts and num_outputs, and must have one of them',
        () => parts && partsFault(parts, count, size),
      );
    },
  );
};

function partsFault(parts: readonly number[], count: number, size: Dim | undefined): Fault {
  if (parts.length !== count) return `it has ${parts.length} parts for ${count} outputs`;
  return sumFault(parts, size);
}

function sumFault(parts: readonly number[], size: Dim | undefined): Fault {
  if (parts.some((part) => part < 0)) return `its parts ${showShape(parts)} must not be negative`;
  const sum = parts.reduce((total, part) => total + part, 0);
  return differ(sum, size) ? `its parts ${showShape(parts)} come to ${sum}, not ${size}` : undefined;
}

/** Parts of a list: as long as a list says, or all of one length, but for the last. */
export const splitToSequence: Rule = (node) => {
  const x = node.shape(0);
  const axis = node.int('axis', 0);
  return first(
    () => axisFault(axis, x.length),
    () => {
      if (!node.has(1)) return undefined;
      const [told, parts] = [node.shape(1), constantOf(node, 1)];
      if (told.length > 1) return `its split is ${showShape(told)}, and must be a number or a list`;
      if (told.length === 1) return parts && sumFault(parts, x.at(axis));
      const [size] = parts ?? [];
      return size !== undefined && size <= 0 ? `its split of ${size} must be positive` : undefined;
    },
  );
};

/** Parts that are alike; since opset 18 their number is told, and the last may be smaller. */
function evenFault(node: NodeReader, count: number, size: Dim | undefined): Fault {
  if (node.opset >= 18) {
    if (node.attribute('num_outputs') === undefined)
      return 'it has neither a list of parts nor num_outputs, and must have one of them';
    const told = node.int('num_outputs');
    // The last ones may be left out.
    return told >= count ? undefined : `its num_outputs is ${told}, and it has ${count} outputs`;
  }
  if (typeof size !== 'number' || size % count === 0) return undefined;
  return `${size} does not divide into ${count} parts, and it has no list of them`;
}

const cuts = ['starts', 'ends', 'axes', 'steps'] as const;

/** Where it starts and ends along each axis is an attribute before opset 10, and an input from then on. */
export const slice: Rule = (node) => {
  const rank = node.shape(0).length;
  const isOld = node.opset < 10;
  const lists = cuts.map((name, i) => (isOld ? node.ints(name) : constantOf(node, i + 1)));
  const counts = cuts.map((_, i) =>
    isOld ? lists[i]?.length : node.has(i + 1) ? node.shape(i + 1)[0] : undefined,
  );
  const [[count], axes, steps] = [counts, lists[2], lists[3]];
  const isByAxes = isOld ? axes !== undefined : node.has(3);
  return first(
    ...cuts.map((name, i) => () => (isOld ? undefined : listFault(node, i + 1, `its list of ${name}`))),
    () =>
      counts.some((each) => differ(each, count))
        ? 'its starts, ends, axes and steps are not as many'
        : undefined,
    () => (steps?.includes(0) === true ? 'its step is 0' : undefined),
    () =>
      !isByAxes && typeof count === 'number' && count > rank
        ? `it cuts ${count} axes of a tensor of ${dimensions(rank)}`
        : undefined,
    () => axes && axesFault(axes, rank),
  );
};

/** What is reflected is there, but for the element at the edge. */
function reflectionFault(node: NodeReader): Fault {
  const shape = node.shape(0);
  const pads = constantOf(node, 1) ?? [];
  const wide = pads.find((pad, i) => {
    const size = shape[i % shape.length];
    return typeof size === 'number' && size > 0 && pad >= size;
  });
  return wide === undefined ? undefined : `it reflects ${wide} elements of ${showShape(shape)}`;
}

/** Negative pads take away no more than there is. */
function takenFault(node: NodeReader, axes: readonly number[] | undefined): Fault {
  const shape = node.shape(0);
  const pads = node.opset < 11 ? node.ints(node.opset < 2 ? 'paddings' : 'pads') : constantOf(node, 1);
  if (pads === undefined || (axes === undefined && node.has(3))) return undefined;
  const along = axes ?? shape.map((_, axis) => axis);
  for (const [i, axis] of along.entries()) {
    const [size, before = 0, after = 0] = [shape.at(axis), pads[i], pads[i + along.length]];
    if (typeof size !== 'number' || size + before + after >= 0) continue;
    return `its pads take ${-before - after} of axis ${axis} of ${showShape(shape)}`;
  }
  return undefined;
}

export const pad: Rule = (node) => {
  const rank = node.shape(0).length;
  const axes = node.opset < 18 ? undefined : constantOf(node, 3);
  const along = node.has(3) ? node.shape(3)[0] : rank;
  const [name, pads] = [
    node.opset < 2 ? 'paddings' : 'pads',
    node.opset < 11 ? node.ints(node.opset < 2 ? 'paddings' : 'pads')?.length : node.shape(1).at(-1),
  ];
  return first(
    () => listFault(node, 3, 'its list of axes'),
    () => axes && axesFault(axes, rank),
    () => {
      if (node.opset < 11) return undefined;
      const shape = node.shape(1);
      // Runtimes take a matrix of one row, unless it is an initializer.
      const isRow = shape.length === 2 && !differ(shape[0], 1);
      return isRow ? undefined : rankFault(shape, 1, 'its list of pads');
    },
    () => {
      if (typeof along !== 'number') return undefined;
      return differ(pads, 2 * along) ? `its ${pads} ${name} must be ${2 * along}` : undefined;
    },
    () => takenFault(node, axes),
    () =>
      node.opset >= 11 && !node.has(3) && node.string('mode', 'constant') === 'reflect'
        ? reflectionFault(node)
        : undefined,
  );
};
