/** What the conformance suite does not ask of tfjs's CPU backend: manners in the process, memory, and odd corners. */
import { env, memory } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import type { OpAttributes, OpName } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { opNames } from '../../../src/graph/ops.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { casesOf } from '../../support/arbitraries.ts';
import { opGraph, tensorOf, type CaseInput, type OpCase } from '../../support/case.ts';
import { difference } from '../../support/compare.ts';

const reference = createReferenceRuntime();
const tolerance = { absolute: 1e-5, relative: 1e-4 };

const filled = (...shape: number[]): CaseInput => ({
  dtype: 'float32',
  shape,
  fill: { kind: 'odd', seed: shape.length },
});
const positive = (...shape: number[]): CaseInput => ({
  dtype: 'float32',
  shape,
  fill: { kind: 'positive', seed: 5 },
});

async function expectAsReference<K extends OpName>(
  op: K,
  attributes: OpAttributes[K],
  ...inputs: CaseInput[]
) {
  const { graph, feeds } = opGraph({ op, attributes, inputs });
  const program = await (await createTfjsRuntime('cpu')).compile(graph);
  const expected = await (await reference.compile(graph)).run(feeds);
  expect(difference(await program.run(feeds), expected, tolerance)).toBeUndefined();
}

describe('in the process', () => {
  it('prints nothing, and leaves tfjs as it was', async () => {
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => undefined),
    );
    await expectAsReference('Add', {}, filled(2), filled(2));
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(env().getBool('PROD')).toBe(false);
    expect(memory().numTensors).toBe(0);
  });
});

describe('memory', () => {
  it('holds as many tensors after a run of any op as before it', async () => {
    const runtime = await createTfjsRuntime('cpu');
    for (const op of opNames) {
      for (const opCase of fc.sample<OpCase>(casesOf(op), { numRuns: 5 })) {
        const start = runtime.alive();
        const { graph, feeds } = opGraph(opCase);
        const program = await runtime.compile(graph);
        const before = runtime.alive();
        await program.run(feeds);
        await program.run(feeds);
        expect([op, runtime.alive()]).toEqual([op, before]);
        program.dispose();
        expect([op, runtime.alive()]).toEqual([op, start]);
      }
    }
  });

  it('stays constant over steps that update state, also where an output is an input', async () => {
    const runtime = await createTfjsRuntime('cpu');
    const b = new GraphBuilder();
    const [w, velocity, x] = [
      b.input('w', [4, 3, 3, 3]),
      b.input('v', [4, 3, 3, 3]),
      b.input('x', [2, 3, 6, 6]),
    ];
    const conv = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 } as const;
    const y = b.op('Relu', [b.op('Conv', [x, w], conv)]);
    const dw = b.op('ConvFilterGrad', [x, y], { ...conv, kernel_shape: [3, 3] });
    const settings = { momentum: 0.9, weight_decay: 0.01 };
    const [next, nextVelocity] = b.node(
      'SgdMomentum',
      [w, dw, velocity, b.constant(1e-3), b.constant(1)],
      settings,
    );
    if (next === undefined || nextVelocity === undefined) throw new Error('SgdMomentum has two outputs');
    const graph = b.finish('step', { next, nextVelocity, before: w });
    const store = runtime.createStore();
    const zeros = tensorOf(filled(4, 3, 3, 3));
    store.write(new Map(['w', 'v', 'last'].map((name) => [name, zeros])));
    const updates = new Map([
      ['next', 'w'],
      ['nextVelocity', 'v'],
      ['before', 'last'],
    ]);
    const program = await runtime.compile(graph, { store, updates });
    const feeds = new Map([['x', tensorOf(filled(2, 3, 6, 6))]]);
    const counts: number[] = [];
    for (let step = 0; step < 4; step++) {
      await program.run(feeds);
      counts.push(runtime.alive());
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
    expect(counts.at(-1)).toBeLessThanOrEqual(counts[0] ?? 0);
    const state = await store.read();
    expect(state.get('last')?.data).not.toEqual(state.get('w')?.data);
    program.dispose();
    store.dispose();
    expect(runtime.alive()).toBe(0);
  });
});

describe('corners', () => {
  it('batch norm of [N, C, L] and of [N, C, D, H, W], channels not last', async () => {
    for (const rest of [[5], [2, 3, 2]]) {
      const statistics = [filled(3), filled(3), filled(3), positive(3)];
      await expectAsReference('BatchNormalization', { epsilon: 1e-3 }, filled(2, 3, ...rest), ...statistics);
    }
  });

  it('matrix products whose batches broadcast both ways', async () => {
    await expectAsReference('MatMul', {}, filled(2, 1, 3, 4), filled(3, 4, 2));
    await expectAsReference('MatMul', {}, filled(2, 1, 3, 4), filled(1, 3, 4, 2));
    await expectAsReference('MatMul', {}, filled(2, 1, 3, 4), filled(2, 3, 4, 2));
  });

  it('an index outside its axis is refused, with the axis', async () => {
    const b = new GraphBuilder();
    const graph = b.finish('lookup', {
      y: b.op('Gather', [b.input('x', [3, 2]), b.input('i', [1], { dtype: 'int64' })], { axis: 0 }),
    });
    const program = await (await createTfjsRuntime('cpu')).compile(graph);
    const feeds = new Map([
      ['x', tensorOf(filled(3, 2))],
      ['i', { dtype: 'int64' as const, shape: [1], data: Int32Array.of(3) }],
    ]);
    await expect(program.run(feeds)).rejects.toThrow('index 3 is outside an axis of 3');
  });
});
