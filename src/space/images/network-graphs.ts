/** The evaluation network of a genotype as a graph that infers, for any batch. */
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/types.ts';
import { imageInput, type CnnShape } from './cnn.ts';
import type { CnnGenotype } from './genotype.ts';
import { networkContext } from './layers.ts';
import { network } from './network.ts';

/** Input `image` [batch, C, H, W], output `logits` [batch, classes]; weights and running statistics are inputs too. */
export function inferenceGraph(shape: CnnShape, genotype: CnnGenotype): Graph {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'infer', affine: true });
  const logits = network(context, shape, genotype, imageInput(b, shape, 'batch'));
  return b.finish('network', { logits });
}
