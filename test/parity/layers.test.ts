/** A fault on one side is put on the right node. */
import { describe, expect, it } from 'vitest';

import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { decodeModel, encodeModel } from '../../proto/onnx.ts';
import { exposeValues } from '../../proto/expose.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { network, subject, withTensor } from './models.ts';

const { model } = network(16);
const order = { model: 'm', data: null, seeds: [1], batches: [1], layers: true, climb: 0 } as const;
const signal = new AbortController().signal;

/** The middle one of the nodes of an op, changed. */
function broken(op: string, change: (node: OnnxNode) => OnnxNode): readonly [OnnxModel, string] {
  const found = model.graph.nodes.filter(({ opType }) => opType === op);
  const chosen = found[Math.floor(found.length / 2)];
  if (chosen === undefined) throw new Error(`no ${op}`);
  const nodes = model.graph.nodes.map((node) => (node === chosen ? change(node) : node));
  return [{ ...model, graph: { ...model.graph, nodes } }, chosen.name];
}

const withoutAttributes = (op: string) => (node: OnnxNode) => ({ ...node, opType: op, attributes: [] });
const countsPadding = (node: OnnxNode): OnnxNode => ({
  ...node,
  attributes: node.attributes.map((attribute) =>
    attribute.name === 'count_include_pad' ? { ...attribute, kind: 'int', value: 1 } : attribute,
  ),
});

describe('the first value that is off', () => {
  it.each([
    ['a Relu left out', broken('Relu', withoutAttributes('Identity'))],
    ['an average over the padding', broken('AveragePool', countsPadding)],
    [
      'mean and variance exchanged',
      broken('BatchNormalization', (node) => {
        const [x = '', scale = '', bias = '', mean = '', variance = ''] = node.inputs;
        return { ...node, inputs: [x, scale, bias, variance, mean] };
      }),
    ],
    ['the parts of a Concat exchanged', broken('Concat', (n) => ({ ...n, inputs: n.inputs.toReversed() }))],
  ] as const)('is that of %s', async (_, [fault, node]) => {
    const report = await compareSubject(await subject(model, fault), order, silentReporter, signal);
    expect(report.layers).toHaveLength(4);
    for (const { first, error, layers } of report.layers ?? []) {
      expect(error).toBeNull();
      expect(first?.node).toBe(node);
      expect(layers.length).toBeGreaterThan(20);
    }
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain(`"${node}"`);
  });

  it('is that of a weight, and what it is made of agrees', async () => {
    const fault = withTensor(model, 'classifier.weight', (values) => values.map((value) => 1.01 * value));
    const report = await compareSubject(await subject(model, fault), order, silentReporter, signal);
    for (const { first } of report.layers ?? []) {
      expect(first?.op).toBe('Gemm');
      expect(first?.inputs.length).toBeGreaterThan(0);
      for (const { used } of first?.inputs ?? []) expect(used).toBeLessThan(1);
    }
  });

  it('is none where nothing is wrong', async () => {
    const report = await compareSubject(await subject(model), order, silentReporter, signal);
    for (const { first, error } of report.layers ?? []) expect([first, error]).toEqual([null, null]);
    expect(renderParity(report)).toMatch(/none of \d+ values is further off than allowed/);
    expect(renderParity(report)).not.toContain('--bisect');
  });

  it('is none where only nodes that are put together differ, and says what finds them', async () => {
    const report = await compareSubject(await subject(model), order, silentReporter, signal);
    const pairs = report.pairs.map((pair) => ({ ...pair, failures: ['off by 1 and 1e-4 allowed'] }));
    expect(renderParity({ ...report, pairs }).replaceAll(/\s+/g, ' ')).toContain(
      'with every value asked for, which keeps nodes from being put together as they are for the outputs alone: --bisect finds',
    );
  });
});

describe('values in between', () => {
  /** y = x + by · (what x is between 20 and 100, which nothing that is drawn is), and nothing but x elsewhere. */
  const bump = (by: number): OnnxModel =>
    modelOf({
      inputs: [floatInfo('x', ['batch', 4])],
      outputs: [floatInfo('y', ['batch', 4])],
      initializers: [20, 60, 100, 2, by].map((value, i) => floats(`c${i}`, [], [value])),
      nodes: [
        ...[0, 1, 2].flatMap((i) => [
          node('Sub', ['x', `c${i}`], [`s${i}`]),
          node('Relu', [`s${i}`], [`r${i}`]),
        ]),
        node('Mul', ['r1', 'c3'], ['twice']),
        node('Sub', ['r0', 'twice'], ['tip']),
        node('Add', ['tip', 'r2'], ['bump']),
        node('Mul', ['bump', 'c4'], ['part'], [], { name: 'scaled' }),
        node('Add', ['x', 'part'], ['y']),
      ],
    });
  const held = (edge: number): OnnxModel =>
    modelOf({
      inputs: [floatInfo('x', ['batch', 32])],
      outputs: [floatInfo('y', ['batch', 32])],
      initializers: [floats('edge', [], [edge])],
      nodes: [node('Neg', ['x'], ['n']), node('Min', ['n', 'edge'], ['y'], [], { name: 'held' })],
    });

  it('are compared on the input on which a runtime fails', async () => {
    const given = await subject(held(25), held(20));
    const report = await compareSubject(given, order, silentReporter, signal);
    const file = report.layers?.find(({ name }) => name === 'onnxruntime-cpu');
    expect(file).toMatchObject({ input: 'extremes, batch 1', first: { node: 'held' } });
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain(
      'on extremes, batch 1, first at Min "held"',
    );
  });

  it('are compared on an input that was searched for, where that is what fails', async () => {
    const given = await subject(bump(1), bump(1.01));
    const searching = { ...order, climb: 200 };
    const report = await compareSubject(given, searching, silentReporter, signal);
    const failed = report.pairs.find(({ name }) => name === 'onnxruntime-cpu');
    expect(failed?.failures.join()).toContain('on an input that was searched for');
    const file = report.layers?.find(({ name }) => name === 'onnxruntime-cpu');
    expect(file).toMatchObject({
      input: 'an input that was searched for, batch 1',
      first: { node: 'scaled' },
    });
  });
});

describe('a model with more outputs', () => {
  it('is otherwise the same', () => {
    const bytes = encodeModel(model);
    const names = model.graph.nodes.slice(0, 3).flatMap(({ outputs }) => outputs);
    const exposed = decodeModel(exposeValues(bytes, names));
    const plain = decodeModel(bytes);
    expect(exposed.graph.outputs.slice(1).map(({ name }) => name)).toEqual(names);
    expect({ ...exposed, graph: { ...exposed.graph, outputs: plain.graph.outputs } }).toEqual(plain);
  });

  it('is not made of what is no message', () => {
    expect(() => exposeValues(Uint8Array.of(0xff), ['x'])).toThrow();
    expect(() => exposeValues(Uint8Array.of(0x3a, 0x7f), ['x'])).toThrow();
  });
});
