/** The check checked in networks that are not convolutional: each fault is caught, and put on its node. */
import { describe, expect, it } from 'vitest';

import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { subject } from './models.ts';
import {
  float,
  int,
  integers,
  large,
  localResponse,
  node,
  quantised,
  scanned,
  transformer,
  unrolled,
} from './networks.ts';

const order = { model: 'm', data: null, seeds: [1], batches: [3], layers: true, climb: 0 } as const;
const signal = new AbortController().signal;

type Change = (model: OnnxModel) => OnnxModel;

/** With another value of a single byte. */
function withWhole(name: string, value: number): Change {
  return inGraph((graph) => ({
    ...graph,
    initializers: graph.initializers.map((tensor) =>
      tensor.name === name && tensor.dtype === 'uint8' ? { ...tensor, data: Uint8Array.of(value) } : tensor,
    ),
  }));
}

function inGraph(change: (graph: OnnxGraph) => OnnxGraph): Change {
  return (model) => ({ ...model, graph: change(model.graph) });
}

function nodeChanged(graph: OnnxGraph, name: string, change: (node: OnnxNode) => OnnxNode): OnnxGraph {
  const nodes = graph.nodes.map((each) => {
    if (each.name === name) return change(each);
    const attributes = each.attributes.map((attribute) =>
      attribute.kind === 'graph'
        ? { ...attribute, value: nodeChanged(attribute.value, name, change) }
        : attribute,
    );
    return { ...each, attributes };
  });
  return { ...graph, nodes };
}

const withNode = (name: string, change: (node: OnnxNode) => OnnxNode): Change =>
  inGraph((graph) => nodeChanged(graph, name, change));
/** It is another op, or has other attributes. */
const as = (name: string, other: Partial<OnnxNode>): Change =>
  withNode(name, (each) => ({ ...each, ...other }));

const withTensor = (name: string, change: (tensor: OnnxTensor) => OnnxTensor): Change =>
  inGraph((graph) => ({
    ...graph,
    initializers: graph.initializers.map((tensor) => (tensor.name === name ? change(tensor) : tensor)),
  }));

function turned(tensor: OnnxTensor): OnnxTensor {
  const [rows = 1, columns = 1] = tensor.dims;
  const data = (tensor.data as Float32Array).map(
    (_, i, all) => all[(i % rows) * columns + Math.floor(i / rows)] ?? 0,
  );
  return { ...tensor, data } as OnnxTensor;
}

const replaced = (name: string, ...nodes: readonly OnnxNode[]): Change =>
  inGraph((graph) => ({
    ...graph,
    nodes: graph.nodes.flatMap((each) => (each.name === name ? nodes : [each])),
  }));

const withWholes = (name: string, value: number): Change =>
  withTensor(name, (tensor) => ({ ...tensor, data: BigInt64Array.of(BigInt(value)) }) as OnnxTensor);

interface Fault {
  readonly what: string;
  readonly change: Change;
  /** The node that it must be put on. */
  readonly at: string;
}

const networks: readonly (readonly [name: string, model: OnnxModel, faults: readonly Fault[]])[] = [
  [
    'a transformer',
    transformer(),
    [
      {
        what: 'another epsilon',
        change: as('norm', { attributes: [int('axis', -1), float('epsilon', 1e-3)] }),
        at: 'norm',
      },
      {
        what: 'scale and bias exchanged',
        change: as('norm', { inputs: ['x', 'norm.bias', 'norm.scale'] }),
        at: 'norm',
      },
      { what: 'a weight transposed', change: withTensor('key.weight', turned), at: 'key' },
      {
        what: 'a softmax along another axis',
        change: as('attention', { attributes: [int('axis', 1)] }),
        at: 'attention',
      },
      { what: 'the wrong operand', change: as('scores', { inputs: ['value', 'turned'] }), at: 'scores' },
      {
        what: 'a scale left out',
        change: as('scaled', { opType: 'Identity', inputs: ['scores'], attributes: [] }),
        at: 'scaled',
      },
      {
        what: 'a residual left out',
        change: as('residual', { opType: 'Identity', inputs: ['mixed'] }),
        at: 'residual',
      },
      {
        what: 'a slice off by one',
        change: (model) => withWholes('to', 2)(withWholes('from', 1)(model)),
        at: 'first',
      },
      { what: 'a Relu left out', change: as('kept', { opType: 'Identity' }), at: 'kept' },
    ],
  ],
  [
    'an unrolled recurrent network',
    unrolled(),
    [
      { what: 'a weight transposed', change: withTensor('hidden.weight', turned), at: 'back1' },
      { what: 'another activation', change: as('hidden1', { opType: 'Sigmoid' }), at: 'hidden1' },
      { what: 'an activation left out', change: as('hidden2', { opType: 'Identity' }), at: 'hidden2' },
      {
        what: 'a step off by one',
        change: as('step1', { inputs: ['x', 'from0', 'from1', 'along'] }),
        at: 'step1',
      },
      {
        what: 'the state of a step before',
        change: as('back2', { inputs: ['hidden0', 'hidden.weight'] }),
        at: 'back2',
      },
    ],
  ],
  [
    'a scanned recurrent network',
    scanned(),
    [
      { what: 'another activation in the cell', change: as('after', { opType: 'Sigmoid' }), at: 'last' },
      { what: 'an activation left out of the cell', change: as('after', { opType: 'Identity' }), at: 'last' },
      { what: 'a weight of the cell transposed', change: withTensor('hidden.weight', turned), at: 'last' },
      {
        what: 'the state where the word belongs',
        change: as('in', { inputs: ['before', 'input.weight'] }),
        at: 'last',
      },
      {
        what: 'a slice off by one',
        change: (model) => withWholes('lastTo', 4)(withWholes('lastFrom', 2)(model)),
        at: 'tail',
      },
      {
        what: 'a softmax along another axis',
        change: as('soft', { attributes: [int('axis', 0)] }),
        at: 'soft',
      },
    ],
  ],
  [
    'an 8-bit network',
    quantised(),
    [
      {
        what: 'the scale of another layer',
        change: as('a.floats', { inputs: ['a.bytes', 'b.scale', 'a.zero'] }),
        at: 'a.floats',
      },
      {
        what: 'no zero point',
        change: as('a.floats', { inputs: ['a.bytes', 'a.scale', 'b.zero'] }),
        at: 'a.floats',
      },
      {
        what: 'scales along another axis',
        change: as('a.weight', { attributes: [int('axis', 0)] }),
        at: 'a.weight',
      },
      { what: 'weights transposed', change: withTensor('b.w', turned), at: 'b.weight' },
      { what: 'a Relu left out', change: as('kept', { opType: 'Identity' }), at: 'kept' },
    ],
  ],
  [
    'a network of whole numbers',
    integers(),
    [
      {
        what: 'the scale of another product',
        change: as('made.bytes', {
          inputs: ['x.bytes', 'made.scale', 'x.zero', 'a.w', 'a.scale', 'a.zero', 'made.scale', 'made.zero'],
        }),
        at: 'made.bytes',
      },
      {
        what: 'a zero point that is one off',
        change: withWhole('x.zero', 121),
        at: 'x.bytes',
      },
      {
        what: 'no zero point',
        change: as('sums', { inputs: ['again.bytes', 'b.w'] }),
        at: 'sums',
      },
    ],
  ],
  [
    'a network with fractional powers',
    localResponse(),
    [
      {
        what: 'another size',
        change: as('normalised', {
          attributes: [int('size', 3), float('alpha', 1e-2), float('beta', 0.75), float('bias', 1)],
        }),
        at: 'normalised',
      },
      {
        what: 'another exponent',
        change: as('normalised', {
          attributes: [int('size', 5), float('alpha', 1e-2), float('beta', 0.76), float('bias', 1)],
        }),
        at: 'normalised',
      },
    ],
  ],
  [
    'a network with large values',
    large(),
    [
      {
        // onnxruntime takes casts to float16 and back out again: what they would do is written in other ops.
        what: 'what float16 takes for infinite',
        change: replaced(
          'square',
          node('Mul', ['moved', 'moved'], 'wide'),
          node('Greater', ['wide', 'half.largest'], 'over'),
          node('Where', ['over', 'infinite', 'wide'], 'square'),
        ),
        at: 'square',
      },
    ],
  ],
];

describe.each(networks)('in %s', (_, model, faults) => {
  it('nothing is found where nothing is wrong', async () => {
    const report = await compareSubject(await subject(model), order, silentReporter, signal);
    expect(report.baseline.name).toBe('reference');
    expect(report.outcome).toBe('passed');
    for (const { first, error } of report.layers ?? []) expect([first, error]).toEqual([null, null]);
  });

  it.each(faults)('$what is caught, and put on its node', async ({ change, at }) => {
    const report = await compareSubject(await subject(model, change(model)), order, silentReporter, signal);
    expect(report.outcome).toBe('failed');
    expect(report.pairs.length).toBeGreaterThan(2);
    for (const { failures } of report.pairs) expect(failures.length).toBeGreaterThan(0);
    for (const { first } of report.layers ?? []) expect(first?.node).toBe(at);
  });
});
