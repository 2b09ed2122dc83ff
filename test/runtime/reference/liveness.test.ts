import { expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { valuesDeadAfter } from '../../../src/runtime/reference/liveness.ts';

it('a value dies with the last node that reads it, and an output never', () => {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 1, 4, 4]);
  const kept = b.op('Exp', [x]);
  const pooled = b.op('MaxPool', [kept], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] });
  const sum = b.op('Add', [pooled, pooled]);
  const graph = b.finish('f', { sum, kept });
  const dead = valuesDeadAfter(graph);
  const names = graph.nodes.map((node) => [node.op, dead.get(node)?.map(({ name }) => name)]);
  expect(names).toEqual([
    ['Exp', ['x']],
    // The positions of the maxima, which nobody asked for.
    ['MaxPool', ['maxpool.1']],
    ['Add', ['maxpool']],
  ]);
});
