/**
 * Drop path (Larsson et al. 2017): in training, the output of an op is left out for some of the images of a batch, and
 * made larger for the others so that its mean stays. Identities are never dropped (DARTS, appendix A.2).
 *
 * A graph draws no random numbers, so the masks are an input. There is one for each path and image, all of them in one
 * tensor: what is fed at every step is one array.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import { reductionCells, type CnnShape } from './cnn.ts';
import type { CellGenotype, CnnGenotype } from './genotype.ts';
import type { NetworkContext } from './layers.ts';
import { strideFrom } from './operations.ts';
import type { CnnOp } from './primitives.ts';

/** The masks [paths·N, 1, 1, 1]: those of the first path for each image, then those of the second, and so on. */
export const dropPathInput = 'drop_path';

/** The masks that have not been used yet. */
export interface DropPath {
  /** The next path's mask, [N, 1, 1, 1]. */
  next(): Value;
}

/** Whether the output of an op can be dropped: all but an identity's. A skip of stride 2 is no identity. */
export function canDrop(op: CnnOp, stride: number): boolean {
  return op !== 'skip_connect' || stride !== 1;
}

/** How many paths of the network of `genotype` can be dropped. */
export function dropPathCount({ layers }: CnnShape, genotype: CnnGenotype): number {
  const reductions = reductionCells(layers).length;
  return (
    (layers - reductions) * pathsOf(genotype.normal, false) + reductions * pathsOf(genotype.reduce, true)
  );
}

function pathsOf({ nodes }: CellGenotype, reduction: boolean): number {
  return nodes.flat().filter(({ op, source }) => canDrop(op, strideFrom(reduction, source))).length;
}

/** Makes the input `drop_path` of the network for the images `image`, and takes it apart. */
export function dropPathInputs(
  b: GraphBuilder,
  shape: CnnShape,
  genotype: CnnGenotype,
  image: Value,
): DropPath {
  const paths = dropPathCount(shape, genotype);
  const batch = known(image.type.shape[0], 'the batch');
  const masks =
    paths === 0
      ? []
      : b.node('Split', [b.input(dropPathInput, [paths * batch, 1, 1, 1])], {
          axis: 0,
          split: Array.from({ length: paths }, () => batch),
        });
  let used = 0;
  return {
    next() {
      const mask = masks[used++];
      if (mask === undefined) throw internal(`the network has more than ${paths} paths to drop`);
      return mask;
    },
  };
}

/** `y` times the next mask. */
export function dropPath({ b }: NetworkContext, y: Value, paths: DropPath): Value {
  return b.op('Mul', [y, paths.next()]);
}
