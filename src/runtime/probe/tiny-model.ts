/** The model that a runtime of model files is tried on: `y = relu(x + x)` for two numbers. */
import type { OnnxValueInfo } from '../../../proto/onnx.ts';
import type { AnyTensors } from '../any-tensor.ts';
import { smallModel, smallNode } from '../small-model.ts';

export function tinyModel(): Uint8Array {
  const pair = (name: string): OnnxValueInfo => ({
    name,
    type: { kind: 'tensor', dtype: 'float32', shape: [2] },
  });
  return smallModel('probe', {
    nodes: [smallNode('Add', ['x', 'x'], 'sum'), smallNode('Relu', ['sum'], 'y')],
    inputs: [pair('x')],
    outputs: [pair('y')],
  });
}

export function tinyInput(): AnyTensors {
  return new Map([['x', { dtype: 'float32', shape: [2], data: new Float32Array([1, -2]) }]]);
}

/** @throws Error where it is wrong */
export function tinyOutput(outputs: AnyTensors): void {
  const values = [...(outputs.get('y')?.data ?? [])].join(' ');
  if (values !== '2 0') throw new Error(`relu(x + x) came out as ${values}`);
}
