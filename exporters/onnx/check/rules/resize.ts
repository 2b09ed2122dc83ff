/** What an image is resized to: by scales, or to sizes. */
import { elementsOf } from '../../../../src/graph/extent.ts';
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import { axesFault, constantOf, differ, dimensions, first, type Fault, type Rule } from './rule.ts';

/** Whether a list is given that has an entry; undefined where that is not known. */
function isGiven(node: NodeReader, index: number): boolean | undefined {
  if (!node.has(index)) return false;
  // What is not given may also be empty: before opset 13, it could not be left out.
  const count = elementsOf(node.shape(index));
  return typeof count === 'number' ? count > 0 : undefined;
}

function scalesFault(scales: readonly number[] | undefined, least: number): Fault {
  const odd = scales?.find((scale) => (least === 0 ? scale <= 0 : scale < least));
  if (odd === undefined) return undefined;
  return `its scale ${odd} must be ${least === 0 ? 'positive' : `${least} or more`}`;
}

/** A list must have an entry for each axis that is resized. */
function countFault(node: NodeReader, index: number, name: string, count: number): Fault {
  const own = node.has(index) ? elementsOf(node.shape(index)) : undefined;
  if (own === 0 || !differ(own, count)) return undefined;
  return `it has ${own} ${name} for ${dimensions(count)}`;
}

/** Of scales and sizes, one is given. Before opset 11, there are only scales. */
export const resized: Rule = (node) => {
  const rank = node.shape(0).length;
  const old = node.opset < 11;
  const [scales, sizes] = old ? [1, Infinity] : [2, 3];
  const axes = node.ints('axes') ?? undefined;
  const count = axes?.length ?? rank;
  return first(
    () => axes && axesFault(axes, rank),
    () => {
      const given = [isGiven(node, scales), isGiven(node, sizes)];
      if (!old && given.every((each) => each === true))
        return 'it has both scales and sizes, and must have one of them';
      if (!old && given.every((each) => each === false))
        return 'it has neither scales nor sizes, and must have one of them';
      return undefined;
    },
    () => countFault(node, scales, 'scales', count),
    () => countFault(node, sizes, 'sizes', count),
    () => scalesFault(constantOf(node, scales), 0),
    () => {
      // Of sizes that keep the aspect, the largest or the smallest counts.
      if (node.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') return undefined;
      const size = constantOf(node, sizes)?.find((each) => each < 0);
      return size === undefined ? undefined : `its size ${size} must not be negative`;
    },
    () => regionFault(node, rank, count),
  );
};

/** The part of an image that is resized starts and ends somewhere along each axis. */
function regionFault(node: NodeReader, rank: number, count: number): Fault {
  if (node.opset < 11 || node.string('coordinate_transformation_mode', '') !== 'tf_crop_and_resize')
    return undefined;
  if (!node.has(1)) return undefined;
  const roi = node.shape(1);
  const length = roi[0];
  if (roi.length !== 1) return `its roi is ${showShape(roi)}, and must be a list`;
  // Runtimes take one of all axes, too, where only some are resized.
  if (!differ(length, 2 * count) || !differ(length, 2 * rank)) return undefined;
  return `its roi has ${length} entries, and must have ${2 * count}`;
}

/** Of an Upsample, which only makes larger. */
export const upsampled: Rule = (node) => {
  const rank = node.shape(0).length;
  // Of opset 1, it has a scale for height and one for width.
  if (node.opset < 7) return undefined;
  const scales = node.opset < 9 ? node.floats('scales') : constantOf(node, 1);
  return first(
    () => {
      const count = node.opset < 9 ? scales?.length : elementsOf(node.shape(1));
      return differ(count, rank) ? `it has ${count} scales for ${dimensions(rank)}` : undefined;
    },
    () => scalesFault(scales, 1),
  );
};
