/** Images and texts that are read at places that another tensor says, and losses of classes. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import { differ, first, rankFault, shapeOf, type Rule } from './rule.ts';

/** A place has a coordinate for each axis of the image. */
export const gridSample: Rule = (node) => {
  const [x, grid] = [node.shape(0), node.shape(1)];
  return first(
    () => rankFault(grid, x.length, 'its grid'),
    () =>
      differ(grid.at(-1), x.length - 2)
        ? `its grid ${showShape(grid)} has ${grid.at(-1)} coordinates for ${x.length - 2} axes`
        : undefined,
    () =>
      differ(x[0], grid[0])
        ? `its input ${showShape(x)} is of ${x[0]} images, and its grid ${showShape(grid)} of ${grid[0]}`
        : undefined,
  );
};

export const roiAlign: Rule = (node) =>
  first(
    () => rankFault(node.shape(0), 4, 'its image'),
    () => rankFault(node.shape(2), 1, 'its batch_indices'),
    () => shapeOf(node, 1, 'its tensor of rois', [node.shape(2)[0], 4]),
  );

/** Boxes [batch, boxes, 4], and scores [batch, classes, boxes]. */
export const suppression: Rule = (node) => {
  const boxes = node.shape(0);
  return first(
    () => shapeOf(node, 0, 'its tensor of boxes', [undefined, undefined, 4]),
    () => shapeOf(node, 1, 'its tensor of scores', [boxes[0], undefined, boxes[1]]),
  );
};

/** Of each text of a batch, so many places are turned. */
export const reversed: Rule = (node) => {
  const x = node.shape(0);
  const [batch, time] = [node.int('batch_axis', 1), node.int('time_axis', 0)];
  const isPair = (batch === 0 && time === 1) || (batch === 1 && time === 0);
  return first(
    () => (x.length < 2 ? `its input ${showShape(x)} must have 2 dimensions or more` : undefined),
    () =>
      isPair
        ? undefined
        : `its batch_axis is ${batch} and its time_axis ${time}, and they must be 0 and 1, or 1 and 0`,
    () => shapeOf(node, 1, 'its sequence_lens', [x[batch]]),
  );
};

/** Losses of classes [batch, classes, …], and what each should have been [batch, …]. */
export const classLoss: Rule = (node) => {
  const x = node.shape(0);
  return first(
    () => (x.length < 2 ? `its input ${showShape(x)} must have 2 dimensions or more` : undefined),
    () => shapeOf(node, 1, 'its target', [x[0], ...x.slice(2)]),
    // Runtimes take weights of more or fewer classes.
    () => (node.has(2) ? rankFault(node.shape(2), 1, 'its weight') : undefined),
  );
};
