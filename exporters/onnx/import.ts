/**
 * An ONNX model → a graph and its weights. The exporter's inverse, and the way in for models from elsewhere, as far as
 * they keep to the ops we have.
 *
 * Initializers and Constant nodes that a node takes as operands (`Reshape`'s shape) become attributes again. Other
 * initializers become inputs of the graph with a weight each. Names stay the file's.
 */
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import type { OpName } from '../../src/graph/attributes.ts';
import { BrokenRule, showType } from '../../src/graph/infer/rule.ts';
import type { OpDefinition } from '../../src/graph/infer/rule.ts';
import { ops } from '../../src/graph/ops.ts';
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';
import type { Graph, GraphInput, GraphOutput, Node, TensorType, Value } from '../../src/graph/types.ts';
import { listed, requireValid, showDomain, showNode } from './check.ts';
import { formOf, supportedOps } from './forms/forms.ts';
import { constantNodes, neededTensors, runningStatistics, tensorNames } from './model-graph.ts';
import { outputMark } from './names.ts';
import { NodeReader, Unreadable } from './node-reader.ts';
import { dtypeOf, fromOnnxTensor } from './tensors.ts';

/** The operator sets whose ops mean what ours mean. */
const oldest = 13;
const newest = 21;

/** A model file as a graph, and the numbers that were in it. */
export interface ImportedModel {
  readonly graph: Graph;
  /** By the name of the graph's input. */
  readonly weights: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a model. Throws 'onnx/invalid' where it breaks ONNX's rules, 'onnx/unsupported' where it uses what we lack, with
 * every problem in the message.
 */
export function importOnnx(model: OnnxModel, what = 'the model'): ImportedModel {
  requireValid(model, what);
  requireOpset(model, what);
  const reading = new Reading(model.graph);
  const graph = reading.read();
  if (reading.problems.length > 0) {
    throw new NascentError(
      'onnx/unsupported',
      `${what} cannot be read as a graph: ${listed(reading.problems)}`,
      {
        help: `The ops that can be read are ${supportedOps.join(', ')}, on float32, int64 and bool.`,
      },
    );
  }
  return { graph, weights: reading.weights, metadata: Object.fromEntries(model.metadata) };
}

function requireOpset(model: OnnxModel, what: string): void {
  const version = model.opsets.find((opset) => opset.domain === '')?.version;
  // A model of other domains only has no node that could be read; the nodes say so.
  if (version === undefined || (version >= oldest && version <= newest)) return;
  throw new NascentError(
    'onnx/unsupported',
    `${what} is written against opset ${version}; ${oldest} to ${newest} are supported`,
    { help: 'In Python: onnx.version_converter.convert_version(model, 17).' },
  );
}

/** What a body's reading asks of the reading of the graph around it. */
interface Surroundings {
  readonly problems: string[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** What a name of the graph around stands for. */
  readonly lookUp: (name: string) => Value | undefined;
  /** Takes over an initializer that a body brought along. */
  readonly hoist: (initializer: OnnxTensor) => Value | undefined;
  /** What the exporter puts before the names of the body (`names.ts`). */
  readonly prefix: string;
}

class Reading {
  readonly problems: string[];
  readonly weights = new Map<string, Tensor>();
  /** Values of the graph around that this one, a body, uses. */
  readonly captured: Value[] = [];
  readonly #model: OnnxGraph;
  readonly #outer: Surroundings | undefined;
  readonly #inputs: GraphInput[] = [];
  readonly #initializers: ReadonlyMap<string, OnnxTensor>;
  /** Initializers and what Constant nodes hold. */
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  /** Names of values that are tensors to some node or output, not only operands. */
  readonly #needed: ReadonlySet<string>;
  /** What each name of the file stands for. A name that is missing could not be read, which is told already. */
  readonly #values = new Map<string, Value>();
  readonly #names = new Set<string>();
  readonly #nodes: Node[] = [];
  #nextId = 0;

  constructor(model: OnnxGraph, outer?: Surroundings) {
    this.#model = model;
    this.#outer = outer;
    this.problems = outer?.problems ?? [];
    this.#initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
    this.#constants = new Map([...(outer?.constants ?? []), ...this.#initializers, ...constantNodes(model)]);
    this.#needed = neededTensors(model);
  }

  read(): Graph {
    const { name, inputs, nodes, outputs, initializers, sparseInitializers } = this.#model;
    if (sparseInitializers?.length) this.problems.push('sparse initializers are not supported');
    for (const input of inputs) {
      // Before IR 4, initializers were listed among the inputs.
      if (this.#initializers.has(input.name)) continue;
      const value = this.#input(input);
      if (value !== undefined) this.#inputs.push({ value, role: 'data' });
    }
    const statistics = runningStatistics(nodes);
    for (const initializer of initializers) {
      if (!this.#needed.has(initializer.name)) continue;
      this.#adopt(initializer, statistics);
    }
    for (const node of nodes) this.#node(node);
    const graphOutputs = outputs.flatMap((output): GraphOutput[] => {
      const value = this.#valueOf(output.name);
      return value === undefined ? [] : [{ name: this.#ours(output.name), value }];
    });
    for (const told of [...outputs, ...this.#model.valueInfo]) this.#compare(told);
    return { name, inputs: this.#inputs, nodes: this.#nodes, outputs: graphOutputs };
  }

  /** An initializer as an input with a weight: in a body, as one of the graph around. */
  #adopt(initializer: OnnxTensor, statistics: ReadonlySet<string>): Value | undefined {
    if (this.#outer === undefined) return this.#weight(initializer, statistics);
    return this.#capture(initializer.name, this.#outer.hoist(initializer));
  }

  /** What a name stands for: in a body, it may be a name of the graph around. */
  #valueOf(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#capture(name, this.#outer?.lookUp(name));
  }

  #capture(name: string, value: Value | undefined): Value | undefined {
    if (value === undefined) return undefined;
    this.captured.push(value);
    const input = this.#declare(name, value.name, value.type, undefined, 0);
    this.#inputs.push({ value: input, role: 'data' });
    return input;
  }

  /** A name of the file without what the exporter puts before it in a body. */
  #ours(name: string): string {
    const { prefix = '' } = this.#outer ?? {};
    return name.startsWith(prefix) ? name.slice(prefix.length) : name;
  }

  #input({ name, type }: OnnxValueInfo): Value | undefined {
    const dtype = type.kind === 'tensor' ? dtypeOf(type.dtype) : undefined;
    if (type.kind !== 'tensor' || dtype === undefined) {
      const given = type.kind === 'tensor' ? type.dtype : `a ${type.kind}`;
      this.problems.push(`input "${name}" is ${given}; float32, int64 and bool tensors are supported`);
      return undefined;
    }
    if (type.shape === undefined) {
      this.problems.push(`input "${name}" has no shape`);
      return undefined;
    }
    // An extent that nothing is known of is open under a name of its own.
    const shape = type.shape.map((dim, axis) => dim ?? `${name}.${axis}`);
    return this.#declare(name, this.#ours(name), { dtype, shape }, undefined, 0);
  }

  #weight(initializer: OnnxTensor, statistics: ReadonlySet<string>): Value | undefined {
    const tensor = fromOnnxTensor(initializer);
    if (typeof tensor === 'string') {
      this.problems.push(`initializer "${initializer.name}" ${tensor}`);
      return undefined;
    }
    const { name } = initializer;
    const value = this.#declare(name, name, { dtype: tensor.dtype, shape: tensor.shape }, undefined, 0);
    this.weights.set(value.name, tensor);
    const trained = tensor.dtype === 'float32' && !statistics.has(name);
    this.#inputs.push({ value, role: trained ? 'weight' : 'buffer' });
    return value;
  }

  #node(node: OnnxNode): void {
    const where = showNode(node);
    if (node.domain === '' && node.opType === 'Scan') {
      this.#scan(node);
      return;
    }
    const form = node.domain === '' ? formOf(node.opType) : undefined;
    if (form === undefined) {
      const domain = node.domain === '' ? '' : ` of the operator set ${showDomain(node.domain)}`;
      this.problems.push(`${where}: there is no op ${node.opType}${domain} here`);
      return;
    }
    if (node.opType === 'Constant' && !this.#needed.has(node.outputs[0] ?? '')) return;
    const inputs = this.#tensorsOf(node, tensorNames(node, form));
    if (inputs === undefined) return;
    if (this.#isOutputCopy(node, inputs)) return;
    this.#understand(node, inputs, (reader) => form.read(reader));
  }

  /** A Scan: its body is a graph by itself, and what that takes from here becomes inputs of the node. */
  #scan(node: OnnxNode): void {
    const own = this.#tensorsOf(node, node.inputs);
    if (own === undefined) return;
    const captured: Value[] = [];
    const read = (reader: NodeReader): Node['attributes'] => {
      for (const name of scanDirections) {
        if (reader.ints(name)?.some((value) => value !== 0)) {
          throw new Unreadable(
            `has ${name} that are not all 0: sequences run forward, along their first axis`,
          );
        }
      }
      const sequences = reader.int('num_scan_inputs');
      const body = reader.graph('body');
      const reading = new Reading(body, {
        problems: this.problems,
        constants: this.#constants,
        lookUp: (name) => this.#valueOf(name),
        hoist: (initializer) => this.#adopt(initializer, new Set()),
        prefix: node.name === '' ? '' : `${node.name}.`,
      });
      const before = this.problems.length;
      const graph = reading.read();
      if (this.problems.length > before) throw new Unreadable('has a body that cannot be read');
      captured.push(...reading.captured);
      return { body: graph, states: own.length - sequences, sequences };
    };
    this.#understand(node, own, read, captured);
  }

  /** @param captured inputs after those of the file; `read` may add to them */
  #understand(
    node: OnnxNode,
    own: readonly Value[],
    read: (reader: NodeReader) => Node['attributes'],
    captured: readonly Value[] = [],
  ): void {
    const where = showNode(node);
    try {
      const reader = new NodeReader(
        node,
        own.map((value) => value.type),
        this.#constants,
      );
      const attributes = read(reader);
      reader.finish();
      const inputs = [...own, ...captured];
      const types = inputs.map((value) => value.type);
      const { arity, infer } = ops[node.opType as OpName] as unknown as OpDefinition<OpName>;
      if (inputs.length < arity[0] || inputs.length > arity[1]) {
        throw new Unreadable(`has ${inputs.length} tensors as inputs; ${arity[1]} are supported`);
      }
      this.#add(node, attributes, inputs, infer(types, attributes));
    } catch (error) {
      if (error instanceof Unreadable) this.problems.push(`${where} ${error.message}`);
      else if (error instanceof BrokenRule) this.problems.push(`${where}: ${error.message}`);
      else throw error;
    }
  }

  /** The inputs that are tensors; undefined where one of them could not be read. */
  #tensorsOf(node: OnnxNode, names: readonly string[]): readonly Value[] | undefined {
    const values: Value[] = [];
    for (const name of names) {
      if (name === '') {
        this.problems.push(`${showNode(node)} leaves out an input in the middle`);
        return undefined;
      }
      const value = this.#valueOf(name);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  }

  /** Takes away what the exporter added (`names.ts`). */
  #isOutputCopy(node: OnnxNode, inputs: readonly Value[]): boolean {
    const [output = ''] = node.outputs;
    const [input] = inputs;
    if (node.opType !== 'Identity' || node.name !== `${output}${outputMark}` || input === undefined)
      return false;
    this.#values.set(output, input);
    return true;
  }

  #add(
    node: OnnxNode,
    attributes: Node['attributes'],
    inputs: readonly Value[],
    types: readonly TensorType[],
  ): void {
    const outputs: Value[] = [];
    const name = this.#ours(node.name === '' ? (node.outputs[0] ?? node.opType) : node.name);
    // Inference has accepted these attributes for this op.
    const made = {
      id: this.#nextId++,
      name,
      op: node.opType,
      attributes,
      inputs,
      outputs,
    } as unknown as Node;
    const isOutput = (given: string) => this.#model.outputs.some((output) => output.name === given);
    types.forEach((type, index) => {
      const given = node.outputs[index] ?? '';
      const ours = index === 0 ? name : `${name}.${index}`;
      // An output's name is the output's; the value has that of its node, as the builder gives it.
      const wanted = given === '' || (isOutput(given) && node.name !== '') ? ours : this.#ours(given);
      outputs.push(this.#declare(given, wanted, type, made, index));
    });
    this.#nodes.push(made);
  }

  #declare(given: string, wanted: string, type: TensorType, node: Node | undefined, output: number): Value {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    const value: Value = { id: this.#nextId++, name, type, output, ...(node === undefined ? {} : { node }) };
    if (given !== '') this.#values.set(given, value);
    return value;
  }

  /** What the file says of a value must be what its nodes give; names of open extents are the file's own affair. */
  #compare({ name, type }: OnnxValueInfo): void {
    const value = this.#values.get(name);
    if (value === undefined || type.kind !== 'tensor') return;
    const { dtype, shape } = value.type;
    const fits =
      type.dtype === dtype &&
      (type.shape === undefined ||
        (type.shape.length === shape.length &&
          type.shape.every(
            (dim, axis) => typeof dim !== 'number' || typeof shape[axis] !== 'number' || dim === shape[axis],
          )));
    if (fits) return;
    const told = `${type.dtype}[${(type.shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;
    this.problems.push(`"${name}" is said to be ${told}, and its node gives ${showType(value.type)}`);
  }
}

/** Attributes of Scan that say in which order, and along which axis, a sequence is read and written. */
const scanDirections = [
  'scan_input_axes',
  'scan_input_directions',
  'scan_output_axes',
  'scan_output_directions',
];
