import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialise } from '../../src/graph/initialise.ts';
import { floats, type Tensors } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { settled } from '../../src/model/settle.ts';
import { Random } from '../../src/random.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { inferenceGraph } from '../../src/space/images/network-graphs.ts';
import { publishedGenotypes, type PublishedName } from '../../src/space/images/published.ts';
import { arbitraryGenotype } from '../space/images/genotype-arbitrary.ts';
import { tries } from '../support/properties.ts';

const shape = { channels: 8, layers: 20, classes: 10, image: [3, 16, 16] } as const;

/** The root mean square of what each cell gives, for noise. */
async function sizes(graph: Graph, weights: Tensors): Promise<readonly number[]> {
  const cells = graph.nodes.filter(({ op, name }) => op === 'Concat' && /^cells\.\d+\.concat$/.test(name));
  const outputs = cells.flatMap(({ name, outputs: [value] }) =>
    value === undefined ? [] : [{ name, value }],
  );
  const program = await createReferenceRuntime().compile({ ...graph, outputs });
  const random = new Random(2);
  const image = Float64Array.from({ length: 2 * 3 * 16 * 16 }, () => random.normal());
  const given = await program.run(new Map(weights).set('image', floats([2, 3, 16, 16], image)));
  return outputs.map(({ name }) => {
    const data = given.get(name)?.data ?? [];
    return Math.sqrt(Array.from(data).reduce((sum, value) => sum + value ** 2, 0) / data.length);
  });
}

describe('running variances of an untrained network', () => {
  it.each(Object.keys(publishedGenotypes) as readonly PublishedName[])(
    'keep what its cells give around one, through twenty of them (%s)',
    async (name) => {
      const graph = inferenceGraph(shape, publishedGenotypes[name]);
      const weights = initialise(graph, new Random(5));
      const found = await sizes(graph, settled(graph, weights));
      expect(found).toHaveLength(20);
      expect(Math.min(...found)).toBeGreaterThan(0.1);
      expect(Math.max(...found)).toBeLessThan(20);
      // Where they start, all dies out.
      expect((await sizes(graph, weights)).at(-1)).toBeLessThan(1e-4);
    },
  );

  it('are positive numbers for any genotype', () => {
    fc.assert(
      fc.property(arbitraryGenotype(4, 2), fc.constantFrom('cifar10', 'imagenet'), (genotype, stem) => {
        const side = stem === 'imagenet' ? 64 : 16;
        const small = { stem, channels: 4, layers: 4, classes: 10, image: [3, side, side] } as const;
        const graph = inferenceGraph(small, genotype);
        const weights = settled(graph, initialise(graph, new Random(5)));
        for (const { value, role } of graph.inputs) {
          if (role !== 'buffer') continue;
          const data = weights.get(value.name)?.data ?? [];
          const isRight = (number: number) =>
            value.name.endsWith('.running_mean') ? number === 0 : number > 0 && Number.isFinite(number);
          expect(Array.from(data, Number).every(isRight), value.name).toBe(true);
        }
      }),
      { numRuns: tries(30) },
    );
  });
});
