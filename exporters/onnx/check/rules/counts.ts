/** Operands that are a number, or as many numbers as something has: counts, depths, shapes, bounds. */
import { elementsOf } from '../../../../src/graph/extent.ts';
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import {
  axisFault,
  axisOf,
  broadcastFault,
  constantOf,
  differ,
  dimensions,
  first,
  isOutside,
  listFault,
  rankFault,
  type Fault,
  type Rule,
} from './rule.ts';

/** Of an input that must be a number. */
export function numberFault(node: NodeReader, index: number, what: string): Fault {
  if (!node.has(index) || node.shape(index).length === 0) return undefined;
  return `${what} is ${showShape(node.shape(index))}, and must be a scalar`;
}

/** Of an input that must be a number, or a list of one. */
export function oneFault(node: NodeReader, index: number, what: string): Fault {
  if (!node.has(index)) return undefined;
  const shape = node.shape(index);
  if (shape.length === 0 || (shape.length === 1 && !differ(shape[0], 1))) return undefined;
  return `${what} is ${showShape(shape)}, and must be a scalar`;
}

/** Of an input that must have so many elements. */
function elementsFault(node: NodeReader, index: number, what: string, count: number): Fault {
  const own = node.has(index) ? elementsOf(node.shape(index)) : undefined;
  if (!differ(own, count)) return undefined;
  return `${what} has ${own} elements, and must have ${count === 1 ? 'one' : count}`;
}

function negativeFault(node: NodeReader, index: number, what: string): Fault {
  const odd = constantOf(node, index)?.find((value) => value < 0);
  return odd === undefined ? undefined : `${what} of ${odd} must not be negative`;
}

export const tile: Rule = (node) => {
  if (node.opset < 6) return undefined;
  const rank = node.shape(0).length;
  return first(
    () => listFault(node, 1, 'its list of repeats'),
    () => {
      const [count] = node.shape(1);
      return differ(count, rank) ? `its ${count} repeats are for a tensor of ${dimensions(rank)}` : undefined;
    },
    () => negativeFault(node, 1, 'a repeat'),
  );
};

export const expand: Rule = (node) =>
  first(
    // Runtimes take a constant of any rank.
    () => (node.knownOrNot(1) === undefined ? listFault(node, 1, 'its shape') : undefined),
    () => negativeFault(node, 1, 'an extent'),
    () => {
      const wanted = node.dims(1, 'shape');
      return wanted && broadcastFault([node.shape(0), wanted]);
    },
  );

export const topK: Rule = (node) =>
  first(
    () => axisOf(-1)(node),
    () => {
      if (node.opset < 10) return undefined;
      return first(
        () => listFault(node, 1, 'its k'),
        () => elementsFault(node, 1, 'its k', 1),
        () => negativeFault(node, 1, 'its k'),
      );
    },
    () => {
      const count = node.opset < 10 ? node.int('k') : constantOf(node, 1)?.[0];
      const size = node.shape(0).at(node.int('axis', -1));
      if (count === undefined || typeof size !== 'number' || count <= size) return undefined;
      return `it takes ${count} of an axis of ${size}`;
    },
  );

export const oneHot: Rule = (node) => {
  const rank = node.shape(0).length;
  return first(
    () => elementsFault(node, 1, 'its depth', 1),
    () => listFault(node, 2, 'its pair of values'),
    () => elementsFault(node, 2, 'its pair of values', 2),
    () => axisFault(node.int('axis', -1), rank + 1),
  );
};

export const constantOfShape: Rule = (node) => {
  const value = node.tensorAttribute('value');
  return first(
    // Runtimes take a constant matrix.
    () =>
      node.knownOrNot(0) === undefined || node.shape(0).length === 0
        ? listFault(node, 0, 'its shape')
        : undefined,
    () => negativeFault(node, 0, 'an extent'),
    () => {
      const count = value?.dims.reduce((product, extent) => product * extent, 1) ?? 1;
      return count === 1 ? undefined : `its value has ${count} elements, and must have one`;
    },
  );
};

/** Runtimes take lists of one, unless all three are initializers. */
export const range: Rule = (node) =>
  first(...['start', 'limit', 'delta'].map((name, i) => () => oneFault(node, i, `its ${name}`)), () =>
    constantOf(node, 2)?.[0] === 0 ? 'its step is 0' : undefined,
  );

/** Bounds that are numbers. */
export const clip: Rule = (node) =>
  node.opset < 11
    ? undefined
    : first(
        () => oneFault(node, 1, 'its min'),
        () => oneFault(node, 2, 'its max'),
      );

export const dropout: Rule = (node) =>
  node.opset < 12
    ? undefined
    : first(
        () => numberFault(node, 1, 'its ratio'),
        () => numberFault(node, 2, 'its training_mode'),
      );

/** Sums along an axis that an input says. */
export const cumulative: Rule = (node) => {
  const rank = node.shape(0).length;
  return first(
    () => oneFault(node, 1, 'its axis'),
    () => {
      const axis = constantOf(node, 1)?.[0];
      return axis === undefined ? undefined : axisFault(axis, rank);
    },
    () => {
      const odd = ['exclusive', 'reverse'].find((name) => ![0, 1].includes(node.int(name, 0)));
      return odd && `its ${odd} is ${node.int(odd)}, and must be 0 or 1`;
    },
  );
};

/** Matrices, or stacks of them. */
export const matrices: Rule = (node) => {
  const x = node.shape(0);
  return x.length < 2 ? `its input ${showShape(x)} must have 2 dimensions or more` : undefined;
};

export const triangle: Rule = (node) =>
  first(
    () => matrices(node),
    () => oneFault(node, 1, 'its k'),
  );

export const determinant: Rule = (node) =>
  first(
    () => matrices(node),
    () => {
      const [rows, columns] = node.shape(0).slice(-2);
      return differ(rows, columns) ? `its matrices are ${rows} by ${columns}, and must be square` : undefined;
    },
  );

export const eyeLike: Rule = (node) => rankFault(node.shape(0), 2, 'its input');

/** Of ops that take all of a tensor where no axis is told. */
export const axisOrAll: Rule = (node) => {
  if (node.attribute('axis') === undefined) return undefined;
  const [axis, rank] = [node.int('axis'), node.shape(0).length];
  return isOutside(axis, rank) ? axisFault(axis, rank) : undefined;
};

const constants = [
  'value',
  'sparse_value',
  'value_float',
  'value_floats',
  'value_int',
  'value_ints',
  'value_string',
  'value_strings',
];

/** What a Constant is, is said once. */
export const constant: Rule = (node) => {
  const names = node.node.attributes.map(({ name }) => name).filter((name) => constants.includes(name));
  if (names.length === 1) return undefined;
  return names.length === 0
    ? `it has no value: one of ${constants.join(', ')}`
    : `it has ${names.join(' and ')}, and must have one of them`;
};
