/** Models written by hand, as other programs write them. */
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from '../../../proto/onnx.ts';

export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly OnnxAttribute[] = [],
  rest: Partial<OnnxNode> = {},
): OnnxNode {
  return { name: '', opType, domain: '', inputs, outputs, attributes, ...rest };
}

export function floatInfo(name: string, shape: readonly (number | string | undefined)[]): OnnxValueInfo {
  return { name, type: { kind: 'tensor', dtype: 'float32', shape } };
}

export function ints(name: string, values: readonly number[]): OnnxTensor {
  return { name, dims: [values.length], dtype: 'int64', data: BigInt64Array.from(values, BigInt) };
}

export function floats(name: string, dims: readonly number[], values: readonly number[]): OnnxTensor {
  return { name, dims, dtype: 'float32', data: Float32Array.from(values) };
}

export function modelOf(graph: Partial<OnnxGraph>, rest: Partial<OnnxModel> = {}): OnnxModel {
  return {
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: 'test',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    functions: [],
    metadata: [],
    graph: { name: 'g', nodes: [], initializers: [], inputs: [], outputs: [], valueInfo: [], ...graph },
    ...rest,
  };
}
