/**
 * A graph of a file → a graph of ours, node by node: each is lowered onto a builder (`lower/`), and what its operands are
 * is worked out on the way (`fold.ts`). Nodes that hold graphs, and calls of functions, are another file's (`nested.ts`).
 */
import type {
  OnnxDataType,
  OnnxFunction,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxType,
  OnnxValueInfo,
} from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { extentName } from '../../src/graph/extent.ts';
import { BrokenRule, ExtentsMeet, showShape } from '../../src/graph/infer/rule.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Dim, Graph, GraphOutput, InputRole, Node, Value } from '../../src/graph/types.ts';
import { folded } from './fold.ts';
import { largestKnown, materialised, type Known } from './known.ts';
import { loweringOf, whyNoLowering } from './lower/lowerings.ts';
import type { Output, Typed } from './lower/lowering.ts';
import { deepest, runningStatistics } from './model-graph.ts';
import { outputMark } from './names.ts';
import { knownOnce, nodeNameOf, type GivenInput, type Host } from './host.ts';
import { nestedOps, readCall } from './nested.ts';
import { NodeReader, Unread, Unreadable, type Entry } from './node-reader.ts';
import type { Problems } from './problems.ts';
import { renamed } from './renamed.ts';
import { Scope } from './scope.ts';
import { fromOnnxTensor, kindOf, readableTypes } from './tensors.ts';

/** Two extents must be one for the file to mean anything: reading starts again with one in place of the other. */
export class Meeting extends Error {
  readonly extents: readonly [Dim, Dim];
  constructor(extents: readonly [Dim, Dim]) {
    super(`${extents[0]} meets ${extents[1]}`);
    this.extents = extents;
  }
}

/** What all readings of one file share. */
export interface File {
  readonly problems: Problems;
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly opsetOf: (domain: string) => number;
  /** What an open extent of an input is taken to be. */
  readonly extentOf: (name: string) => Dim;
  /** Values of inputs that are known, by name. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Whether extents that meet and are not known to be equal start the reading again. */
  readonly mayMeet: (extents: readonly [Dim, Dim]) => boolean;
}

/** What a body's reading asks of the reading of the graph around it. */
interface Surroundings {
  /** What a name of the graph around stands for. */
  readonly lookUp: (name: string) => Entry | undefined;
  /** What a value of the graph around is called there. */
  readonly nameOf: (value: Value) => string;
  /** Takes over an initializer that a body brought along. */
  readonly hoist: (initializer: OnnxTensor) => Value | undefined;
  /** What the exporter puts before the names of the body (`names.ts`). */
  readonly prefix: string;
  /** The types of what the body is given, by input. */
  readonly given: readonly (GivenInput | undefined)[];
  /** How deep the body lies. */
  readonly depth: number;
}

/** What was read. */
export interface ReadGraph {
  readonly graph: Graph;
  /** Values of the graph around, for the inputs of a body after its own. */
  readonly captured: readonly Value[];
  /** By the name of the graph's input. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What each name of the file is in the graph, as far as it is there. */
  readonly values: ReadonlyMap<string, Value>;
  readonly inputTypes: ReadonlyMap<string, OnnxDataType>;
  readonly outputTypes: ReadonlyMap<string, OnnxDataType>;
}

export class Reading {
  readonly #file: File;
  readonly #model: OnnxGraph;
  readonly #outer: Surroundings | undefined;
  readonly #b = new GraphBuilder();
  readonly #scope: Scope;
  readonly #statistics: ReadonlySet<string>;
  readonly #weights = new Map<Value, Tensor>();
  readonly #captured = new Map<Value, Value>();
  readonly #names = new Map<Value, string>();
  readonly #nodeNames = new Map<Node, string>();
  readonly #fileValues = new Map<string, Value>();
  readonly #inputTypes = new Map<string, OnnxDataType>();
  /** What is lent to the reading of nodes that hold graphs. */
  readonly #host: Host;
  #inputs = 0;
  #depth: number;

  constructor(model: OnnxGraph, file: File, opset: number, outer?: Surroundings) {
    this.#model = model;
    this.#file = file;
    this.#outer = outer;
    this.#depth = outer?.depth ?? 0;
    this.#host = {
      b: this.#b,
      node: (...given) => this.#node(...given),
      claim: (...given) => this.#claim(...given),
      hoisted: (tensor) => this.#hoisted(tensor),
      body: (...given) => this.#body(...given),
    };
    this.#statistics = runningStatistics(model.nodes, (node) => file.functions.get(functionKey(node)));
    const captured = new Map<string, Entry>();
    this.#scope = new Scope(opset, (name) => {
      const known = captured.get(name);
      const found = known ?? outer?.lookUp(name);
      if (found === undefined || known !== undefined) return found;
      let input: Value | undefined;
      const entry = { ...found, value: () => (input ??= this.#capture(found.value())) };
      captured.set(name, entry);
      return entry;
    });
  }

  read(): ReadGraph {
    const { name, inputs, nodes, outputs, initializers, valueInfo } = this.#model;
    const initialised = new Set(initializers.map((tensor) => tensor.name));
    const data: Value[] = [];
    inputs.forEach((input, i) => {
      // Before IR 4, initializers were listed among the inputs.
      if (initialised.has(input.name)) return;
      const value = this.#input(input, this.#outer?.given[i]);
      if (value !== undefined) data.push(value);
    });
    this.#initializers(this.#model, this.#scope);
    for (const node of nodes) this.#node(node, this.#scope, '');
    const outputTypes = new Map<string, OnnxDataType>();
    const given = outputs.flatMap((output): GraphOutput[] => {
      const entry = this.#scope.get(output.name);
      const value = entry === undefined ? undefined : this.#valueOf(entry, `output "${output.name}"`);
      if (entry === undefined || value === undefined) return [];
      const own = this.#ours(output.name);
      outputTypes.set(own, entry.dtype);
      return [{ name: own, value }];
    });
    for (const told of [...outputs, ...valueInfo]) this.#compare(told);
    return this.#finish(name, given, data, outputTypes);
  }

  #finish(
    name: string,
    outputs: readonly GraphOutput[],
    data: readonly Value[],
    outputTypes: ReadonlyMap<string, OnnxDataType>,
  ): ReadGraph {
    const record = Object.fromEntries(outputs.map((output, i) => [`${i}`, output.value]));
    const built = this.#b.finish(name, record, data);
    const inputs = built.inputs.map((input) => ({ ...input }));
    const own = { ...built, inputs, outputs };
    const { graph, image } = renamed(own, { values: this.#names, nodes: this.#nodeNames });
    const captured = built.inputs.flatMap(({ value }) => {
      const outer = this.#captured.get(value);
      return outer === undefined ? [] : [outer];
    });
    const weights = new Map<string, Tensor>();
    const inputTypes = new Map<string, OnnxDataType>();
    for (const { value } of built.inputs) {
      const tensor = this.#weights.get(value);
      const named = image.get(value)?.name ?? value.name;
      if (tensor !== undefined) weights.set(named, tensor);
      const told = this.#inputTypes.get(this.#names.get(value) ?? '');
      if (told !== undefined && tensor === undefined) inputTypes.set(named, told);
    }
    const values = new Map<string, Value>();
    for (const [given, value] of this.#fileValues) {
      const found = image.get(value);
      if (found !== undefined) values.set(given, found);
    }
    return { graph, captured, weights, values, inputTypes, outputTypes };
  }

  /** A name of the file without what the exporter puts before it in a body. */
  #ours(name: string): string {
    const { prefix = '' } = this.#outer ?? {};
    return name.startsWith(prefix) ? name.slice(prefix.length) : name;
  }

  #valueOf(entry: Entry, what: string): Value | undefined {
    try {
      return entry.value();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#file.problems.add(`${what} ${error.message}`);
      return undefined;
    }
  }

  #newInput(name: string, dtype: Value['type']['dtype'], shape: readonly Dim[], role: InputRole): Value {
    // The builder's own names must not meet; the file's are given at the end.
    const value = this.#b.input(`input ${this.#inputs++}`, shape, { dtype, role });
    this.#names.set(value, name);
    return value;
  }

  #capture(value: Value): Value {
    for (const [input, outer] of this.#captured) if (outer === value) return input;
    const input = this.#newInput(
      this.#outer?.nameOf(value) ?? value.name,
      value.type.dtype,
      value.type.shape,
      'data',
    );
    this.#captured.set(input, value);
    return input;
  }

  #input({ name, type: said }: OnnxValueInfo, given: GivenInput | undefined): Value | undefined {
    const type: OnnxType = given === undefined ? said : { kind: 'tensor', ...given };
    if (given !== undefined && said.kind === 'tensor' && !agrees(said, given.dtype, given.shape)) {
      this.#file.problems.add(
        `input "${name}" of a body is said to be ${typeText(said)}, and is given ${given.dtype}${showShape(given.shape)}`,
        'type',
      );
    }
    const dtype = type.kind === 'tensor' ? kindOf(type.dtype) : undefined;
    if (type.kind === 'unknown') {
      this.#file.problems.add(`input "${name}" has no type`);
      return undefined;
    }
    if (type.kind !== 'tensor' || dtype === undefined) {
      const given = type.kind === 'tensor' ? type.dtype : `a ${type.kind}`;
      this.#file.problems.add(
        `input "${name}" is ${given}; tensors of ${readableTypes.join(', ')} are supported`,
      );
      return undefined;
    }
    if (type.shape === undefined) {
      this.#file.problems.add(`input "${name}" has no shape`);
      return undefined;
    }
    // An extent that nothing is known of is open under a name of its own.
    const shape = type.shape.map((dim, axis) =>
      typeof dim === 'number' ? dim : this.#file.extentOf(extentName(dim ?? `${name}.${axis}`)),
    );
    const feed = this.#outer === undefined ? this.#file.feeds.get(name) : undefined;
    const value = this.#newInput(this.#ours(name), dtype, feed?.shape ?? shape, 'data');
    this.#inputTypes.set(this.#ours(name), type.dtype);
    this.#fileValues.set(name, value);
    const known = () =>
      feed === undefined || feed.data.length > largestKnown
        ? undefined
        : { dtype, shape: feed.shape, data: [...feed.data] };
    this.#scope.set(name, { dtype: type.dtype, shape: value.type.shape, known, value: () => value });
    return value;
  }

  /** Initializers become inputs with a weight each; in a body, of the graph around. */
  #initializers(graph: OnnxGraph, scope: Scope): void {
    for (const { values } of graph.sparseInitializers ?? []) {
      this.#file.problems.add(`initializer "${values.name}" is sparse, which is not supported`);
    }
    for (const tensor of graph.initializers) {
      const base = { dtype: tensor.dtype, shape: tensor.dims, known: knownOnce(tensor) };
      if (this.#outer === undefined) {
        const held = fromOnnxTensor(tensor);
        const value = typeof held === 'string' ? undefined : this.#weight(tensor.name, held, scope);
        scope.set(tensor.name, {
          ...base,
          value: () => {
            if (value !== undefined) return value;
            throw new Unreadable(
              `reads "${tensor.name}", which ${typeof held === 'string' ? held : 'is gone'}`,
            );
          },
        });
      } else {
        const { hoist } = this.#outer;
        let input: Value | undefined;
        scope.set(tensor.name, {
          ...base,
          value: () => {
            const outer = input ?? hoist(tensor);
            if (outer === undefined) throw new Unreadable(`reads "${tensor.name}", which cannot be read`);
            return (input ??= this.#capture(outer));
          },
        });
      }
    }
  }

  #weight(name: string, held: Tensor, scope: Scope): Value {
    const trained = held.dtype === 'float32' && !this.#statistics.has(name);
    const value = this.#newInput(name, held.dtype, held.shape, trained ? 'weight' : 'buffer');
    this.#weights.set(value, held);
    if (scope === this.#scope) this.#fileValues.set(name, value);
    return value;
  }

  /** For a body: an initializer of its own, as a weight here. */
  #hoisted(tensor: OnnxTensor): Value | undefined {
    if (this.#outer !== undefined) {
      const outer = this.#outer.hoist(tensor);
      return outer === undefined ? undefined : this.#capture(outer);
    }
    const held = fromOnnxTensor(tensor);
    return typeof held === 'string' ? undefined : this.#weight(tensor.name, held, this.#scope);
  }

  #node(node: OnnxNode, scope: Scope, path: string): void {
    const { problems, functions } = this.#file;
    const reader = new NodeReader(node, { b: this.#b, opset: scope.opset, entry: (name) => scope.get(name) });
    try {
      const place = { node, reader, scope, path };
      const body = functions.get(functionKey(node));
      if (body !== undefined) {
        this.#inside(() => readCall(this.#host, place, body));
        return;
      }
      const nested = node.domain === '' ? nestedOps.get(node.opType) : undefined;
      if (nested !== undefined) {
        this.#inside(() => nested(this.#host, place));
        return;
      }
      const lower = loweringOf(node.domain, node.opType);
      if (lower === undefined) {
        problems.addNode(node, whyNoLowering(node.domain, node.opType));
      } else if (!this.#isOutputCopy(node, scope)) this.#lower(node, reader, scope, path, lower);
    } catch (error) {
      const message = messageOf(error, this.#file);
      if (message !== undefined) problems.addNode(node, message);
    }
  }

  #lower(
    node: OnnxNode,
    reader: NodeReader,
    scope: Scope,
    path: string,
    lower: (reader: NodeReader) => Output | readonly Output[],
  ): void {
    const known = node.domain === '' ? attempt(() => folded(reader)) : undefined;
    const open = known?.some(({ data }) => data.some((value) => typeof value === 'string')) ?? false;
    // What hangs on shapes alone is made a tensor only where one is asked for.
    if (known !== undefined && (open || node.opType === 'Shape' || node.opType === 'Size')) {
      this.#declareKnown(node, reader, known, scope);
      return;
    }
    try {
      const made = this.#b.scope(path + nodeNameOf(node), () => lower(reader));
      reader.finish();
      const outputs = Array.isArray(made) ? (made as readonly Output[]) : [made as Output];
      node.outputs.forEach((name, i) => {
        const output = outputs[i];
        if (name === '') return;
        if (output === undefined)
          throw new Unreadable(`has an output ${i} ("${name}"), which is not supported`);
        const { value, dtype } = typed(output, reader);
        this.#claim(value, name, node, i, scope, path);
        scope.set(name, { dtype, shape: value.type.shape, known: () => known?.[i], value: () => value });
      });
    } catch (error) {
      // A known number needs no op to compute it.
      if (known === undefined || !(error instanceof Unreadable || error instanceof NascentError)) throw error;
      this.#declareKnown(node, reader, known, scope);
    }
  }

  #declareKnown(node: OnnxNode, reader: NodeReader, known: readonly Known[], scope: Scope): void {
    node.outputs.forEach((name, i) => {
      const one = known[i];
      if (one === undefined) return;
      const dtype = attempt(() => reader.dtype(0));
      const same = dtype !== undefined && kindOf(dtype) === one.dtype && node.opType !== 'Shape';
      let value: Value | undefined;
      scope.set(name, {
        dtype: same ? dtype : one.dtype,
        shape: one.shape,
        known: () => one,
        value: () => (value ??= materialised(this.#b, one)),
      });
    });
  }

  /** A body as a graph by itself. */
  #body(
    graph: OnnxGraph,
    node: OnnxNode,
    scope: Scope,
    given: readonly (GivenInput | undefined)[],
  ): ReadGraph {
    const reading = new Reading(graph, this.#file, scope.opset, {
      lookUp: (name) => scope.get(name),
      nameOf: (value) => this.#names.get(value) ?? value.name,
      hoist: (initializer) => this.#hoisted(initializer),
      prefix: node.name === '' ? '' : `${node.name}.`,
      given,
      depth: this.#depth,
    });
    const before = this.#file.problems.count;
    const read = this.#inside(() => reading.read());
    if (this.#file.problems.count > before) throw new Unreadable('has a body that cannot be read');
    return read;
  }

  #inside<T>(body: () => T): T {
    if (this.#depth >= deepest) throw new Unreadable(`lies ${deepest} deep`);
    this.#depth++;
    try {
      return body();
    } finally {
      this.#depth--;
    }
  }

  /** Takes away what the exporter added (`names.ts`). */
  #isOutputCopy(node: OnnxNode, scope: Scope): boolean {
    const [output = ''] = node.outputs;
    const [input = ''] = node.inputs;
    if (node.opType !== 'Identity' || node.name !== `${output}${outputMark}`) return false;
    const entry = scope.get(input);
    if (entry === undefined) throw new Unread();
    scope.set(output, entry);
    return true;
  }

  /** A value that a node of the file makes has the file's name; where two names are one value, the first. */
  #claim(value: Value, given: string, node: OnnxNode, index: number, scope: Scope, path: string): void {
    if (scope === this.#scope && given !== '') this.#fileValues.set(given, value);
    const made = value.node;
    if (made === undefined || this.#names.has(value)) return;
    const own = this.#ours(node.name === '' ? (node.outputs[0] ?? node.opType) : node.name);
    const isOutput = scope === this.#scope && this.#model.outputs.some((output) => output.name === given);
    const ours = index === 0 ? own : `${own}.${index}`;
    // An output's name is the output's; the value has that of its node, as the builder gives it.
    const wanted = given === '' || (isOutput && node.name !== '') ? ours : this.#ours(given);
    this.#names.set(value, path + wanted);
    if (!this.#nodeNames.has(made)) this.#nodeNames.set(made, path + own);
  }

  /** What the file says of a value must be what its nodes give; names of open extents are the file's own affair. */
  #compare({ name, type }: OnnxValueInfo): void {
    const entry = this.#scope.get(name);
    if (entry === undefined || type.kind !== 'tensor') return;
    const { dtype, shape } = entry;
    if (agrees(type, dtype, shape)) return;
    this.#file.problems.add(
      `"${name}" is said to be ${typeText(type)}, and its node gives ${dtype}${showShape(shape)}`,
      'type',
    );
  }
}

type TensorInfo = Pick<Extract<OnnxType, { readonly dtype: OnnxDataType }>, 'dtype' | 'shape'>;

/** Whether a type that a file tells can be that of a value; names of open extents say nothing. */
function agrees(told: TensorInfo, dtype: OnnxDataType, shape: readonly Dim[]): boolean {
  return (
    told.dtype === dtype &&
    (told.shape === undefined ||
      (told.shape.length === shape.length &&
        told.shape.every(
          (dim, axis) => typeof dim !== 'number' || typeof shape[axis] !== 'number' || dim === shape[axis],
        )))
  );
}

function typeText({ dtype, shape = [] }: TensorInfo): string {
  return `${dtype}[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}

export function functionKey(of: {
  domain: string;
  overload?: string;
  name: string;
  opType?: string;
}): string {
  return [of.domain, of.opType ?? of.name, of.overload ?? ''].join('|');
}

/** An output with its type in the file: that of the node's first input of its kind, where nothing else is said. */
function typed(output: Output, reader: NodeReader): Typed {
  if ('value' in output) return output;
  const kind = output.type.dtype;
  const count = reader.node.inputs.length;
  for (let i = 0; i < count; i++) {
    const dtype = reader.has(i) ? attempt(() => reader.dtype(i)) : undefined;
    if (dtype !== undefined && kindOf(dtype) === kind) return { value: output, dtype };
  }
  return { value: output, dtype: kind };
}

/** What `body` gives; undefined where a node lacks something, which is told when it is read. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Unread || error instanceof BrokenRule)
      return undefined;
    throw error;
  }
}

/** What is wrong with a node, as it goes on from the node's name; undefined where it is told already. */
function messageOf(error: unknown, file: File): string | undefined {
  if (error instanceof Unread) return undefined;
  if (error instanceof Unreadable) return ` ${error.message}`;
  const cause = error instanceof NascentError && error.cause instanceof BrokenRule ? error.cause : error;
  if (cause instanceof ExtentsMeet && file.mayMeet(cause.extents)) throw new Meeting(cause.extents);
  if (cause instanceof BrokenRule) return `: ${cause.message}`;
  throw error;
}
