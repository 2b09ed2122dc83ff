/**
 * Whether a model is a legal one: the rules of ONNX's IR that need no arithmetic. Runs on every model that is written
 * and every model that is read, and tells everything that is wrong, not the first thing.
 *
 * What the rules forbid is a fault. What they advise against, and every runtime takes, is a warning. What is of an
 * operator set or a domain that is not known here is not judged.
 *
 * Source: https://github.com/onnx/onnx/blob/main/docs/IR.md. Types are followed in `flow.ts`; shapes are the
 * importer's to check.
 */
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxOpset } from '../../../proto/onnx.ts';
import { NascentError } from '../../../src/errors.ts';
import { functionKey, functionKeyOf, type Context } from './context.ts';
import { checkAttributes, checkSignature } from './node.ts';
import { checkSparse, checkTensor } from './tensor.ts';
import { checkFlow } from './flow.ts';
import { requireInlinable } from '../inlined.ts';
import { sentenceOf } from '../sentence.ts';
import { showNode } from '../show-node.ts';
import { sortedModel } from '../sorted.ts';
import { agrees, typeText } from '../told-types.ts';

/** What is said of a model, a sentence each. */
export interface Findings {
  readonly faults: readonly string[];
  /** Those of the faults that leave open what the model means. Of the others, everybody who reads them knows. */
  readonly grave: readonly string[];
  readonly warnings: readonly string[];
}

/** More are counted, not kept: a file can be made that has millions. */
const most = 1000;

/** What is wrong with `model`, and what is unwise; both empty where it is legal. */
export function findingsIn(model: OnnxModel): Findings {
  const found = { faults: new Sentences(), warnings: new Sentences() };
  for (const [domain, versions] of versionsOf(model.opsets)) {
    if (versions.size < 2) continue;
    found.faults.push(
      `the operator set ${showDomain(domain)} is imported as version ${[...versions].join(' and as version ')}`,
    );
  }
  repeated(model.metadata.map(([key]) => key)).forEach((key) =>
    found.faults.push(`the metadata has two entries named "${key}"`),
  );
  repeated(model.functions.map(functionKey)).forEach((key) =>
    found.faults.push(`two functions are named "${key}"`),
  );
  const functions = new Map(model.functions.map((each) => [functionKey(each), each]));
  const context = { ...found, opsets: model.opsets, functions, model, inFunction: false };
  checkGraph(model.graph, undefined, context);
  for (const definition of model.functions) checkFunction(definition, context);
  checkFlow(context);
  for (const name of recursive(functions)) found.faults.push(`function "${name}" calls itself`);
  return { faults: found.faults.all(), grave: found.faults.grave(), warnings: found.warnings.all() };
}

/** What is wrong with `model`, a sentence each; empty where it is legal. */
export function faultsIn(model: OnnxModel): readonly string[] {
  return findingsIn(model).faults;
}

/** Throws 'onnx/invalid' with what is wrong with `model`, which messages call `what`: for what we write. */
export function requireValid(model: OnnxModel, what: string): void {
  requireNone(faultsIn(model), what);
}

/**
 * The model as it can be read: its nodes in order (`sorted.ts`).
 *
 * @throws NascentError 'onnx/invalid' where what it means is open, 'onnx/unsupported' where its functions come to too many nodes
 */
export function readable(model: OnnxModel, what: string): OnnxModel {
  const sorted = sortedModel(model);
  requireNone(findingsIn(sorted).grave, what);
  requireInlinable(sorted, what);
  return sorted;
}

function requireNone(faults: readonly string[], what: string): void {
  if (faults.length === 0) return;
  throw new NascentError('onnx/invalid', `${what} breaks the rules of ONNX: ${listed(faults)}`, {
    help: 'The program that wrote it has a fault. `nascent check` lists everything; onnx.checker.check_model in Python gives a second opinion.',
  });
}

/** How many problems an error lists. */
const shown = 20;

/** One problem in a line, several in a list. */
export function listed(problems: readonly string[]): string {
  const [only] = problems;
  if (problems.length === 1 && only !== undefined) return only;
  const rest = problems.length - shown;
  return [
    `${problems.length} problems`,
    ...problems.slice(0, shown).map((problem) => `  - ${problem}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join('\n');
}

/** Sentences as they come, up to so many. */
class Sentences {
  readonly #kept: string[] = [];
  readonly #slight = new Set<string>();
  #left = 0;

  push(sentence: string): void {
    if (this.#kept.length < most) this.#kept.push(sentenceOf(sentence));
    else this.#left++;
  }

  /** One that leaves nothing open. */
  pushSlight(sentence: string): void {
    if (this.#kept.length < most) this.#slight.add(sentenceOf(sentence));
    this.push(sentence);
  }

  all(): readonly string[] {
    return this.#left === 0 ? this.#kept : [...this.#kept, `and ${this.#left} more`];
  }

  grave(): readonly string[] {
    return this.#slight.size === 0 ? this.all() : this.all().filter((each) => !this.#slight.has(each));
  }
}

/** The names that a graph has made so far, and those of the graphs around it, which its nodes may use. */
class Scope {
  readonly names = new Set<string>();
  readonly outer: Scope | undefined;

  constructor(outer: Scope | undefined) {
    this.outer = outer;
  }

  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false);
  }
}

function checkGraph(graph: OnnxGraph, outer: Scope | undefined, context: Context): void {
  const { faults, warnings } = context;
  const where = `graph "${graph.name}"`;
  if (graph.name === '') faults.push('a graph has no name');
  const dense = graph.initializers.map((tensor) => tensor.name);
  const initializers = [...dense];
  for (const sparse of graph.sparseInitializers ?? []) {
    initializers.push(sparse.values.name);
    checkSparse(sparse, `sparse initializer "${sparse.values.name}"`, faults);
  }
  repeated(initializers).forEach((name) => faults.push(`${where}: two initializers are named "${name}"`));
  const inputs = graph.inputs.map((input) => input.name);
  repeated(inputs).forEach((name) => faults.push(`${where}: two inputs are named "${name}"`));
  const outputs = graph.outputs.map((output) => output.name);
  repeated(outputs).forEach((name) => warnings.push(`${where}: two outputs are named "${name}"`));
  repeated(graph.valueInfo.map((value) => value.name)).forEach((name) =>
    warnings.push(`${where}: the type of "${name}" is told twice`),
  );
  for (const tensor of graph.initializers) checkTensor(tensor, `initializer "${tensor.name}"`, faults);
  const held = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const { name, type } of graph.inputs) {
    const tensor = held.get(name);
    if (tensor === undefined || type.kind !== 'tensor' || agrees(type, tensor.dtype, tensor.dims)) continue;
    faults.push(
      `${where}: the input "${name}" is ${typeText(type)}, and the initializer of its name ${typeText({ dtype: tensor.dtype, shape: tensor.dims })}`,
    );
  }
  if (inputs.includes('') || initializers.includes('')) {
    faults.push(`${where}: an input or initializer has no name`);
  }
  if (outer === undefined) {
    for (const { name, type } of graph.inputs) {
      if (type.kind === 'unknown') faults.push(`${where}: the type of the input "${name}" is not told`);
    }
    // That of an output can be inferred, and runtimes do.
    for (const { name, type } of graph.outputs) {
      if (type.kind === 'unknown') warnings.push(`${where}: the type of the output "${name}" is not told`);
    }
    if (outputs.length === 0) warnings.push(`${where} has no outputs: a run of it gives nothing`);
  }
  if (context.model.irVersion < 4) {
    const fed = new Set(inputs);
    for (const name of dense.filter((each) => !fed.has(each))) {
      faults.push(`${where}: the initializer "${name}" is not among the inputs, as it must be before IR 4`);
    }
  }

  const scope = new Scope(outer);
  for (const name of [...inputs, ...initializers]) {
    if (outer?.has(name)) warnings.push(`${where}: "${name}" hides a value of the graph around it`);
    scope.names.add(name);
  }
  checkNodes(graph.nodes, scope, context);
  for (const name of outputs) {
    // A value of the graph around is not this graph's to give.
    if (!scope.names.has(name)) faults.push(`${where}: no node makes the output "${name}"`);
  }
}

/** Adds what the nodes make to `scope`. */
function checkNodes(nodes: readonly OnnxNode[], scope: Scope, context: Context): void {
  const { faults, warnings, opsets } = context;
  const later = new Set(nodes.flatMap((node) => node.outputs));
  const names = new Set<string>();
  for (const node of nodes) {
    const where = showNode(node);
    if (node.opType === '') faults.push(`${where} has no type`);
    if (node.inputs.length === 0 && node.outputs.length === 0) {
      faults.push(`${where} has neither inputs nor outputs`);
    }
    if (node.name !== '') {
      if (names.has(node.name)) warnings.push(`two nodes are named "${node.name}"`);
      names.add(node.name);
    }
    if (!opsets.some((opset) => opset.domain === node.domain)) {
      faults.push(`${where} is of the operator set ${showDomain(node.domain)}, which is not imported`);
    }
    for (const name of node.inputs) {
      if (name === '' || scope.has(name)) continue;
      const why = later.has(name) ? 'which is made only later' : 'which nothing makes';
      faults.push(`${where} uses "${name}", ${why}`);
    }
    checkAttributes(node, where, context);
    checkSignature(node, where, context);
    for (const attribute of node.attributes) {
      if (attribute.kind === 'graph') checkGraph(attribute.value, scope, context);
      if (attribute.kind === 'graphs') attribute.value.forEach((graph) => checkGraph(graph, scope, context));
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      if (scope.has(name)) faults.push(`${where} makes "${name}", which is there already`);
      scope.names.add(name);
    }
  }
}

function checkFunction(definition: OnnxFunction, context: Context): void {
  const { faults } = context;
  const where = `function "${functionKey(definition)}"`;
  if (definition.name === '') faults.push('a function has no name');
  repeated(definition.inputs).forEach((name) => faults.push(`${where}: two inputs are named "${name}"`));
  const scope = new Scope(undefined);
  for (const name of definition.inputs) scope.names.add(name);
  checkNodes(definition.nodes, scope, { ...context, opsets: definition.opsets, inFunction: true });
  for (const name of definition.outputs) {
    if (!scope.has(name)) faults.push(`${where}: no node makes the output "${name}"`);
  }
}

/** The functions that reach themselves. */
function recursive(functions: ReadonlyMap<string, OnnxFunction>): readonly string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found = new Set<string>();
  const calls = (nodes: readonly OnnxNode[]): readonly string[] =>
    nodes.flatMap((node) => [
      functionKeyOf(node),
      ...node.attributes.flatMap((attribute) =>
        attribute.kind === 'graph'
          ? calls(attribute.value.nodes)
          : attribute.kind === 'graphs'
            ? attribute.value.flatMap((graph) => calls(graph.nodes))
            : [],
      ),
    ]);
  // Not by recursion: a chain of functions may be as long as a file.
  for (const start of functions.keys()) {
    const path: { readonly key: string; readonly rest: string[] }[] = [];
    const enter = (key: string): void => {
      const definition = functions.get(key);
      if (definition === undefined || state.get(key) === 'done') return;
      if (state.get(key) === 'open') {
        found.add(key);
        return;
      }
      state.set(key, 'open');
      path.push({ key, rest: [...calls(definition.nodes)] });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop();
      if (next !== undefined) {
        enter(next);
        continue;
      }
      state.set(top.key, 'done');
      path.pop();
    }
  }
  return [...found];
}

export function showDomain(domain: string): string {
  return domain === '' ? 'of ONNX' : `"${domain}"`;
}

function versionsOf(opsets: readonly OnnxOpset[]): ReadonlyMap<string, ReadonlySet<number>> {
  const versions = new Map<string, Set<number>>();
  for (const { domain, version } of opsets) {
    const known = versions.get(domain);
    if (known === undefined) versions.set(domain, new Set([version]));
    else known.add(version);
  }
  return versions;
}

/** What stands more than once in `names`, told once. */
function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}
