import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autodiff/grad.ts';
import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { lower } from '../../src/graph/definitions.ts';
import { print } from '../../src/graph/print.ts';
import { scan } from '../../src/graph/scan.ts';
import { floats } from '../../src/graph/tensor.ts';
import type { Graph, Value } from '../../src/graph/types.ts';
import { verify } from '../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';

/** Running totals of a sequence, each times a factor. */
function totals(b: GraphBuilder, x: Value, factor: Value) {
  const start = b.constant(0);
  return scan(b, { states: { total: start }, sequences: { x } }, (step) => {
    const total = step.b.op('Add', [step.states.total, step.slices.x]);
    return { states: { total }, outputs: { scaled: step.b.op('Mul', [total, step.outer(factor)]) } };
  });
}

function totalsGraph(): Graph {
  const b = new GraphBuilder();
  const { states, outputs } = totals(b, b.input('x', ['length']), b.input('factor', []));
  return b.finish('totals', { last: states.total, all: outputs.scaled });
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof NascentError) return `${error.message} | ${error.help}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('scan', () => {
  it('runs along a sequence of any length', async () => {
    const program = await createReferenceRuntime().compile(verify(totalsGraph()));
    for (const list of [[3], [1, 2, 3, 4]]) {
      const feeds = new Map([
        ['x', floats([list.length], list)],
        ['factor', floats([], [10])],
      ]);
      const outputs = await program.run(feeds);
      expect(outputs.get('last')?.data[0]).toBe(list.reduce((a, c) => a + c, 0));
      expect([...(outputs.get('all')?.data ?? [])]).toEqual(
        list.map((_, i) => 10 * list.slice(0, i + 1).reduce((a, c) => a + c, 0)),
      );
    }
  });

  it('is printed with its body', () => {
    expect(print(totalsGraph())).toMatchInlineSnapshot(`
      "graph totals(x: float32[length], factor: float32[]) {
        constant = Constant(dtype="float32", shape=[], values=[0]) : float32[]
        scan, scan.1 = Scan(constant, x, factor, body=graph step(total: float32[], x: float32[], factor: float32[]) {
          add = Add(total, x) : float32[]
          mul = Mul(add, factor) : float32[]
          return next.total = add, scaled = mul
        }, states=1, sequences=1) : float32[], float32[length]
        return last = scan, all = scan.1
      }
      "
    `);
  });

  it('is built once where it is asked for twice, and twice where bodies differ', () => {
    const b = new GraphBuilder();
    const [x, factor] = [b.input('x', [3]), b.input('factor', [])];
    const first = totals(b, x, factor);
    expect(totals(b, x, factor).outputs.scaled).toBe(first.outputs.scaled);
    const other = scan(b, { states: { total: b.constant(0) }, sequences: { x } }, (step) => {
      const total = step.b.op('Sub', [step.states.total, step.slices.x]);
      return { states: { total }, outputs: { scaled: step.b.op('Mul', [total, step.outer(factor)]) } };
    });
    expect(other.outputs.scaled).not.toBe(first.outputs.scaled);
  });

  it('has ops of ours in its body replaced by their definitions', () => {
    const b = new GraphBuilder();
    const { outputs } = scan(
      b,
      { states: { h: b.input('h', [2]) }, sequences: { x: b.input('x', [3, 2]) } },
      (step) => {
        const next = step.b.op('ReluGrad', [step.slices.x, step.states.h]);
        return { states: { h: next }, outputs: { next } };
      },
    );
    const [node] = verify(lower(b.finish('g', { y: outputs.next }))).nodes;
    if (node?.op !== 'Scan') throw new Error('no Scan');
    expect(node.attributes.body.nodes.map(({ op }) => op)).toEqual(['Constant', 'Greater', 'Where']);
  });

  it('refuses a state that changes its type, and sequences of different lengths', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [3, 2]);
    const growing = () =>
      scan(b, { states: { h: b.input('h', [1]) }, sequences: { x } }, (step) => {
        const next = step.b.op('Add', [step.states.h, step.slices.x]);
        return { states: { h: next }, outputs: {} };
      });
    expect(refusal(growing)).toContain(
      'the state "next.h" goes in as float32[1] and comes out as float32[2]',
    );
    const uneven = () =>
      scan(b, { states: {}, sequences: { x, y: b.input('y', [4, 2]) } }, (step) => ({
        states: {},
        outputs: { sum: step.b.op('Add', [step.slices.x, step.slices.y]) },
      }));
    expect(refusal(uneven)).toContain('sequences [4, 2] and [3, 2] differ in length');
  });

  it('refuses a body that was built for something else', () => {
    const b = new GraphBuilder();
    const [node] = totalsGraph().nodes.slice(-1);
    if (node?.op !== 'Scan') throw new Error('no Scan');
    const given = [b.constant(0), b.input('x', [3, 2]), b.input('factor', [])];
    expect(refusal(() => b.node('Scan', given, node.attributes))).toContain(
      'its body takes float32[] as "x", and is given float32[2]',
    );
    expect(refusal(() => b.node('Scan', given.slice(0, 2), node.attributes))).toContain(
      'it is given 2 inputs, and its body takes 3',
    );
  });

  it('has no gradient, and says what to do instead', () => {
    const b = new GraphBuilder();
    const [x, factor] = [b.input('x', [3]), b.input('factor', [])];
    const { states } = totals(b, x, factor);
    expect(refusal(() => grad(b, states.total, [x]))).toContain('Train on the network unrolled');
  });
});
