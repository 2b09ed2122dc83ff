/** The check checked: a fault of each kind that compilers of networks make, on one side only, must be found. */
import { describe, expect, it } from 'vitest';

import type { OnnxAttribute, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { compareRuntimes } from '../../src/parity/parity.ts';
import { requireParity, type ParityReport } from '../../src/parity/parity-report.ts';
import { network, subject, withTensor } from './models.ts';

const { model } = network(16);
const order = { model: 'model.onnx', data: null, seeds: [1], batches: [1, 3] } as const;
const signal = new AbortController().signal;

/** The first node of `op` that `where` accepts, changed. */
function withNode(
  op: string,
  change: (node: OnnxNode) => OnnxNode,
  where: (node: OnnxNode) => boolean = () => true,
): OnnxModel {
  const chosen = model.graph.nodes.find((node) => node.opType === op && where(node));
  if (chosen === undefined) throw new Error(`no such ${op}`);
  const nodes = model.graph.nodes.map((node) => (node === chosen ? change(node) : node));
  return { ...model, graph: { ...model.graph, nodes } };
}

function withAttribute(node: OnnxNode, attribute: OnnxAttribute): OnnxNode {
  const attributes = node.attributes.map((old) => (old.name === attribute.name ? attribute : old));
  return { ...node, attributes };
}

function has(name: string, value: string): (node: OnnxNode) => boolean {
  return ({ attributes }) =>
    attributes.some((one) => one.name === name && 'value' in one && JSON.stringify(one.value) === value);
}

/** Not of one layer: who mistakes the default mistakes it everywhere. */
const withLargeEpsilon = (node: OnnxNode) =>
  node.opType === 'BatchNormalization'
    ? withAttribute(node, { name: 'epsilon', kind: 'float', value: 1e-3 })
    : node;
const movedPads = (node: OnnxNode) =>
  withAttribute(node, { name: 'pads', kind: 'ints', value: [0, 0, 2, 2] });
const strided = has('strides', '[2,2]');
const padded = has('pads', '[1,1,1,1]');

const faults: Readonly<Record<string, OnnxModel>> = {
  'an epsilon of 1e-3 for 1e-5': {
    ...model,
    graph: { ...model.graph, nodes: model.graph.nodes.map(withLargeEpsilon) },
  },
  'moved pads of a strided convolution': withNode('Conv', movedPads, (n) => strided(n) && padded(n)),
  'moved pads of a max pool': withNode('MaxPool', movedPads),
  'moved pads of an average pool': withNode('AveragePool', movedPads, strided),
  'an average over the padding too': withNode('AveragePool', (node) =>
    withAttribute(node, { name: 'count_include_pad', kind: 'int', value: 1 }),
  ),
  'mean and variance exchanged': withNode('BatchNormalization', (node) => {
    const [x = '', scale = '', bias = '', mean = '', variance = ''] = node.inputs;
    return { ...node, inputs: [x, scale, bias, variance, mean] };
  }),
  'a Relu left out': withNode('Relu', (node) => ({ ...node, opType: 'Identity' })),
  'the parts of a Concat exchanged': withNode('Concat', (node) => ({
    ...node,
    inputs: node.inputs.toReversed(),
  })),
  'a kernel turned over': withTensor(model, 'stem.conv.weight', (values) =>
    values.map((_, i) => values[Math.floor(i / 9) * 9 + (i % 3) * 3 + Math.floor((i % 9) / 3)] ?? 0),
  ),
  'one weight off by 1 %': withTensor(model, 'classifier.weight', (values) =>
    values.map((value, i) => (i === 3 ? 1.01 * value : value)),
  ),
};

function errorOf(report: ParityReport): NascentError {
  try {
    requireParity(report);
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('the report passed');
}

describe('a fault on one side is found', () => {
  for (const [fault, broken] of Object.entries(faults)) {
    it(`${fault}, in what was read`, async () => {
      const report = await compareRuntimes(await subject(model, broken), order, silentReporter, signal);
      expect(report.outcome).toBe('failed');
      const [unoptimised, reference] = report.pairs;
      expect(unoptimised).toMatchObject({ name: 'onnxruntime-cpu unoptimised', failures: [] });
      expect(reference?.name).toBe('reference');
      expect(reference?.failures).toHaveLength(1);
      expect(reference?.requiredAbsolute).toBeGreaterThan(1e-4);
      const error = errorOf(report);
      expect(error).toMatchObject({ code: 'gate/failed', exitCode: 3 });
      expect(error.message).toContain('reference does not do what onnxruntime-cpu does');
    });
  }

  it('in the file', async () => {
    for (const broken of Object.values(faults)) {
      const report = await compareRuntimes(await subject(broken, model), order, silentReporter, signal);
      expect(report.outcome).toBe('failed');
    }
  });
});

describe('no fault is found', () => {
  it('where there is none', async () => {
    const report = await compareRuntimes(await subject(model), order, silentReporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', pairs: [{ failures: [] }, { failures: [] }] });
    for (const pair of report.pairs) expect(pair).toMatchObject({ seededInputs: 4, elements: 40 });
    expect(() => requireParity(report)).not.toThrow();
  });

  it('where the difference is allowed', async () => {
    const broken = await subject(model, faults['one weight off by 1 %']);
    const report = await compareRuntimes(broken, { ...order, atol: 10 }, silentReporter, signal);
    expect(report.outcome).toBe('passed');
  });
});

it('weights that are not numbers fail, though both sides agree on them', async () => {
  const poisoned = withTensor(model, 'classifier.bias', (values) => values.map(() => Number.NaN));
  const report = await compareRuntimes(await subject(poisoned), order, silentReporter, signal);
  expect(report.outcome).toBe('failed');
  for (const pair of report.pairs) {
    expect(pair.notFinite).toBe(40);
    expect(pair.failures).toEqual([
      '40 values are NaN or infinite, first logits[0] of seed 1, batch 1, row 0',
    ]);
  }
  expect(errorOf(report).help).toContain('look at the weights');
});
