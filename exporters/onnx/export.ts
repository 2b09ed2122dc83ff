/**
 * A graph → an ONNX model.
 *
 * Our ops are ONNX's, so exporting is renaming: values keep their names, an attribute that ONNX takes as an input
 * becomes a constant initializer, ops of our own are replaced by their definitions first. What comes out has explicit
 * pads, types for every value, and the same bytes whenever the graph and the weights are the same.
 */
import { encodeModel, writableIrVersion } from '../../proto/onnx.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../proto/onnx.ts';
import { internal, NascentError } from '../../src/errors.ts';
import { hasOwn, lower } from '../../src/graph/definitions.ts';
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';
import type { Graph, GraphInput, Node, NodeOf, TensorType } from '../../src/graph/types.ts';
import { listed, requireValid } from './check/check.ts';
import { formOf } from './forms/forms.ts';
import { saysZero } from './forms/shape.ts';
import { ModelNames, outputMark } from './names.ts';
import type { Operand } from './forms/form.ts';
import { toOnnxTensor } from './tensors.ts';

/** The operator sets that can be written. Runtimes agree best on 17. */
export const opsets = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22] as const;
/** An operator set that can be written. */
export type Opset = (typeof opsets)[number];

/** What goes into a model besides the graph. */
export interface ExportOptions {
  /** Inputs of the graph that become part of the model; the others are inputs of the model. */
  readonly weights?: Tensors;
  /** 17 where it is not given. */
  readonly opset?: Opset;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The graph's own where it is not given. */
  readonly name?: string;
  readonly docString?: string;
  /** The version of Nascent, for the file's `producer_version`. */
  readonly producerVersion?: string;
}

/**
 * The bytes of `model.onnx`. Throws 'input/invalid' where weights do not fit the graph's inputs, 'onnx/unsupported'
 * where ONNX cannot express the graph.
 */
export function exportOnnx(graph: Graph, options: ExportOptions = {}): Uint8Array {
  return encodeModel(toOnnxModel(graph, options));
}

/** The model as data, for what is derived from it: half precision, quantisation, extra outputs. */
export function toOnnxModel(graph: Graph, options: ExportOptions = {}): OnnxModel {
  const weights = options.weights ?? new Map<string, Tensor>();
  // Rebuilding may rename nodes, so a graph that needs no lowering is left alone.
  const standard = hasOwn(graph) ? lower(graph) : graph;
  requireFitting(standard, weights);
  const opset = options.opset ?? 17;
  const names = new ModelNames(standard);
  const written = writeNodes(standard, opset, names);
  const used = new Set([
    ...standard.nodes.flatMap((node) => node.inputs),
    ...standard.outputs.map((output) => output.value),
  ]);
  const initializers = standard.inputs.flatMap(({ value }) => {
    const tensor = weights.get(value.name);
    // A weight that nothing reads would only draw a warning from every runtime.
    if (tensor === undefined || !used.has(value)) return [];
    return [toOnnxTensor(value.name, tensor.dtype, tensor.shape, tensor.data)];
  });
  const model: OnnxModel = {
    irVersion: writableIrVersion,
    opsets: [{ domain: '', version: opset }],
    producerName: 'nascent',
    producerVersion: options.producerVersion ?? '',
    domain: '',
    modelVersion: 0,
    docString: options.docString ?? '',
    graph: {
      name: (options.name ?? standard.name) || 'graph',
      nodes: written.nodes,
      initializers: [...initializers, ...written.operands],
      inputs: standard.inputs
        .filter(({ value }) => !weights.has(value.name))
        .map(({ value }) => valueInfo(value.name, value.type)),
      outputs: standard.outputs.map(({ name, value }) => valueInfo(name, value.type)),
      valueInfo: intermediates(standard, names),
    },
    functions: [],
    metadata: Object.entries(options.metadata ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
  requireValid(model, `the model exported from graph "${graph.name}"`);
  return model;
}

interface WrittenNodes {
  readonly nodes: readonly OnnxNode[];
  /** Constants that the nodes take as inputs where we have attributes. */
  readonly operands: readonly OnnxTensor[];
}

function writeNodes(graph: Graph, opset: number, names: ModelNames): WrittenNodes {
  const operands = new Map<string, OnnxTensor>();
  const nodes = graph.nodes.map((node) => writeNode(node, opset, names, operands));
  const copies = names.copies.map(({ from, to }) => copyNode(from, to));
  return { nodes: [...nodes, ...copies], operands: [...operands.values()] };
}

function writeNode(
  node: Node,
  opset: number,
  names: ModelNames,
  operands: Map<string, OnnxTensor>,
): OnnxNode {
  const inputs = node.inputs.map((value) => names.of(value));
  const base = { name: names.ofNode(node.name), domain: '', outputs: usedOutputs(node, names) };
  if (node.op === 'Scan') return { ...base, ...writeScan(node, base.name, opset, names) };
  // No axes means none here and all of them to ONNX.
  if (leavesAsItIs(node)) return { ...base, opType: 'Identity', inputs, attributes: [] };
  const form = formOf(node.op);
  if (form === undefined) throw internal(`no ONNX form for ${node.op}`);
  requireWritable(node, opset);
  const context = { inputs: node.inputs.map((value) => value.type), opset };
  const written = form.write(node.attributes, context);
  const constants = (written.operands ?? []).map((operand) => declare(operand, names, operands));
  return {
    ...base,
    opType: node.op,
    inputs: [...inputs, ...constants],
    attributes: written.attributes ?? [],
  };
}

/** Weights are in the body by their names in the graph around it, once for all steps. */
function writeScan(
  node: NodeOf<'Scan'>,
  name: string,
  opset: number,
  names: ModelNames,
): Pick<OnnxNode, 'opType' | 'inputs' | 'attributes'> {
  const { body, states, sequences } = node.attributes;
  const own = states + sequences;
  const given = node.inputs.map((value) => names.of(value));
  const captured = new Map(body.inputs.slice(own).map(({ value }, i) => [value, given[own + i] ?? '']));
  const inside = new ModelNames(body, { names, prefix: `${name}.`, captured });
  const { nodes, operands } = writeNodes(body, opset, inside);
  const graph: OnnxGraph = {
    name: body.name || 'step',
    nodes,
    initializers: operands,
    inputs: body.inputs.slice(0, own).map(({ value }) => valueInfo(inside.of(value), value.type)),
    outputs: body.outputs.map(({ value }, i) => valueInfo(inside.outputs[i] ?? '', value.type)),
    valueInfo: intermediates(body, inside),
  };
  return {
    opType: 'Scan',
    inputs: given.slice(0, own),
    attributes: [
      { name: 'body', kind: 'graph', value: graph },
      { name: 'num_scan_inputs', kind: 'int', value: sequences },
    ],
  };
}

function leavesAsItIs({ attributes }: Node): boolean {
  return 'axes' in attributes && attributes.axes.length === 0;
}

/** Throws where an operator set has no such node. */
function requireWritable(node: Node, opset: number): void {
  const refuse = (why: string, help: string) => {
    throw new NascentError('onnx/unsupported', `${node.op} "${node.name}" ${why}`, { help });
  };
  if (node.op === 'ScatterElements' && node.attributes.reduction !== 'none' && opset < 16) {
    refuse(`adds, which opset ${opset} cannot say`, 'Export with opset 16 or later.');
  }
  if (
    node.op === 'Reshape' &&
    saysZero(node.attributes.shape, node.inputs[0]?.type.shape ?? []) &&
    opset < 14
  ) {
    refuse(`makes an extent of 0, which opset ${opset} cannot say`, 'Export with opset 14 or later.');
  }
}

/** Optional outputs that nobody reads are left out: runtimes compute them only where they are asked for. */
function usedOutputs(node: Node, names: ModelNames): string[] {
  if (node.op !== 'MaxPool') return node.outputs.map((value) => names.of(value));
  const last = node.outputs.findLastIndex((value) => value.output === 0 || names.isUsed(value));
  return node.outputs.slice(0, last + 1).map((value) => names.of(value));
}

/** The name of the initializer that holds `operand`; equal operands are one initializer. */
function declare(operand: Operand, names: ModelNames, operands: Map<string, OnnxTensor>): string {
  const { dtype, dims, values } = operand;
  const key = `${dtype}|${dims.join()}|${values.join()}`;
  const known = operands.get(key);
  if (known !== undefined) return known.name;
  const list = values.length > 8 ? `${values.slice(0, 8).join('_')}_etc` : values.join('_');
  const name = names.fresh(`operand.${dims.length === 0 ? 'scalar' : 'list'}.${list || 'empty'}`);
  operands.set(key, toOnnxTensor(name, dtype, dims, values));
  return name;
}

/** An output that is an input of the graph, or another output too, is a copy of it. */
function copyNode(from: string, to: string): OnnxNode {
  return {
    name: `${to}${outputMark}`,
    opType: 'Identity',
    domain: '',
    inputs: [from],
    outputs: [to],
    attributes: [],
  };
}

function intermediates(graph: Graph, names: ModelNames): OnnxValueInfo[] {
  const outputs = new Set(names.outputs);
  return graph.nodes
    .flatMap((node) => node.outputs.slice(0, usedOutputs(node, names).length))
    .filter((value) => !outputs.has(names.of(value)))
    .map((value) => valueInfo(names.of(value), value.type));
}

function valueInfo(name: string, { dtype, shape }: TensorType): OnnxValueInfo {
  return { name, type: { kind: 'tensor', dtype, shape } };
}

/** Throws where a weight has no input, or not that input's type. */
function requireFitting(graph: Graph, weights: Tensors): void {
  const inputs = new Map<string, GraphInput>(graph.inputs.map((input) => [input.value.name, input]));
  const problems: string[] = [];
  for (const [name, tensor] of weights) {
    const type = inputs.get(name)?.value.type;
    if (type === undefined) problems.push(`"${name}" is no input of the graph`);
    else if (type.dtype !== tensor.dtype || type.shape.join() !== tensor.shape.join()) {
      const given = `${tensor.dtype}[${tensor.shape.join(', ')}]`;
      problems.push(`"${name}" is ${type.dtype}[${type.shape.join(', ')}], and its weight ${given}`);
    }
  }
  if (problems.length === 0) return;
  throw new NascentError(
    'input/invalid',
    `the weights do not fit graph "${graph.name}": ${listed(problems)}`,
    {
      help: 'Give the weights of a run of this very graph, under the names of its inputs.',
    },
  );
}
