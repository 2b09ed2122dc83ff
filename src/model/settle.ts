/**
 * Running statistics for a network that was never trained.
 *
 * With means of 0 and variances of 1, where they start, batch norm does nothing, and activations die out over dozens of
 * layers: whatever the image, the logits are the classifier's bias, in which no fault of a runtime would show. So each
 * variance is set to the mean square of what arrives there from a small batch of made-up images, layer by layer; means
 * stay 0. Then every layer gives values around one, and the logits depend on all of them. (Centred by means as well, a
 * deep random network is chaotic: images unlike the batch come out a thousand times larger.)
 *
 * It is worked out by `reference` in double precision, so that the same seed gives the same file on every machine.
 */
import { internal } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { floats, type Tensor, type Tensors } from '../graph/tensor.ts';
import type { Random } from '../random.ts';
import { createReferenceRuntime } from '../runtime/reference/runtime.ts';
import { imageInput, reductionCells, type CnnShape } from '../space/images/cnn.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import { batchNormMomentum, networkContext } from '../space/images/layers.ts';
import { network } from '../space/images/network.ts';
import { stems } from '../space/images/stem.ts';

/** So many positions of the last map, at least, go into each mean square. */
const leastPositions = 128;

/** `state`, of which only the weights matter, with running variances settled on images drawn from `random`. */
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
  const graph = b.finish('statistics', Object.fromEntries(context.statistics));

  const feeds = new Map<string, Tensor>();
  for (const { value, role } of graph.inputs) {
    const tensor = state.get(value.name);
    if (tensor === undefined) continue;
    // From zero, one step goes a known share of the way to the batch's own statistics.
    const data = role === 'buffer' ? new Float64Array(tensor.data.length) : tensor.data;
    feeds.set(value.name, { ...tensor, data });
  }
  feeds.set('image', floats([batch, ...shape.image], scenes(batch, shape, random)));
  const program = await createReferenceRuntime().compile(graph);
  const found = await program.run(feeds);
  program.dispose();

  const result = new Map(state);
  for (const [name, variance] of found) {
    if (!name.endsWith('.running_variance')) continue;
    const mean = found.get(name.replace(/variance$/, 'mean'));
    if (mean === undefined) throw internal(`"${name}" has no mean beside it`);
    const squares = Float32Array.from(variance.data, (value, channel) => {
      return value / batchNormMomentum + ((mean.data[channel] ?? 0) / batchNormMomentum) ** 2;
    });
    result.set(name, floats(variance.shape, squares));
  }
  return result;
}

/** Images [batch, C, H, W]: in each channel a slope of light across the image, as in photographs, and noise upon it. */
function scenes(batch: number, { image: [channels, height, width] }: CnnShape, random: Random): Float64Array {
  const symmetric = () => 2 * random.uniform() - 1;
  const pixels = new Float64Array(batch * channels * height * width);
  let at = 0;
  for (let plane = 0; plane < channels * batch; plane++) {
    const [level, down, across] = [2 * symmetric(), symmetric(), symmetric()];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const slope = down * (2 * (y / height) - 1) + across * (2 * (x / width) - 1);
        pixels[at++] = level + slope + symmetric();
      }
    }
  }
  return pixels;
}

function positionsOfLastMap({ image, layers, stem = 'cifar10' }: CnnShape): number {
  const side = 2 ** (stems[stem].halvings + reductionCells(layers).length);
  return (image[1] / side) * (image[2] / side);
}
