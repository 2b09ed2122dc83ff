/** What can be said of a file's graph before it is read: which of its values are tensors to us, which are constants. */
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { constantOf } from './forms/elementwise.ts';
import type { AnyForm } from './forms/form.ts';
import { formOf } from './forms/forms.ts';
import { NodeReader, Unreadable } from './node-reader.ts';

/** The inputs of a node that are tensors in our graph, optional ones at the end left out. */
export function tensorNames(node: OnnxNode, form: AnyForm): readonly string[] {
  const names = node.inputs.slice(0, form.tensors);
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

/** Names of values that are tensors to some node or output, not only operands. */
export function neededTensors(graph: OnnxGraph): ReadonlySet<string> {
  const needed = new Set(graph.outputs.map((output) => output.name));
  for (const node of graph.nodes) {
    if (node.domain === '' && node.opType === 'Scan') {
      for (const name of node.inputs) needed.add(name);
      // A body may take any value from the graph around it.
      for (const attribute of node.attributes) {
        if (attribute.kind === 'graph') for (const name of neededTensors(attribute.value)) needed.add(name);
      }
    }
    const form = node.domain === '' ? formOf(node.opType) : undefined;
    if (form === undefined) continue;
    for (const name of tensorNames(node, form)) needed.add(name);
  }
  return needed;
}

/** What Constant nodes hold, by the name of their output. */
export function constantNodes(graph: OnnxGraph): [string, OnnxTensor][] {
  return graph.nodes.flatMap((node): [string, OnnxTensor][] => {
    const [output] = node.outputs;
    if (node.opType !== 'Constant' || node.domain !== '' || output === undefined) return [];
    try {
      return [[output, constantOf(new NodeReader(node, [], new Map()))]];
    } catch (error) {
      // Told when the node itself is read, if anything needs it.
      if (error instanceof Unreadable) return [];
      throw error;
    }
  });
}

/** Means and variances of batch norms: kept, not trained. */
export function runningStatistics(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  return new Set(
    nodes.filter((node) => node.opType === 'BatchNormalization').flatMap((node) => node.inputs.slice(3, 5)),
  );
}
