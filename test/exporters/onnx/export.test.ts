/** What the exporter writes: names, operands, outputs, metadata; and what it refuses. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportOnnx, toOnnxModel } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { print } from '../../../src/graph/print.ts';
import { scalar } from '../../../src/graph/tensor.ts';
import { refusal } from '../../proto/refusal.ts';
import { layerKinds, build } from './networks.ts';

const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 11 });
const golden = '5ef552eab10d0694529cc0a8d6f603fb6572c74710df8fcd6c97c78948b1bfda';

/** A node a line: `name: Op(inputs) -> outputs`. */
function lines(model: OnnxModel): string[] {
  return model.graph.nodes.map(
    (node) => `${node.name}: ${node.opType}(${node.inputs.join(', ')}) -> ${node.outputs.join(', ')}`,
  );
}

describe('the bytes', () => {
  const exported = () => {
    const metadata = { task: 'image-classification', labels: '["a", "b", "c"]' };
    return exportOnnx(network.graph, { weights: network.weights, metadata, producerVersion: '0.0.0' });
  };

  it('are the same every time', () => {
    expect(exported()).toEqual(exported());
  });

  // Also the proof over two processes: this hash was computed in another one. It changes only where the format of what
  // we write changes, and then on purpose.
  it('are those of before', () => {
    expect(createHash('sha256').update(exported()).digest('hex')).toBe(golden);
  });

  it('do not depend on the order in which metadata and weights are given', () => {
    const options = { weights: network.weights, metadata: { a: '1', b: '2' } };
    const turned = { weights: new Map([...network.weights].toReversed()), metadata: { b: '2', a: '1' } };
    expect(exportOnnx(network.graph, turned)).toEqual(exportOnnx(network.graph, options));
  });
});

describe('a model', () => {
  it('says who wrote it, and when to nobody', () => {
    const model = toOnnxModel(network.graph, {
      producerVersion: '1.0.0',
      docString: 'a cell',
      name: 'cifar',
    });
    expect(model).toMatchObject({
      irVersion: 8,
      opsets: [{ domain: '', version: 17 }],
      producerName: 'nascent',
      producerVersion: '1.0.0',
      docString: 'a cell',
      graph: { name: 'cifar' },
    });
  });

  it('keeps names, and holds each operand once', () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['batch', 4, 4]);
    const y = b.scope('cell.0', () => {
      const left = b.op('Slice', [x], { starts: [0], ends: [2], axes: [2], steps: [1] });
      const right = b.op('Slice', [x], { starts: [2], ends: [4], axes: [2], steps: [1] });
      return b.op('Reshape', [b.op('Add', [left, right])], { shape: [0, -1] });
    });
    const model = toOnnxModel(b.finish('slices', { y }));
    expect(lines(model)).toEqual([
      'cell.0.slice: Slice(x, operand.list.0, operand.list.2, operand.list.2, operand.list.1) -> cell.0.slice',
      'cell.0.slice_1: Slice(x, operand.list.2, operand.list.4, operand.list.2, operand.list.1) -> cell.0.slice_1',
      'cell.0.add: Add(cell.0.slice, cell.0.slice_1) -> cell.0.add',
      'cell.0.reshape: Reshape(cell.0.add, operand.list.0_-1) -> y',
    ]);
    expect(model.graph.initializers.map(({ name }) => name)).toEqual([
      'operand.list.0',
      'operand.list.2',
      'operand.list.1',
      'operand.list.4',
      'operand.list.0_-1',
    ]);
    expect(model.graph.valueInfo.map(({ name, type }) => [name, type])).toEqual([
      ['cell.0.slice', { kind: 'tensor', dtype: 'float32', shape: ['batch', 4, 2] }],
      ['cell.0.slice_1', { kind: 'tensor', dtype: 'float32', shape: ['batch', 4, 2] }],
      ['cell.0.add', { kind: 'tensor', dtype: 'float32', shape: ['batch', 4, 2] }],
    ]);
  });

  it('leaves out what nobody reads: positions of maxima, and weights', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 4, 4]);
    const unused = b.input('unused', []);
    const pool = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;
    const graph = b.finish('pool', { y: b.op('MaxPool', [x], pool) });
    const withUnused = { ...graph, inputs: [...graph.inputs, { value: unused, role: 'weight' as const }] };
    const model = toOnnxModel(withUnused, { weights: new Map([['unused', scalar(1)]]) });
    expect(lines(model)).toEqual(['maxpool: MaxPool(x) -> y']);
    expect(model.graph.initializers).toEqual([]);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('keeps positions of maxima that are read', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 4, 4]);
    const pool = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;
    const [y = x, at = x] = b.node('MaxPool', [x], pool);
    const model = toOnnxModel(b.finish('pool', { y, at }));
    expect(lines(model)).toEqual(['maxpool: MaxPool(x) -> y, at']);
  });

  it('copies an output that is an input, or another output', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const y = b.op('Relu', [x]);
    const graph = b.finish('copies', { same: x, y, again: y });
    const model = toOnnxModel(graph);
    expect(lines(model)).toEqual([
      'relu: Relu(x) -> y',
      'same.output: Identity(x) -> same',
      'again.output: Identity(y) -> again',
    ]);
    expect(print(importOnnx(model).graph)).toBe(print(graph));
  });

  it('renames a value whose name an output takes', () => {
    const b = new GraphBuilder();
    const relu = b.op('Relu', [b.input('x', [2])]);
    const model = toOnnxModel(b.finish('names', { relu: b.op('Neg', [relu]) }));
    expect(lines(model)).toEqual(['relu: Relu(x) -> relu_1', 'neg: Neg(relu_1) -> relu']);
  });

  it('writes a sum over no axes as what it is', () => {
    const b = new GraphBuilder();
    const y = b.op('ReduceSum', [b.input('x', [2])], { axes: [], keepdims: 0 });
    expect(lines(toOnnxModel(b.finish('nothing', { y })))).toEqual(['reducesum: Identity(x) -> y']);
  });
});

describe('refused', () => {
  it('weights that do not fit, all of them', () => {
    const weights = new Map([...network.weights, ['image', scalar(0)], ['nowhere', scalar(1)]]);
    const error = refusal(() => exportOnnx(network.graph, { weights }));
    expect(error.code).toBe('input/invalid');
    expect(error.message).toMatchInlineSnapshot(`
      "the weights do not fit graph "network": 2 problems
        - "image" is float32[batch, 2, 6, 6], and its weight float32[]
        - "nowhere" is no input of the graph"
    `);
  });

  it('an output with the name of an input', () => {
    const b = new GraphBuilder();
    const graph = b.finish('step', { w: b.op('Neg', [b.input('w', [])]) });
    expect(refusal(() => exportOnnx(graph)).message).toMatchInlineSnapshot(
      `"graph "step" has two inputs or outputs named "w""`,
    );
  });

  it('what an operator set cannot say', () => {
    const b = new GraphBuilder();
    const [x, at] = [b.input('x', [3]), b.input('at', [3], { dtype: 'int64' })];
    const y = b.op('ScatterElements', [x, at, x], { axis: 0, reduction: 'add' });
    expect(
      refusal(() => exportOnnx(b.finish('scatter', { y }), { opset: 15 })).message,
    ).toMatchInlineSnapshot(`"ScatterElements "scatterelements" adds, which opset 15 cannot say"`);
  });
});

it('a file read back says what was exported', () => {
  const { graph, weights } = network;
  const bytes = exportOnnx(graph, { weights, metadata: { b: '2', a: '1' } });
  const model = decodeModel(bytes);
  expect(model).toEqual(toOnnxModel(graph, { weights, metadata: { a: '1', b: '2' } }));
  expect(model.metadata).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
});
