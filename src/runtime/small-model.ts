/** Model files that runtimes are given for work of our own: to be tried, or to reshape. */
import { encodeModel, type OnnxAttribute, type OnnxGraph, type OnnxNode } from '../../proto/onnx.ts';

/** A file with a graph and nothing else, for every runtime that is known. */
export function smallModel(
  name: string,
  graph: Pick<OnnxGraph, 'nodes' | 'inputs' | 'outputs'> & Partial<OnnxGraph>,
): Uint8Array {
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
    graph: { initializers: [], valueInfo: [], ...graph, name },
  });
}

/** A standard op with one output. */
export function smallNode(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly OnnxAttribute[] = [],
): OnnxNode {
  return { name: opType, opType, domain: '', inputs, outputs: [output], attributes };
}
