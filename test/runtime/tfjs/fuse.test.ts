/** Fused halves of separable convolutions and mixed nodes equal the plain graph, gradients included. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import type { OpName } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { openLoss } from '../../../src/learn/loss-graph.ts';
import { supernetLoss } from '../../../src/tasks/images/supernet-loss.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { termsOf } from '../../../src/graph/separable.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { fuse } from '../../../src/runtime/tfjs/tensorflow/fuse.ts';
import { networkContext, reluConvBatchNorm } from '../../../src/space/images/layers.ts';
import { operation } from '../../../src/space/images/operations.ts';
import type { CnnOp } from '../../../src/space/images/primitives.ts';
import { dartsPrimitives } from '../../../src/space/images/primitives.ts';
import { alphaInputs, supernet, type SupernetShape } from '../../../src/space/images/supernet.ts';
import { difference } from '../../support/compare.ts';
import { peakBytes } from '../../support/counting-device.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const count = ({ nodes }: Graph, op: OpName) => nodes.filter((node) => node.op === op).length;

interface Cell {
  readonly ops: readonly CnnOp[];
  readonly stride: 1 | 2;
  readonly affine: boolean;
  /** Whether what ops give is times a number an image. */
  readonly dropped: boolean;
  /** Whether the input comes through ReLU, pointwise convolution and batch norm. */
  readonly fitted: boolean;
  readonly mode: 'train' | 'infer';
  /** Whether weights learn, or the input alone. */
  readonly weights: boolean;
  readonly seed: number;
}

const cells: fc.Arbitrary<Cell> = fc.record({
  ops: fc.array(
    fc.constantFrom<CnnOp[]>(
      'max_pool_3x3',
      'skip_connect',
      'sep_conv_3x3',
      'sep_conv_5x5',
      'dil_conv_3x3',
      'dil_conv_5x5',
      'sep_conv_7x7',
    ),
    { minLength: 1, maxLength: 5 },
  ),
  stride: fc.constantFrom<(1 | 2)[]>(1, 2),
  affine: fc.boolean(),
  dropped: fc.boolean(),
  fitted: fc.boolean(),
  mode: fc.constantFrom('train', 'train', 'infer'),
  weights: fc.boolean(),
  seed: fc.nat(0xffff),
});

/** The sum of some ops of one state, a loss of it, and gradients. */
function cell({ ops, stride, affine, dropped, fitted, mode, weights }: Cell): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', [2, 2, 6, 6]);
  const context = networkContext(b, { mode, affine });
  const state = fitted ? b.scope('fit', () => reluConvBatchNorm(context, x, 2, { kernel: 1 })) : x;
  const terms = ops.map((op, i) => {
    const y = b.scope(`${i}`, () => operation(context, op, state, stride));
    return dropped ? b.op('Mul', [y, b.input(`mask${i}`, [2, 1, 1, 1])]) : y;
  });
  const y = b.op('Sum', terms);
  const loss = b.op('Dot', [y, b.op('Sigmoid', [y])]);
  const trained = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
  const gradients = grad(b, loss, weights ? [x, ...trained] : [x]);
  const all = [y, ...context.statistics.values(), ...gradients];
  return b.finish('cell', Object.fromEntries(all.map((value, i) => [`y${i}`, value])));
}

/** Variances are what they may be. */
function feedsOf(graph: Graph, seed: number) {
  const feeds = randomFeeds(graph, seed);
  for (const [name, { data }] of feeds) {
    if (name.endsWith('variance')) data.forEach((value, i) => (data[i] = 0.5 + Math.abs(value)));
  }
  return feeds;
}

describe('fused halves', () => {
  it('give what the plain graph gives', async () => {
    const reference = createReferenceRuntime();
    await fc.assert(
      fc.asyncProperty(cells, async (one) => {
        const plain = cell(one);
        const fast = fuse(plain);
        verify(fast);
        const feeds = feedsOf(plain, one.seed);
        const [expected, given] = [await reference.compile(plain), await reference.compile(fast)];
        const tolerance = { absolute: 1e-8, relative: 1e-8 };
        expect(difference(await given.run(feeds), await expected.run(feeds), tolerance)).toBeUndefined();
      }),
      { numRuns: tries(40) },
    );
  });

  it('are what the first convolution of a network is, of any window', async () => {
    const reference = createReferenceRuntime();
    const upTo = (max: number, min = 1) => fc.integer({ min, max });
    const pair = (max: number, min = 1) => fc.tuple(upTo(max, min), upTo(max, min));
    const pads = fc.tuple(upTo(2, 0), upTo(2, 0), upTo(2, 0), upTo(2, 0));
    const cases = fc.tuple(fc.tuple(upTo(3, 2), upTo(3)), pair(2), pair(2), pads, fc.nat(0xffff));
    await fc.assert(
      fc.asyncProperty(cases, async ([kernel, strides, dilations, around, seed]) => {
        const b = new GraphBuilder();
        const [x, w] = [b.input('x', [2, 2, 7, 6]), b.input('w', [18, 2, ...kernel], { role: 'weight' })];
        const z = b.op('Conv', [x, w], { strides, dilations, pads: around, group: 1 });
        const norm = [b.input('scale', [18]), b.input('bias', [18])];
        const [y = z] = b.node('BatchNormTrain', [z, ...norm], { epsilon: 1e-3 });
        const gradients = grad(b, b.op('Dot', [y, b.op('Sigmoid', [y])]), [w, ...norm]);
        const outputs = Object.fromEntries([y, ...gradients].map((value, i) => [`y${i}`, value]));
        const plain = b.finish('stem', outputs);
        const fast = fuse(plain);
        verify(fast);
        expect([count(fast, 'SeparableHalf'), count(fast, 'SeparableHalfGrad')]).toEqual([1, 1]);
        const feeds = randomFeeds(plain, seed);
        const [expected, given] = [await reference.compile(plain), await reference.compile(fast)];
        const tolerance = { absolute: 1e-8, relative: 1e-8 };
        expect(difference(await given.run(feeds), await expected.run(feeds), tolerance)).toBeUndefined();
      }),
      { numRuns: tries(30) },
    );
  });

  it('are all the separable convolutions of a supernet, forwards and back', () => {
    const shape: SupernetShape = {
      channels: 2,
      layers: 3,
      nodes: 2,
      primitives: dartsPrimitives,
      classes: 3,
      image: [3, 8, 8],
    };
    const b = new GraphBuilder();
    const context = networkContext(b, { mode: 'train', affine: false });
    const image = b.input('image', [2, 3, 8, 8]);
    const alphas = alphaInputs(b, shape);
    const logits = supernet(context, shape, image, alphas);
    const weights = b.inputs.filter(({ role }) => role === 'weight').map(({ value }) => value);
    const gradients = grad(b, b.op('Dot', [logits, logits]), [alphas.normal, ...weights]);
    const outputs = Object.fromEntries([logits, ...gradients].map((value, i) => [`y${i}`, value]));
    const graph = fuse(b.finish('supernet', outputs));
    // Of each of 5 edges in 3 cells: two separable convolutions of two halves, and two dilated ones of one; of each cell, what
    // makes the channels of its two inputs fit. What makes an image half as large is one, too: of the 4 edges of 2 cells that
    // reduce, and in front of the cell behind a reduction, whose first input it fits.
    const reductions = 4 * 2 + 1;
    const halves = 3 * 5 * 6 + 3 * 2 - 1 + reductions;
    expect(count(graph, 'SeparableHalf')).toBe(halves);
    expect(count(graph, 'SeparableHalfGrad')).toBe(halves);
    // Those of one state share its pairs.
    expect(count(graph, 'PixelPairs')).toBe(2 * 2 + 1);
    expect(count(graph, 'PixelPairsGrad')).toBe(2 * 2 + 1);
    // Nodes, forwards, have batch norms among their terms; gradients of states have products with alphas.
    const sums = graph.nodes.filter((node) => node.op === 'MixedSum');
    expect(
      sums.filter(({ attributes, inputs }) => termsOf(attributes, inputs).normed.length > 0),
    ).toHaveLength(6);
    const made = graph.nodes.filter(({ op }) => op === 'Sum').flatMap(({ inputs }) => inputs);
    expect(made.filter(({ type, node }) => type.shape.length === 4 && node?.op === 'Mul')).toEqual([]);
    const apart = graph.nodes.filter(
      (node) => node.op === 'Conv' && (node.attributes.group > 1 || node.attributes.strides[0] > 1),
    );
    expect(apart).toEqual([]);
  });

  it('keep of a pass through the supernet of the paper little more than half of what it took with every output kept', async () => {
    const shape = { channels: 16, layers: 8, nodes: 4, primitives: dartsPrimitives, classes: 10 };
    const { b, loss, alphas, weights } = openLoss(supernetLoss({ ...shape, image: [3, 32, 32] }, 32));
    const outputs = [loss, ...grad(b, loss, [...alphas, ...weights])];
    const graph = b.finish('pass', Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])));
    // 1,146,201,556 bytes where each half, and each ReLU in front of one, is kept for its gradient.
    expect(await peakBytes(graph, fuse)).toBeLessThan(0.63e9);
  });

  it('are left alone where somebody asks for what lies between', () => {
    const b = new GraphBuilder();
    const context = networkContext(b, { mode: 'train', affine: false });
    const y = operation(context, 'dil_conv_3x3', b.input('x', [1, 2, 8, 8]), 1);
    const between = y.node?.inputs[0]?.node?.inputs[0];
    if (between === undefined) throw new Error('the graph is not as it was');
    const graph = fuse(b.finish('asked', { y, between }));
    expect(count(graph, 'SeparableHalf')).toBe(0);
  });
});
