import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { countParameters } from '../../../src/graph/count.ts';
import { verify } from '../../../src/graph/verify.ts';
import { imageInput, type CnnShape } from '../../../src/space/images/cnn.ts';
import { networkContext } from '../../../src/space/images/layers.ts';
import { inferenceGraph } from '../../../src/space/images/network-graphs.ts';
import { trainedNetwork } from '../../../src/space/images/network.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';

const cifar: CnnShape = { channels: 36, layers: 20, classes: 10, image: [3, 32, 32] };
const imagenet: CnnShape = {
  channels: 48,
  layers: 14,
  classes: 1000,
  image: [3, 224, 224],
  stem: 'imagenet',
};

function trainedGraph(shape: CnnShape) {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: true });
  const { logits, auxiliary } = trainedNetwork(
    context,
    shape,
    publishedGenotypes.DARTS_V2,
    imageInput(b, shape, 2),
    { auxiliary: true },
  );
  if (auxiliary === undefined) throw new Error('no auxiliary head');
  expect(auxiliary.type.shape).toEqual([2, shape.classes]);
  return verify(b.finish('network', { logits, auxiliary }));
}

const isHead = (name: string) => name.startsWith('auxiliary.');

describe('the auxiliary head', () => {
  it.each([
    ['CIFAR-10', cifar, 476_426, 3_349_342],
    ['ImageNet', imagenet, 1_260_776, 4_718_752],
  ])('for %s adds the published number of parameters', (_, shape, added, without) => {
    const graph = trainedGraph(shape);
    expect(countParameters(graph, isHead)).toBe(without);
    expect(countParameters(graph)).toBe(without + added);
  });

  it('reads the cell two thirds up, one pixel is left of its map, and only ImageNet lacks the last batch norm', () => {
    for (const [shape, cell, norms] of [
      [cifar, 13, 2],
      [imagenet, 9, 1],
    ] as const) {
      const graph = trainedGraph(shape);
      const nodes = graph.nodes.filter(({ name }) => isHead(name));
      // Its first ReLU is one with that of the next cell.
      expect(nodes[0]?.inputs[0]?.node?.inputs[0]?.name).toBe(`cells.${cell}.concat`);
      const ops = nodes.map(({ op }) => op);
      expect(ops.filter((op) => op === 'BatchNormTrain')).toHaveLength(norms);
      const last = nodes.findLast(({ op }) => op === 'Conv');
      expect(last?.outputs[0]?.type.shape).toEqual([2, 768, 1, 1]);
    }
  });

  it('is not in a network that infers', () => {
    const { inputs } = inferenceGraph(cifar, publishedGenotypes.DARTS_V2);
    expect(inputs.filter(({ value }) => isHead(value.name))).toEqual([]);
  });

  it('is refused where the map is too small for it', () => {
    expect(() => trainedGraph({ ...cifar, image: [3, 16, 16] })).toThrow(
      'an auxiliary head needs a map of 8×8 or more, and images of 16×16 leave one of 4×4',
    );
  });
});
