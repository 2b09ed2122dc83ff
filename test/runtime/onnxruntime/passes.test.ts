/**
 * Every pass equals the plain graph: both are run on the reference runtime, in double precision, so that nothing but
 * the order of sums may differ.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import type { OpName } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { lower } from '../../../src/graph/definitions.ts';
import { rebuild, type Rewrite } from '../../../src/graph/rebuild.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import type { Tensors } from '../../../src/graph/tensor.ts';
import { batchNormGradient } from '../../../src/runtime/onnxruntime/passes/batch-norm.ts';
import { depthwise } from '../../../src/runtime/onnxruntime/passes/depthwise.ts';
import { filterGradient } from '../../../src/runtime/onnxruntime/passes/filter-gradient.ts';
import { inputGradient } from '../../../src/runtime/onnxruntime/passes/input-gradient.ts';
import { mixedHighwayGradient } from '../../../src/runtime/onnxruntime/passes/mixed-highway.ts';
import { poolGradient } from '../../../src/runtime/onnxruntime/passes/pool-gradient.ts';
import { fastOnCpu } from '../../../src/runtime/onnxruntime/rewrite.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { casesOf } from '../../support/arbitraries.ts';
import { opGraph, tensorOf } from '../../support/case.ts';
import { difference } from '../../support/compare.ts';
import { buildNetwork, feedsOfNetwork, networkCases } from '../../support/network.ts';
import { tries } from '../../support/properties.ts';

const reference = createReferenceRuntime();
const rounding = { absolute: 1e-10, relative: 1e-10 };

async function expectEqual(plain: Graph, fast: Graph, feeds: Tensors): Promise<void> {
  verify(fast);
  const [expected, given] = [await reference.compile(plain), await reference.compile(fast)];
  expect(difference(await given.run(feeds), await expected.run(feeds), rounding)).toBeUndefined();
}

/** Compares on cases of an op; returns how many the pass rewrote. */
async function compareOnCases(op: OpName, pass: Rewrite): Promise<number> {
  let rewritten = 0;
  await fc.assert(
    fc.asyncProperty(casesOf(op), async (opCase) => {
      const { graph, feeds } = opGraph(opCase);
      const fast = rebuild(graph, pass);
      if (!fast.nodes.some((node) => node.op === op)) rewritten++;
      await expectEqual(graph, fast, feeds);
    }),
    { numRuns: tries(60) },
  );
  return rewritten;
}

describe('a pass equals the plain op, on every kind of case', () => {
  it.each([
    ['ConvFilterGrad', filterGradient, 20],
    // Where the filter is padded beyond its reach, ConvTranspose stays.
    ['ConvTranspose', inputGradient, 10],
    ['MaxPoolGrad', poolGradient, 60],
    ['AveragePoolGrad', poolGradient, 60],
    ['BatchNormTrainGrad', batchNormGradient, 60],
    ['MixedHighwayGrad', mixedHighwayGradient, 60],
  ] as const)('%s', async (op, pass, least) => {
    expect(await compareOnCases(op, pass)).toBeGreaterThanOrEqual(least);
  });
});

/** Depthwise convolutions as the DARTS space has them, odd sizes and strides included. */
const depthwiseCases = fc.record({
  kernel: fc.constantFrom(3, 5, 7),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 7, max: 18 }),
  width: fc.integer({ min: 7, max: 18 }),
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat({ max: 0xffff }),
});

it('depthwise convolutions and both of their gradients equal the plain ones', async () => {
  let bands = 0;
  await fc.assert(
    fc.asyncProperty(depthwiseCases, async (drawn) => {
      const { kernel, stride, dilation, height, width, batch, channels, seed } = drawn;
      const pad = (dilation * (kernel - 1)) / 2;
      const shapes = {
        x: [batch, channels, height, width],
        w: [channels, 1, kernel, kernel],
        u: [batch, channels, Math.ceil(height / stride), Math.ceil(width / stride)],
      };
      const b = new GraphBuilder();
      const [x, w, u] = [b.input('x', shapes.x), b.input('w', shapes.w), b.input('u', shapes.u)];
      const y = b.op('Conv', [x, w], {
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
        dilations: [dilation, dilation],
        group: channels,
      });
      const [dx, dw] = grad(b, b.op('Dot', [y, u]), [x, w]);
      if (dx === undefined || dw === undefined) throw new Error('no gradients');
      const graph = b.finish('depthwise', { y, dx, dw });
      const feeds = new Map(
        Object.entries(shapes).map(([name, shape], i) => [
          name,
          tensorOf({ dtype: 'float32', shape, fill: { kind: 'odd', seed: seed + i } }),
        ]),
      );
      const fast = fastOnCpu(graph);
      bands += rebuild(graph, depthwise).nodes.some((node) => node.op === 'MatMul') ? 1 : 0;
      await expectEqual(graph, fast, feeds);
    }),
    { numRuns: tries(40) },
  );
  expect(bands).toBeGreaterThan(10);
});

it('the first of several equal maxima gets the gradient', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 1, 5, 5]);
  const pool = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  const y = b.op('MaxPool', [x], pool);
  const graph = b.finish('ties', { dx: b.op('MaxPoolGrad', [x, y, b.input('dy', [1, 1, 5, 5])], pool) });
  const whole = (seed: number, below: number) =>
    tensorOf({ dtype: 'float32', shape: [1, 1, 5, 5], fill: { kind: 'odd', seed } }).data.map(
      (value) => Math.floor((value + 2) * below) - below,
    );
  for (let seed = 0; seed < 30; seed++) {
    const tensor = (data: ReturnType<typeof whole>) => ({
      dtype: 'float32' as const,
      shape: [1, 1, 5, 5],
      data,
    });
    // Two or three different values only, so that ties are everywhere.
    const feeds = new Map([
      ['x', tensor(whole(seed, 0.6))],
      ['dy', tensor(whole(seed + 100, 64))],
    ]);
    await expectEqual(graph, rebuild(graph, poolGradient), feeds);
  }
});

it('small networks and their gradients equal the plain ones', async () => {
  await fc.assert(
    fc.asyncProperty(networkCases, async (network) => {
      const b = new GraphBuilder();
      const { loss, weights } = buildNetwork(b, network);
      const values = [loss, ...grad(b, loss, weights)];
      const graph = b.finish('network', Object.fromEntries(values.map((value, i) => [`y${i}`, value])));
      await expectEqual(lower(graph), fastOnCpu(graph), feedsOfNetwork(graph, network));
    }),
    { numRuns: tries(40) },
  );
});

it('what training is slow at is gone from a step', () => {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 4, 8, 8]);
  const w = b.input('w', [4, 1, 5, 5]);
  const conv = { strides: [2, 2], pads: [2, 2, 2, 2], dilations: [1, 1], group: 4 } as const;
  const y = b.op('Conv', [x, w], conv);
  const pooled = b.op('MaxPool', [y], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] });
  const gradients = grad(b, b.op('Dot', [pooled, pooled]), [x, w]);
  const graph = b.finish('step', Object.fromEntries(gradients.map((value, i) => [`d${i}`, value])));
  const ops = new Set(fastOnCpu(graph).nodes.map((node) => node.op));
  expect([...ops].filter((op) => op === 'ConvTranspose' || op === 'ScatterElements')).toEqual([]);
});
