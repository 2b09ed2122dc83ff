/** Feeds for any graph of known shapes: a standard normal of a seed. */
import { known } from '../../src/graph/infer/rule.ts';
import { floats, sizeOf, type Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';

export function randomFeeds({ inputs }: Graph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  return new Map(
    inputs.map(({ value }) => {
      const shape = value.type.shape.map((dim) => known(dim, 'an extent'));
      const data = Float64Array.from({ length: sizeOf(shape) }, () => random.normal());
      return [value.name, floats(shape, data)];
    }),
  );
}
