import { expect, it } from 'vitest';
import type { OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { isCoarse, leavesRowsOpen, precisionOf } from '../../src/parity/coarse.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';

const of = (one: OnnxNode) =>
  isCoarse(
    modelOf({
      inputs: [floatInfo('x', [1])],
      nodes: [one],
      outputs: [floatInfo('y', [1])],
    }),
  );

it.each(['QGemm', 'QLinearConv', 'MatMulNBits', 'MatMulInteger', 'DequantizeLinear', 'GatherBlockQuantized'])(
  'knows %s to be of less than float32',
  (op) => expect(of(node(op, ['x'], ['y']))).toBe(true),
);

it.each(['Gemm', 'MatMul', 'Relu'])('and not %s', (op) => expect(of(node(op, ['x'], ['y']))).toBe(false));

it.each([
  [1, false],
  [7, false],
  [10, true],
  [16, true],
  [17, true],
  [11, false],
])('a cast to type %i: %s', (to, coarse) =>
  expect(of(node('Cast', ['x'], ['y'], [{ name: 'to', kind: 'int', value: to }]))).toBe(coarse),
);

it('what leads to no output says nothing', () => {
  const half: OnnxTensor = { name: 'half', dtype: 'float16', dims: [1], data: Uint16Array.of(0) };
  const dead = [
    node('Cast', ['x'], ['narrow'], [{ name: 'to', kind: 'int', value: 10 }]),
    node('QuantizeLinear', ['x', 'scale'], ['steps']),
  ];
  const model = modelOf({
    inputs: [floatInfo('x', [1])],
    initializers: [half],
    // Not in the order of their making.
    nodes: [node('Neg', ['h'], ['y']), ...dead, node('Relu', ['x'], ['h'])],
    outputs: [floatInfo('y', [1])],
  });
  expect([isCoarse(model), precisionOf(model)]).toEqual([false, 'float32']);
});

it.each(['DynamicQuantizeLSTM', 'DynamicQuantizeMatMul'])('%s computes in steps', (op) => {
  expect(precisionOf(modelWith(op))).toBe('steps');
});

// How many rows of its hidden state onnxruntime quantises together goes by threads.
it.each([
  ['DynamicQuantizeLSTM', true],
  ['DynamicQuantizeMatMul', false],
])('%s leaves open which rows share a scale: %s', (op, open) => {
  expect(leavesRowsOpen(modelWith(op))).toBe(open);
});

function modelWith(op: string) {
  const one = node(op, ['x'], ['y'], [], { domain: 'com.microsoft' });
  return modelOf({ inputs: [floatInfo('x', [1])], nodes: [one], outputs: [floatInfo('y', [1])] });
}
