/** The check checked: a fault of each kind that compilers of networks make, on one side only, must be found. */
import { describe, expect, it } from 'vitest';

import type { OnnxAttribute, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { requireParity, type ParityReport } from '../../src/parity/parity-report.ts';
import { network, subject, withTensor } from './models.ts';

const { model } = network(16);
const order = { model: 'model.onnx', data: null, seeds: [1], batches: [1, 3], climb: 0 } as const;
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
      const report = await compareSubject(await subject(model, broken), order, silentReporter, signal);
      expect(report.outcome).toBe('failed');
      expect(report.baseline.name).toBe('reference');
      // The truth is of what was read: all that run the file are far from it, by the same.
      expect(report.pairs).toHaveLength(4);
      for (const pair of report.pairs) {
        expect(pair.failures).toHaveLength(1);
        expect(pair.used).toBeGreaterThan(10);
      }
      const error = errorOf(report);
      expect(error).toMatchObject({ code: 'gate/failed', exitCode: 3 });
      expect(error.message).toContain('does not do what reference does');
      expect(error.help).toContain('look at how the file is read first');
    });
  }

  it('in the file', async () => {
    for (const broken of Object.values(faults)) {
      const report = await compareSubject(await subject(broken, model), order, silentReporter, signal);
      expect(report.outcome).toBe('failed');
    }
  });
});

describe('no fault is found', () => {
  it('where there is none', async () => {
    const report = await compareSubject(await subject(model), order, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    // Batches of 1 and 3, and four special inputs.
    for (const pair of report.pairs)
      expect(pair).toMatchObject({ failures: [], seededInputs: 8, elements: 80 });
    expect(() => requireParity(report)).not.toThrow();
  });

  it('where the difference is allowed', async () => {
    const broken = await subject(model, faults['one weight off by 1 %']);
    const report = await compareSubject(broken, { ...order, atol: 10 }, silentReporter, signal);
    expect(report.outcome).toBe('passed');
  });
});

/** The model with the square roots of its logits for outputs, some of which are of negative numbers. */
function rooted(): OnnxModel {
  const nodes = model.graph.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((name) => (name === 'logits' ? 'raw' : name)),
  }));
  const root: OnnxNode = {
    name: 'root',
    opType: 'Sqrt',
    domain: '',
    inputs: ['raw'],
    outputs: ['logits'],
    attributes: [],
  };
  return { ...model, graph: { ...model.graph, nodes: [...nodes, root] } };
}

/** The model with the weights of its last layer, and so its outputs, as many times as large. */
function scaled(of: OnnxModel, factor: number): OnnxModel {
  return ['classifier.weight', 'classifier.bias'].reduce(
    (changed, name) => withTensor(changed, name, (values) => values.map((value) => factor * value)),
    of,
  );
}

describe('the size of the outputs', () => {
  it('hides no fault: outputs of 1e-5 that are wholly wrong fail', async () => {
    const broken = faults['a kernel turned over'] ?? model;
    const report = await compareSubject(
      await subject(scaled(model, 1e-6), scaled(broken, 1e-6)),
      order,
      silentReporter,
      signal,
    );
    expect(report.pairs.at(-1)?.largestAbsolute).toBeLessThan(1);
    expect(report.pairs.at(-1)?.failures).toHaveLength(1);
  });

  it('makes no fault: logits near 1e6 are right to as many digits as others', async () => {
    const report = await compareSubject(await subject(scaled(model, 1e5)), order, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    expect(report.pairs.at(-1)?.largestAbsolute).toBeGreaterThan(1e-2);
  });
});

describe('what is allowed', () => {
  it('is so little that one weight off by a ten-thousandth is found, and all runtimes are well within it', async () => {
    const broken = withTensor(model, 'classifier.weight', (values) =>
      values.map((value, i) => (i === 3 ? 1.0001 * value : value)),
    );
    const report = await compareSubject(await subject(model, broken), order, silentReporter, signal);
    expect(report.outcome).toBe('failed');
    const right = await compareSubject(await subject(model), order, silentReporter, signal);
    for (const { used } of right.pairs) expect(used).toBeLessThan(0.5);
  });

  it('is what was given, where it was', async () => {
    const given = { ...order, atol: 0, rtol: 0 };
    const report = await compareSubject(await subject(model), given, silentReporter, signal);
    expect(report.outcome).toBe('failed');
    expect(report.gate).toBe('Allowed: 0e+0, as given.');
  });
});

describe('values that are not numbers', () => {
  it('agree where they are at the same places, and are told', async () => {
    const report = await compareSubject(await subject(rooted()), order, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    for (const pair of report.pairs) {
      expect(pair.notFinite).toBe(0);
      expect(pair.notFiniteAlike).toBeGreaterThan(0);
      expect(pair.note).toContain(`${pair.notFiniteAlike} values are NaN or infinite on both sides alike`);
    }
  });

  it('fail where one side alone has them', async () => {
    const poisoned = withTensor(model, 'classifier.bias', (values) =>
      values.map((value, i) => (i === 0 ? Number.NaN : value)),
    );
    const report = await compareSubject(await subject(model, poisoned), order, silentReporter, signal);
    const pair = report.pairs.at(-1);
    expect(pair?.notFinite).toBe(8);
    expect(pair?.failures).toEqual([
      '8 values are NaN or infinite on one side only, first logits[0] of seed 1, batch 1, row 0',
    ]);
  });

  it('fail where there is nothing else, though both sides agree on them', async () => {
    const poisoned = withTensor(model, 'classifier.bias', (values) => values.map(() => Number.NaN));
    const report = await compareSubject(await subject(poisoned), order, silentReporter, signal);
    expect(report.outcome).toBe('nothing compared');
    for (const pair of report.pairs) {
      expect(pair).toMatchObject({
        notFinite: 0,
        notFiniteAlike: 80,
        failures: ['every value is NaN or infinite on both sides: nothing was compared'],
      });
    }
    expect(errorOf(report).message).toContain('nothing was compared for');
  });
});
