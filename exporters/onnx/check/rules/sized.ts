/** Ops that are told the size of what they make. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import { elementsOf } from '../../../../src/graph/extent.ts';
import {
  axesFault,
  constantOf,
  differ,
  dimensions,
  first,
  listFault,
  many,
  rankFault,
  shapeOf,
  type Rule,
} from './rule.ts';

/** Columns [batch, channels · block, places] that become an image. */
export const col2Im: Rule = (node) => {
  const image = node.shape(1);
  const spatial = image[0];
  return first(
    () => rankFault(node.shape(0), 3, 'its tensor of columns'),
    () => rankFault(image, 1, 'its image_shape'),
    () => shapeOf(node, 2, 'its block_shape', [spatial]),
    () => {
      const odd = constantOf(node, 2)?.find((size) => size <= 0);
      return odd === undefined ? undefined : `a size of ${odd} of its block_shape must be positive`;
    },
    () => {
      for (const name of ['strides', 'dilations', 'pads']) {
        const list = node.ints(name);
        if (list === undefined || typeof spatial !== 'number') continue;
        const count = name === 'pads' ? 2 * spatial : spatial;
        if (list.length !== count) return `its ${name} ${showShape(list)} must be ${many(count, 'number')}`;
        if (name !== 'pads' && list.some((value) => value <= 0))
          return `its ${name} ${showShape(list)} must be positive`;
      }
      return undefined;
    },
  );
};

/** A size for each axis that is cut or filled. */
export const centred: Rule = (node) => {
  const rank = node.shape(0).length;
  const axes = node.ints('axes');
  const [count, wanted] = [elementsOf(node.shape(1)), axes?.length ?? rank];
  return first(
    () => axes && axesFault(axes, rank),
    () =>
      differ(count, wanted)
        ? `its shape has ${many(Number(count), 'size')}, and it cuts or fills ${axes === undefined ? dimensions(rank) : many(wanted, 'axis', 'axes')}`
        : undefined,
  );
};

/** A matrix for each image [batch, channels, height, width], or such of three axes. */
export const affineGrid: Rule = (node) => {
  const [count] = node.shape(1);
  return first(
    () => listFault(node, 1, 'its size'),
    () =>
      typeof count !== 'number' || count === 4 || count === 5
        ? undefined
        : `its size has ${many(count, 'number')}, and must have 4 or 5`,
    () =>
      typeof count === 'number'
        ? shapeOf(node, 0, 'its theta', [undefined, count - 2, count - 1])
        : rankFault(node.shape(0), 3, 'its theta'),
  );
};

/** Bytes of a picture in a row. */
export const decoded: Rule = (node) => rankFault(node.shape(0), 1, 'its stream');
