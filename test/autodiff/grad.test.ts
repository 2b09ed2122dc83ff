import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { floats, scalar } from '../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { buildNetwork, feedsOfNetwork, networkCases, smoothNetworkCases } from '../support/network.ts';
import { gradientError } from './differences.ts';
import { tries } from '../support/properties.ts';

const runtime = createReferenceRuntime();

/** Feeds a network, whatever else the graph around it takes. */
function feedsOf(network: Parameters<typeof buildNetwork>[1]) {
  const b = new GraphBuilder();
  const { loss } = buildNetwork(b, network);
  return feedsOfNetwork(b.finish('network', { loss }), network);
}

describe('gradients of small networks are the limits of central differences', () => {
  // ReLU and max pool have kinks, which a step of 2⁻¹⁷ meets too rarely to matter in the first derivative here; the
  // second is checked where everything is smooth.
  for (const [order, cases] of [
    ['first', networkCases],
    ['second', smoothNetworkCases],
  ] as const) {
    it(`${order} order`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, fc.nat(), async (network, seed) => {
          const error = await gradientError(
            (b) => {
              const { loss, weights } = buildNetwork(b, network);
              return { inputs: weights, outputs: [loss] };
            },
            feedsOf(network),
            order,
            seed,
          );
          expect(error).toBeUndefined();
        }),
        { numRuns: tries(30) },
      );
    });
  }
});

describe('grad', () => {
  const valueOf = async (b: GraphBuilder, outputs: Parameters<GraphBuilder['finish']>[1], x: number) => {
    const graph = b.finish('f', outputs);
    const feeds = new Map(graph.inputs.map(({ value }) => [value.name, scalar(x)] as const));
    return Object.fromEntries(
      [...(await (await runtime.compile(graph)).run(feeds))].map(([name, { data }]) => [name, data[0]]),
    );
  };

  it('of x³, three times over, is 3x², 6x and 6', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', []);
    let y = b.op('Mul', [x, b.op('Mul', [x, x])]);
    const outputs: Record<string, typeof y> = { f: y };
    for (const name of ['first', 'second', 'third', 'fourth']) {
      const [derivative] = grad(b, y, [x]);
      if (derivative === undefined) throw new Error('no gradient');
      y = derivative;
      outputs[name] = y;
    }
    expect(await valueOf(b, outputs, 5)).toEqual({ f: 125, first: 75, second: 30, third: 6, fourth: 0 });
  });

  it('is zero, of the right shape, where the loss does not depend on a value', () => {
    const b = new GraphBuilder();
    const [x, unused] = [b.input('x', []), b.input('unused', [2, 3])];
    const [, zero] = grad(b, b.op('Exp', [x]), [x, unused]);
    expect(zero?.type.shape).toEqual([2, 3]);
    expect(zero?.node?.op).toBe('Expand');
  });

  it('adds up what reaches a value by several ways, and can stop at a value in the middle', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', []);
    const middle = b.op('Mul', [x, x]);
    const loss = b.op('Add', [b.op('Mul', [middle, middle]), x]);
    const [dMiddle, dx] = grad(b, loss, [middle, x]);
    if (dMiddle === undefined || dx === undefined) throw new Error('no gradient');
    expect(await valueOf(b, { dMiddle, dx }, 3)).toEqual({ dMiddle: 18, dx: 109 });
  });

  it('of a Gather adds up rows that were taken more than once', async () => {
    const b = new GraphBuilder();
    const table = b.input('table', [3, 2]);
    const rows = b.op(
      'Gather',
      [table, b.op('Constant', [], { dtype: 'int64', shape: [3], values: [2, 0, 2] })],
      { axis: 0 },
    );
    const [gradient] = grad(b, b.op('ReduceSum', [rows], { axes: [0, 1], keepdims: 0 }), [table]);
    if (gradient === undefined) throw new Error('no gradient');
    const graph = b.finish('f', { gradient, rows });
    const result = await (
      await runtime.compile(graph)
    ).run(new Map([['table', floats([3, 2], [1, 2, 3, 4, 5, 6])]]));
    expect([...(result.get('gradient')?.data ?? [])]).toEqual([1, 1, 0, 0, 2, 2]);
  });

  it('refuses a loss that is not a scalar', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    expect(() => grad(b, x, [x])).toThrowErrorMatchingInlineSnapshot(`[NascentError: "x" has the shape [2]]`);
  });
});
