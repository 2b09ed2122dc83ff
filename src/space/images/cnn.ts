/**
 * What every CNN of the space has in common: where the reductions are, and how cells follow each other between a stem
 * and the classifier.
 */
import { NascentError } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Dim, Value } from '../../graph/types.ts';
import { classifier, factorizedReduce, reluConvBatchNorm, type NetworkContext } from './layers.ts';
import { stems, type StemKind } from './stem.ts';

/** The size of a network of cells, whatever the cells are. */
export interface CnnShape {
  /** Channels of the first cells' nodes; doubled at each reduction. */
  readonly channels: number;
  /** Number of cells. */
  readonly layers: number;
  readonly classes: number;
  /** Channels, height and width of an image. */
  readonly image: readonly [number, number, number];
  /** What comes before the first cell: `cifar10` if it is not said. */
  readonly stem?: StemKind | undefined;
}

/** The cells that halve the image: those at one third and two thirds of the depth. */
export function reductionCells(layers: number): readonly number[] {
  return [...new Set([Math.floor(layers / 3), Math.floor((2 * layers) / 3)])];
}

/**
 * Needs neither data nor a runtime, so that a run can be refused before it begins.
 *
 * Each halving needs an even height and an even width: a factorized reduce joins the even pixels with the odd ones.
 *
 * @throws NascentError 'space/invalid' where no network has this shape
 */
export function checkCnnShape({ channels, layers, classes, image, stem = 'cifar10' }: CnnShape): void {
  const refuse = (what: string, help: string): never => {
    throw new NascentError('space/invalid', what, { help });
  };
  if (!Number.isInteger(channels) || channels < 2 || channels % 2 !== 0) {
    refuse(`a network of ${channels} channels`, 'Use an even number of channels, 2 or more.');
  }
  if (!Number.isInteger(layers) || layers < 1) refuse(`a network of ${layers} cells`, 'Use 1 cell or more.');
  if (!Number.isInteger(classes) || classes < 2)
    refuse(`a classifier of ${classes} classes`, 'Use 2 or more.');
  const halvings = stems[stem].halvings + reductionCells(layers).length;
  const multiple = 2 ** halvings;
  const [height, width] = [image[1], image[2]];
  const nearest = (side: number) => Math.max(1, Math.round(side / multiple)) * multiple;
  if (height !== nearest(height) || width !== nearest(width)) {
    const [high, wide] = [nearest(height), nearest(width)];
    const setting = high === wide ? `: of images in files, by --set image_size=${high}` : '';
    refuse(
      `images of ${height}×${width} cannot be halved ${halvings} times`,
      `Use a height and a width that are multiples of ${multiple}; the nearest are ${high}×${wide}${setting}.`,
    );
  }
}

/** The image input `image` [N, C, H, W] of a network. */
export function imageInput(b: GraphBuilder, { image }: CnnShape, batch: Dim): Value {
  return b.input('image', [batch, ...image]);
}

/** What a cell is built from. */
export interface CellPlan {
  readonly index: number;
  readonly reduction: boolean;
  readonly channels: number;
  /** c_{k-2} and c_{k-1}, brought to `channels` and to one size. */
  readonly sources: readonly [Value, Value];
}

/** Stem, cells, classifier: [N, C, H, W] → logits [N, classes]. `cell` builds one cell and returns its output. */
export function cnn(
  context: NetworkContext,
  shape: CnnShape,
  image: Value,
  cell: (plan: CellPlan) => Value,
): Value {
  checkCnnShape(shape);
  const { b } = context;
  const stem = stems[shape.stem ?? 'cifar10'];
  const reductions = new Set(reductionCells(shape.layers));
  let [beforeLast, last] = stem.build(context, image, shape.channels);
  let channels = shape.channels;
  let reducedBefore = stem.halvedLast;
  for (let index = 0; index < shape.layers; index++) {
    const reduction = reductions.has(index);
    if (reduction) channels *= 2;
    const output = b.scope(`cells.${index}`, () => {
      const first = b.scope('preprocess0', () =>
        reducedBefore
          ? factorizedReduce(context, beforeLast, channels)
          : reluConvBatchNorm(context, beforeLast, channels, { kernel: 1 }),
      );
      const second = b.scope('preprocess1', () => reluConvBatchNorm(context, last, channels, { kernel: 1 }));
      return cell({ index, reduction, channels, sources: [first, second] });
    });
    [beforeLast, last] = [last, output];
    reducedBefore = reduction;
  }
  return b.scope('classifier', () => classifier(context, last, shape.classes));
}
