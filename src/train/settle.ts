/**
 * Running statistics for a network that was never trained.
 *
 * With means of 0 and variances of 1, where they start, batch norm does nothing, and activations die out over dozens of
 * layers: whatever the image, the logits are the classifier's bias, in which no fault of a runtime would show. So they
 * are set to the statistics of one small batch of noise, layer by layer, as one pass in training has them. They are
 * worked out by `reference`, in double precision, so that the same seed gives the same file on every machine.
 */
import { GraphBuilder } from '../graph/builder.ts';
import { floats, type Tensor, type Tensors } from '../graph/tensor.ts';
import type { Value } from '../graph/types.ts';
import type { Random } from '../random.ts';
import { createReferenceRuntime } from '../runtime/reference/runtime.ts';
import { imageInput, reductionCells, type CnnShape } from '../space/cnn.ts';
import type { CnnGenotype } from '../space/genotype.ts';
import { batchNormMomentum, networkContext } from '../space/layers.ts';
import { network } from '../space/network.ts';
import { stems } from '../space/stem.ts';

/** So many positions of the last map, at least, go into each mean and variance. */
const leastPositions = 128;

/** `state`, of which only the weights matter, with the running statistics of a batch of noise drawn from `random`. */
export async function settled(
  shape: CnnShape,
  genotype: CnnGenotype,
  state: Tensors,
  random: Random,
): Promise<Map<string, Tensor>> {
  const batch = Math.ceil(leastPositions / positionsOfLastMap(shape));
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: true });
  network(context, shape, genotype, imageInput(b, shape, batch));
  const outputs: Record<string, Value> = Object.fromEntries(context.statistics);
  const graph = b.finish('statistics', outputs);

  const feeds = new Map<string, Tensor>();
  for (const { value, role } of graph.inputs) {
    const tensor = state.get(value.name);
    if (tensor === undefined) continue;
    // From zero, one step goes a known share of the way to the batch's own.
    const data = role === 'buffer' ? new Float64Array(tensor.data.length) : tensor.data;
    feeds.set(value.name, { ...tensor, data });
  }
  feeds.set('image', floats([batch, ...shape.image], syntheticScenes(batch, shape, random)));

  const program = await createReferenceRuntime().compile(graph);
  const found = await program.run(feeds);
  const result = new Map(state);
  for (const [name, { shape: extents, data }] of found) {
    if (!name.endsWith('.running_variance')) continue;
    const means = found.get(name.replace(/variance$/, 'mean'))?.data ?? [];
    result.set(
      name,
      floats(
        extents,
        Float32Array.from(data, (value, i) => value / batchNormMomentum + ((means[i] ?? 0) / batchNormMomentum) ** 2),
      ),
    );
  }
  program.dispose();
  return result;
}

/** Images [batch, 3, H, W]: in each channel a slope of light across the image, as in photographs, and noise upon it. */
function syntheticScenes(
  batch: number,
  { image: [, height, width] }: CnnShape,
  random: Random,
): Float64Array {
  const scenes = new Float64Array(batch * 3 * height * width);
  const symmetric = () => 2 * random.uniform() - 1;
  let at = 0;
  for (let plane = 0; plane < 3 * batch; plane++) {
    const [level, down, across] = [2 * symmetric(), symmetric(), symmetric()];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        scenes[at++] = level + down * (2 * (y / height) - 1) + across * (2 * (x / width) - 1) + symmetric();
      }
    }
  }
  return scenes;
}

function positionsOfLastMap({ image, layers, stem = 'cifar10' }: CnnShape): number {
  const side = 2 ** (stems[stem].halvings + reductionCells(layers).length);
  return (image[1] / side) * (image[2] / side);
}
