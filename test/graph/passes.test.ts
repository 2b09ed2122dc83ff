/** What is done to a graph: verified, rebuilt, printed, counted, initialised. */
import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../src/graph/builder.ts';
import { countMacs, countParameters } from '../../src/graph/count.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { print } from '../../src/graph/print.ts';
import { rebuild } from '../../src/graph/rebuild.ts';
import type { Graph, Node } from '../../src/graph/types.ts';
import { verify } from '../../src/graph/verify.ts';
import { Random } from '../../src/random.ts';

/** relu(conv(x)) through a head, with everything a graph has. */
function toy(): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', ['batch', 2, 4, 4]);
  const w = b.scope('stem', () =>
    b.input('filter', [6, 1, 3, 3], { role: 'weight', initializer: { kind: 'uniform', bound: 0.25 } }),
  );
  const y = b.scope('stem', () =>
    b.op('Relu', [
      b.op('Conv', [x, w], { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], group: 2 }),
    ]),
  );
  const head = b.input('head', [10, 24], { role: 'weight', initializer: { kind: 'normal', deviation: 0.5 } });
  const rate = b.input('rate', [10], { role: 'buffer', initializer: { kind: 'constant', value: 3 } });
  const logits = b.op('Gemm', [b.op('Flatten', [y], { axis: 1 }), head, rate], {
    alpha: 1,
    beta: 1,
    transA: 0,
    transB: 1,
  });
  return b.finish('toy', { logits });
}

/** The graph with a part of one node changed. */
function damaged(graph: Graph, op: string, change: Partial<Node>): Graph {
  // A broken graph is what the type checker is there to prevent.
  const broken = (node: Node) => ({ ...node, ...change }) as Node;
  return { ...graph, nodes: graph.nodes.map((node) => (node.op === op ? broken(node) : node)) };
}

describe('verify', () => {
  it('passes a graph that the builder made', () => {
    const graph = toy();
    expect(verify(graph)).toBe(graph);
  });

  it('catches a node before what it uses', () => {
    const graph = toy();
    expect(() => verify({ ...graph, nodes: graph.nodes.toReversed() })).toThrowErrorMatchingInlineSnapshot(
      `[Error: internal: node "gemm" uses "flatten" before it is made]`,
    );
  });

  it('catches a value that is not what its node gives', () => {
    const attributes = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 2 } as const;
    const broken = damaged(toy(), 'Conv', { attributes });
    expect(() => verify(broken)).toThrowErrorMatchingInlineSnapshot(
      `[Error: internal: node "stem.conv" gives float32[batch, 6, 4, 4], not float32[batch, 6, 2, 2]]`,
    );
  });

  it('catches a value that belongs to another node', () => {
    const broken = damaged(toy(), 'Relu', {});
    expect(() => verify(broken)).toThrowErrorMatchingInlineSnapshot(
      `[Error: internal: "stem.relu" does not know its node]`,
    );
  });

  it('catches two values of one name, and an output that nothing makes', () => {
    const graph = toy();
    const twice = { ...graph, inputs: [...graph.inputs, ...graph.inputs.slice(0, 1)] };
    expect(() => verify(twice)).toThrowErrorMatchingInlineSnapshot(
      `[Error: internal: graph "toy": two values are named "x"]`,
    );
    const short = { ...graph, nodes: graph.nodes.slice(0, -1) };
    expect(() => verify(short)).toThrowErrorMatchingInlineSnapshot(
      `[Error: internal: output "logits" of graph "toy" is never made]`,
    );
  });
});

describe('rebuild', () => {
  it('gives an equal graph where nothing is rewritten', () => {
    const graph = toy();
    expect(print(verify(rebuild(graph, () => undefined)))).toBe(print(graph));
  });

  it('replaces nodes, drops dead ones, and keeps the inputs, read or not', () => {
    const graph = toy();
    const rewritten = verify(
      rebuild(graph, (b, node) => (node.op === 'Conv' ? [b.filled(1, [1, 6, 2, 2])] : undefined)),
    );
    expect(rewritten.inputs.map(({ value }) => value.name)).toEqual(['x', 'stem.filter', 'head', 'rate']);
    expect(rewritten.inputs.map(({ role }) => role)).toEqual(['data', 'weight', 'weight', 'buffer']);
    expect(rewritten.nodes.map(({ op }) => op)).toEqual(['Constant', 'Expand', 'Relu', 'Flatten', 'Gemm']);
  });

  it('says so where a rewrite leaves out an output that is read', () => {
    expect(() => rebuild(toy(), (_, node) => (node.op === 'Conv' ? [] : undefined))).toThrow(
      'internal: "stem.conv" is used before it is made',
    );
  });
});

describe('print', () => {
  it('is one line a node', () => {
    expect(print(toy())).toMatchInlineSnapshot(`
      "graph toy(x: float32[batch, 2, 4, 4], stem.filter: float32[6, 1, 3, 3], head: float32[10, 24], rate: float32[10]) {
        stem.conv = Conv(x, stem.filter, strides=[2,2], pads=[1,1,1,1], dilations=[1,1], group=2) : float32[batch, 6, 2, 2]
        stem.relu = Relu(stem.conv) : float32[batch, 6, 2, 2]
        flatten = Flatten(stem.relu, axis=1) : float32[batch, 24]
        gemm = Gemm(flatten, head, rate, alpha=1, beta=1, transA=0, transB=1) : float32[batch, 10]
        return logits = gemm
      }
      "
    `);
  });
});

describe('counts', () => {
  it('are those of a hand', () => {
    // Filter 6·1·3·3 and head 10·24. Each of 2·2·6 outputs of the convolution takes 3·3·1 products; the head, 10·24.
    expect(countParameters(toy())).toBe(54 + 240);
    expect(countMacs(toy())).toBe(24 * 9 + 240);
  });

  it('leave out what they are told to', () => {
    expect(countParameters(toy(), (name) => name.startsWith('head'))).toBe(54);
  });

  it('are for one image, whatever the batch', () => {
    const b = new GraphBuilder();
    const product = b.op('MatMul', [b.input('x', [8, 3]), b.input('w', [3, 5])]);
    expect(countMacs(b.finish('product', { product }))).toBe(15);
  });
});

describe('initialise', () => {
  it('draws what has an initializer, from its distribution', () => {
    const state = initialise(toy(), new Random(1));
    expect([...state.keys()]).toEqual(['stem.filter', 'head', 'rate']);
    const filter = [...(state.get('stem.filter')?.data ?? [])];
    expect(Math.max(...filter.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.max(...filter.map(Math.abs))).toBeGreaterThan(0.2);
    const head = [...(state.get('head')?.data ?? [])];
    const deviation = Math.sqrt(head.reduce((sum, value) => sum + value ** 2, 0) / head.length);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.1);
    expect([...(state.get('rate')?.data ?? [])]).toEqual(Array.from({ length: 10 }, () => 3));
  });

  it('starts a layer the same, whatever else the graph has', () => {
    const b = new GraphBuilder();
    const head = b.input('head', [10, 24], {
      role: 'weight',
      initializer: { kind: 'normal', deviation: 0.5 },
    });
    const alone = initialise(b.finish('head', { y: b.op('Exp', [head]) }), new Random(1));
    expect(alone.get('head')).toEqual(initialise(toy(), new Random(1)).get('head'));
  });
});
