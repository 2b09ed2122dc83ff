/** Small work is put off until it is needed: each node once, after what it reads, and what is large where it was. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Node, Value } from '../../../src/graph/types.ts';
import { together } from '../../../src/runtime/tfjs/together.ts';
import { tries } from '../../support/properties.ts';

/** Unary nodes are small here, sums are not. */
const isSmall = ({ op }: Node) => op === 'Neg';

function graphOf(steps: readonly (readonly [small: boolean, from: number, and: number])[]) {
  const b = new GraphBuilder();
  const values: Value[] = [b.input('x', [2])];
  for (const [small, i, j] of steps) {
    const [x, y] = [values[i % values.length] as Value, values[j % values.length] as Value];
    values.push(small ? b.op('Neg', [x]) : b.op('Sum', [x, y]));
  }
  return b.finish('graph', Object.fromEntries(values.slice(1).map((value, i) => [`y${i}`, value])));
}

it('keeps every node, and the order that values need', () => {
  const step = fc.tuple(fc.boolean(), fc.nat(50), fc.nat(50));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const graph = graphOf(steps);
      const groups = together(graph, isSmall);
      const order = groups.flat();
      expect(order.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
        graph.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      );
      const made = new Set<Value>(graph.inputs.map(({ value }) => value));
      for (const node of order) {
        for (const input of node.inputs) expect(made.has(input)).toBe(true);
        node.outputs.forEach((value) => made.add(value));
      }
      const large = (nodes: readonly Node[]) => nodes.filter((node) => !isSmall(node));
      expect(large(order)).toEqual(large(graph.nodes));
      for (const group of groups) if (group.length > 1) expect(group.every(isSmall)).toBe(true);
    }),
    { numRuns: tries(200) },
  );
});

it('does what nobody waits for last, and at once', () => {
  const b = new GraphBuilder();
  const x = b.input('x', [2]);
  const statistics = [x, b.op('Sum', [x, x])].map((value) => b.op('Neg', [value]));
  const needed = b.op('Neg', [b.op('Sum', [x, x, x])]);
  const y = b.op('Sum', [needed, b.op('Sum', [x, x, x, x])]);
  const late = b.op('Neg', [y]);
  const outputs = Object.fromEntries([...statistics, y, late].map((value, i) => [`y${i}`, value]));
  const groups = together(b.finish('graph', outputs), isSmall).map((nodes) => nodes.map(({ op }) => op));
  expect(groups).toEqual([['Sum'], ['Sum'], ['Sum'], ['Neg', 'Neg', 'Neg'], ['Sum'], ['Neg']]);
});
