/** The model that a runtime of model files is tried on: `y = relu(x + x)` for two numbers. */
import { encodeModel, type OnnxValueInfo } from '../../../proto/onnx.ts';
import type { AnyTensors } from '../any-tensor.ts';

export function tinyModel(): Uint8Array {
  const pair = (name: string): OnnxValueInfo => ({
    name,
    type: { kind: 'tensor', dtype: 'float32', shape: [2] },
  });
  const node = (opType: string, inputs: string[], outputs: string[]) => ({
    name: opType,
    opType,
    domain: '',
    inputs,
    outputs,
    attributes: [],
  });
  return encodeModel({
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: 'nascent',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    functions: [],
    metadata: [],
    graph: {
      name: 'probe',
      nodes: [node('Add', ['x', 'x'], ['sum']), node('Relu', ['sum'], ['y'])],
      initializers: [],
      inputs: [pair('x')],
      outputs: [pair('y')],
      valueInfo: [],
    },
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
