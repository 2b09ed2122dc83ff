/**
 * A graph of a file → a graph of ours: what goes into it (`graph-inputs.ts`), its nodes one by one (`lower-node.ts`, and
 * `nested.ts` for those that hold graphs and for calls of functions), and what comes out.
 */
import type { OnnxDataType, OnnxGraph, OnnxNode, OnnxValueInfo } from '../../proto/onnx.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { ExtentsMeet, showShape, TooWide } from '../../src/graph/infer/rule.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { GraphOutput, Node, Value } from '../../src/graph/types.ts';
import { takesWhatItSays, tryBody } from './check/body-trial.ts';
import { DrawnValues } from './drawn-values.ts';
import { GraphInputs } from './graph-inputs.ts';
import { GraphNames, keptName } from './graph-names.ts';
import { nodeNameOf, type Host, type Place } from './host.ts';
import { knownTensor, type Known } from './known.ts';
import { lowerNode } from './lower-node.ts';
import { lacking, loweringOf } from './lower/lowerings.ts';
import { countInPlace } from './inlined.ts';
import { deepest, functionKey, runningStatistics } from './model-graph.ts';
import { nestedOps, readCall } from './nested.ts';
import { Meeting, messageOf, ruleOf } from './node-errors.ts';
import {
  Asks,
  Drawn,
  Endless,
  Misplaced,
  NodeReader,
  Unread,
  Unreadable,
  type Entry,
  type NodeSource,
} from './node-reader.ts';
import { renamed } from './renamed.ts';
import { showNode } from './show-node.ts';
import { Scope } from './scope.ts';
import { sequenceReading } from './sequences.ts';
import type { File, GivenInput, ReadGraph, Surroundings } from './surroundings.ts';
import type { NarrowFloat } from './tensors.ts';
import { agrees, saidOf } from './told-types.ts';
import { usedBy } from './used.ts';

export class Reading {
  readonly #file: File;
  readonly #model: OnnxGraph;
  readonly #outer: Surroundings | undefined;
  readonly #b = new GraphBuilder();
  readonly #scope: Scope;
  readonly #names: GraphNames;
  readonly #inputs: GraphInputs;
  /** What is lent to the reading of nodes that hold graphs. */
  readonly #host: Host;
  /** What a run has to tell, and what it told, by where it is asked for. */
  readonly #asked = new Map<string, Value>();
  readonly #told = new Map<string, Value>();
  /** What is read of what cannot be read yet, by its name; undefined where two have one. */
  readonly #border = new Map<string, Value | undefined>();
  readonly #kept = new Map<string, Value>();
  /** Where something is read in place. */
  readonly #places = new Set<string>();
  /** What hangs on random numbers, and which node draws them. */
  readonly #drawn = new DrawnValues();
  readonly #narrow = new Map<Node, NarrowFloat>();
  #depth: number;
  /** In how many nodes that hold graphs what is read just now lies. */
  #held = 0;
  /** In how many of those that a run may never come to. */
  #maybe = 0;

  constructor(model: OnnxGraph, file: File, opset: number, outer?: Surroundings) {
    this.#model = model;
    this.#file = file;
    this.#outer = outer;
    this.#depth = outer?.depth ?? 0;
    this.#names = new GraphNames(
      outer?.prefix ?? '',
      model.outputs.map(({ name }) => name),
    );
    const statistics = runningStatistics(model.nodes, (node) => file.functions.get(functionKey(node)));
    this.#inputs = new GraphInputs(this.#b, this.#names, file, statistics, outer);
    this.#host = {
      b: this.#b,
      node: (...given) => this.#node(...given),
      sizeOf: file.sizeOf,
      claim: (value, name, node, index, scope, path) =>
        this.#names.claim(value, name, node, index, { path, isOwn: scope === this.#scope }),
      madeNarrow: (nodes, format) => nodes.forEach((made) => this.#narrow.set(made, format)),
      hoisted: (tensor) => this.#inputs.hoisted(tensor),
      body: (...given) => this.#body(...given),
      perhaps: (read) => this.#perhaps(read),
      compare: (graph, scope) => {
        if (!file.checks || !file.judged || !takesWhatItSays(graph, scope)) return;
        for (const told of [...graph.outputs, ...graph.valueInfo]) this.#compare(told, scope);
      },
    };
    const captured = new Map<string, Entry>();
    const outerEntry = (name: string): Entry | undefined => {
      const known = captured.get(name);
      const found = known ?? outer?.lookUp(name);
      if (found === undefined || known !== undefined) return found;
      let input: Value | undefined;
      const entry = { ...found, value: () => (input ??= this.#inputs.capture(found.value())) };
      captured.set(name, entry);
      return entry;
    };
    const shapeOf = (name: string) => outer?.shapeOf(name);
    this.#scope = new Scope(opset, { get: outerEntry, shapeOf }, model);
  }

  read(): ReadGraph {
    const { name, inputs, nodes, outputs, initializers, valueInfo } = this.#model;
    const initialised = new Set(initializers.map((tensor) => tensor.name));
    const data: Value[] = [];
    inputs.forEach((input, i) => {
      // Before IR 4, initializers were listed among the inputs.
      if (initialised.has(input.name)) return;
      const value = this.#inputs.add(input, this.#outer?.given[i], this.#scope);
      if (value !== undefined) data.push(value);
    });
    this.#inputs.initializers(this.#model, this.#scope);
    for (const node of nodes) this.#node(node, this.#scope, '');
    if (this.#asked.size > 0) {
      const wanted = new Map(this.#asked);
      for (const [own, value] of this.#border) if (value !== undefined) wanted.set(keptName(own), value);
      const parts = Array.from(wanted, ([key, value]): GraphOutput => ({ name: key, value }));
      return this.#finish(name, parts, data, new Map(), new Set(this.#asked.keys()));
    }
    const outputTypes = new Map<string, OnnxDataType>();
    const given = outputs.flatMap((output): GraphOutput[] => {
      const entry = this.#scope.get(output.name);
      const value = entry === undefined ? undefined : this.#valueOf(entry, `output "${output.name}"`);
      const drawing = this.#drawn.of(output.name);
      if (drawing !== undefined) {
        this.#file.problems.add(
          `output "${output.name}" hangs on random numbers, which ${drawing} draws`,
          'drawn',
        );
      }
      if (entry === undefined || value === undefined) return [];
      const own = this.#names.ours(output.name);
      outputTypes.set(own, entry.dtype);
      return [{ name: own, value }];
    });
    for (const told of [...outputs, ...valueInfo]) this.#compare(told, this.#scope);
    // What was told is an output, too: whoever runs the graph in another way sees whether that would tell the same.
    const names = new Set(given.map((output) => output.name));
    for (const [key, value] of this.#told) if (!names.has(key)) given.push({ name: key, value });
    return this.#finish(name, given, data, outputTypes);
  }

  #finish(
    name: string,
    outputs: readonly GraphOutput[],
    data: readonly Value[],
    outputTypes: ReadonlyMap<string, OnnxDataType>,
    asked: ReadonlySet<string> = new Set(),
  ): ReadGraph {
    const record = Object.fromEntries(outputs.map((output, i) => [`${i}`, output.value]));
    const built = this.#b.finish(name, record, data);
    const inputs = built.inputs.map((input) => ({ ...input }));
    const own = { ...built, inputs, outputs };
    const { graph, image } = renamed(own, this.#names);
    const captured = built.inputs.flatMap(({ value }) => {
      const outer = this.#inputs.captured.get(value);
      return outer === undefined ? [] : [outer];
    });
    const weights = new Map<string, Tensor>();
    const inputTypes = new Map<string, OnnxDataType>();
    for (const { value } of built.inputs) {
      const tensor = this.#inputs.weights.get(value);
      const named = image.get(value)?.name ?? value.name;
      if (tensor !== undefined) weights.set(named, tensor);
      const told = this.#inputs.types.get(this.#names.values.get(value) ?? '');
      if (told !== undefined && tensor === undefined) inputTypes.set(named, told);
    }
    const values = new Map<string, Value>();
    for (const [given, value] of this.#names.inFile) {
      const found = image.get(value);
      if (found !== undefined) values.set(given, found);
    }
    // A body is what it was before the graph around it got its names.
    const narrow = new Map<Node, NarrowFloat>();
    for (const [node, format] of this.#narrow) {
      const [made] = node.outputs;
      narrow.set((made && image.get(made)?.node) ?? node, format);
    }
    return { graph, captured, weights, values, inputTypes, outputTypes, narrow, asked };
  }

  #valueOf(entry: Entry, what: string): Value | undefined {
    if (entry.items !== undefined) {
      this.#file.problems.add(`${what} is a sequence; tensors are supported`);
      return undefined;
    }
    try {
      return entry.value();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#file.problems.add(`${what} ${error.message}`);
      return undefined;
    }
  }

  #node(node: OnnxNode, scope: Scope, path: string): void {
    const { problems, functions, told } = this.#file;
    if (path !== '' || this.#outer !== undefined) countInPlace(this.#file.inPlace);
    // What a body makes is not one thing: it is another one each time round.
    const isTold = told !== undefined && this.#outer === undefined;
    const source: NodeSource = {
      b: this.#b,
      opset: scope.opset,
      entry: (name) => this.#entryOf(name, scope),
      otherwise: this.#file.otherwise,
      told: isTold
        ? (name, value) =>
            this.#toldOf(path + name, value === undefined ? scope.get(name)?.value : () => value)
        : undefined,
    };
    // What lies in a body may never be come to.
    const isSure = this.#outer === undefined && this.#held === 0;
    const { judge, checks } = this.#file;
    const isCertain = checks ? this.#outer === undefined && this.#maybe === 0 : isSure;
    const drawing = path === '' ? this.#drawn.under(node) : undefined;
    if (drawing !== undefined) this.#drawn.add(node, drawing);
    if (drawing !== undefined && !checks) return;
    if (judge.refuses(node, scope, source, isCertain)) return;
    if (drawing !== undefined) {
      judge.guess(node, scope, source);
      return;
    }
    const reader = new NodeReader(node, source);
    const place: Place = { node, reader, scope, path };
    try {
      const inPlace = () => {
        const inner = path + nodeNameOf(node);
        if (isTold && this.#places.has(inner)) throw new Unreadable('is called as another node is');
        this.#places.add(inner);
      };
      const body = functions.get(functionKey(node));
      if (body !== undefined) {
        inPlace();
        this.#inside(() => readCall(this.#host, place, body));
        return;
      }
      const nested =
        (node.domain === '' ? nestedOps.get(node.opType) : undefined) ?? sequenceReading(node, scope);
      if (nested !== undefined) {
        inPlace();
        this.#held++;
        try {
          this.#inside(() => nested(this.#host, place));
        } finally {
          this.#held--;
        }
        return;
      }
      // What has no meaning as a graph may follow from constants all the same.
      const { domain, opType } = node;
      lowerNode(this.#host, place, loweringOf(domain, opType) ?? lacking(domain, opType));
    } catch (error) {
      if (this.#meet(ruleOf(error), place, isSure)) return;
      const isTried = tryBody(node, this.#file, (graph, file) => {
        this.#inside(() => this.#bodyReading(graph, node, scope, [], file).read());
      });
      judge.unread(node, scope, source, isTried);
      if (isTold && (error instanceof Asks || error instanceof Unread)) {
        for (const name of usedBy(node)) this.#keep(scope.get(name));
      }
      if (isTold && error instanceof Asks) {
        for (const [input, value] of error.values) this.#asked.set(path + input, value);
        return;
      }
      if (error instanceof Drawn && isSure && path === '') {
        this.#drawn.add(node, showNode(node));
        return;
      }
      const message = messageOf(error);
      // In a body it may never be come to.
      const isEndless = error instanceof Endless && this.#outer === undefined;
      const isDrawn = error instanceof Drawn && isSure;
      const isWide = ruleOf(error) instanceof TooWide && isSure;
      if (message !== undefined) {
        const isShape = error instanceof Misplaced && isCertain && checks;
        const code = isShape ? 'shape' : isEndless ? 'endless' : isDrawn ? 'drawn' : isWide ? 'wide' : 'lack';
        problems.addNode(node, message, code);
      }
    }
  }

  /** Two extents that meet are one. To find what else meets, the node is read with that; all is read again in any case. */
  #meet(error: unknown, { node, scope, path }: Place, isSure: boolean): boolean {
    const { meetings } = this.#file;
    if (!(error instanceof ExtentsMeet) || !meetings.note(error.extents)) return false;
    if (!isSure) throw new Meeting();
    if (this.#inputs.unite(node, scope)) this.#node(node, scope, path);
    return true;
  }

  /** What a name stands for, without what it is made of where that was computed before. */
  #entryOf(name: string, scope: Scope): Entry | undefined {
    const entry = scope.get(name);
    const { kept } = this.#file;
    if (entry === undefined || kept.size === 0 || this.#outer !== undefined) return entry;
    return {
      ...entry,
      value: () => {
        const value = entry.value();
        const own = this.#names.values.get(value);
        const tensor = value.node === undefined || own === undefined ? undefined : kept.get(keptName(own));
        if (own === undefined || tensor === undefined) return value;
        const known = this.#kept.get(own) ?? this.#inputs.kept(own, tensor);
        this.#kept.set(own, known);
        return known;
      },
    };
  }

  /** Notes what the rest of the graph will be made of. */
  #keep(entry: Entry | undefined): void {
    if (entry === undefined || entry.items !== undefined || entry.known?.() !== undefined) return;
    const value = entry.value();
    const own = this.#names.values.get(value);
    if (own === undefined || value.node === undefined || this.#file.kept.has(keptName(own))) return;
    const known = this.#border.get(own);
    this.#border.set(own, this.#border.has(own) && known !== value ? undefined : value);
  }

  #toldOf(key: string, value: (() => Value) | undefined): Known | undefined {
    const tensor = this.#file.told?.get(key);
    if (tensor === undefined || value === undefined) return undefined;
    this.#told.set(key, value());
    return knownTensor(tensor);
  }

  /** A body as a graph by itself. */
  #body(
    graph: OnnxGraph,
    node: OnnxNode,
    scope: Scope,
    given: readonly (GivenInput | undefined)[],
  ): ReadGraph {
    const before = this.#file.problems.count;
    const read = this.#inside(() => this.#bodyReading(graph, node, scope, given, this.#file).read());
    if (this.#file.problems.count > before) throw new Unreadable('has a body that cannot be read');
    for (const [inner, format] of read.narrow) this.#narrow.set(inner, format);
    return read;
  }

  #bodyReading(
    graph: OnnxGraph,
    node: OnnxNode,
    scope: Scope,
    given: readonly (GivenInput | undefined)[],
    file: File,
  ): Reading {
    return new Reading(graph, file, scope.opset, {
      lookUp: (name) => scope.get(name),
      shapeOf: (name) => scope.shapeOf(name),
      nameOf: (value) => this.#names.of(value),
      hoist: (initializer) => this.#inputs.hoisted(initializer),
      holder: showNode(node),
      prefix: node.name === '' ? '' : `${node.name}.`,
      given,
      depth: this.#depth,
    });
  }

  #perhaps<T>(read: () => T): T {
    this.#maybe++;
    try {
      return read();
    } finally {
      this.#maybe--;
    }
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

  /** What the file says of a value must be what its nodes give; names of open extents are the file's own affair. */
  #compare(told: OnnxValueInfo, scope: Scope): void {
    const { name, type } = told;
    const entry = scope.get(name);
    if (entry === undefined && this.#file.checks) this.#file.judge.compareUnread(told, scope);
    if (entry === undefined || type.kind !== 'tensor') return;
    const { dtype, shape, items } = entry;
    if (items !== undefined || agrees(type, dtype, shape)) return;
    // Of types alone, the checker says the same in the same words.
    const made = dtype === type.dtype ? `${dtype}${showShape(shape)}` : dtype;
    this.#file.problems.add(`${saidOf(name, type)}, and its node gives ${made}`, 'type');
  }
}
