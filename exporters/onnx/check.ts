/**
 * Whether a model is a legal one: the rules of ONNX's IR that need no arithmetic. Runs on every model that is written
 * and every model that is read, and tells everything that is wrong, not the first thing.
 *
 * Source: https://github.com/onnx/onnx/blob/main/docs/IR.md. Types and shapes are the importer's to check.
 */
import { byteLengthOf } from '../../proto/onnx.ts';
import type {
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOpset,
  OnnxTensor,
} from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { signatureOf } from './signatures.ts';

/** What is wrong with `model`, a sentence each; empty where it is legal. */
export function checkModel(model: OnnxModel): readonly string[] {
  const problems: string[] = [];
  repeated(model.opsets.map((opset) => opset.domain)).forEach((domain) =>
    problems.push(`the operator set ${showDomain(domain)} is imported twice`),
  );
  repeated(model.metadata.map(([key]) => key)).forEach((key) =>
    problems.push(`the metadata has two entries named "${key}"`),
  );
  repeated(model.functions.map(functionKey)).forEach((key) =>
    problems.push(`two functions are named "${key}"`),
  );
  const context = { problems, opsets: model.opsets, nodeNames: new Set<string>() };
  checkGraph(model.graph, new Set(), context);
  for (const definition of model.functions) checkFunction(definition, problems);
  return problems;
}

/** Throws 'onnx/invalid' with all problems of `model`, which messages call `what`. */
export function requireValid(model: OnnxModel, what: string): void {
  const problems = checkModel(model);
  if (problems.length === 0) return;
  throw new NascentError('onnx/invalid', `${what} breaks the rules of ONNX: ${listed(problems)}`, {
    help: 'The program that wrote it has a fault. onnx.checker.check_model in Python gives a second opinion.',
  });
}

/** One problem in a line, several in a list. */
export function listed(problems: readonly string[]): string {
  const [only] = problems;
  if (problems.length === 1 && only !== undefined) return only;
  return [`${problems.length} problems`, ...problems.map((problem) => `  - ${problem}`)].join('\n');
}

interface Context {
  readonly problems: string[];
  readonly opsets: readonly OnnxOpset[];
  readonly nodeNames: Set<string>;
}

/** `outer` are the names that the graphs around this one have made so far: its nodes may use them. */
function checkGraph(graph: OnnxGraph, outer: ReadonlySet<string>, context: Context): void {
  const { problems } = context;
  const where = `graph "${graph.name}"`;
  if (graph.name === '') problems.push('a graph has no name');

  const initializers = graph.initializers.map((tensor) => tensor.name);
  for (const { values } of graph.sparseInitializers ?? []) initializers.push(values.name);
  repeated(initializers).forEach((name) => problems.push(`${where}: two initializers are named "${name}"`));
  const inputs = graph.inputs.map((input) => input.name);
  repeated(inputs).forEach((name) => problems.push(`${where}: two inputs are named "${name}"`));
  const outputs = graph.outputs.map((output) => output.name);
  repeated(outputs).forEach((name) => problems.push(`${where}: two outputs are named "${name}"`));
  repeated(graph.valueInfo.map((value) => value.name)).forEach((name) =>
    problems.push(`${where}: the type of "${name}" is told twice`),
  );
  for (const tensor of graph.initializers) checkTensor(tensor, `initializer "${tensor.name}"`, problems);

  const made = new Set([...outer, ...inputs, ...initializers]);
  if (inputs.includes('') || initializers.includes('')) {
    problems.push(`${where}: an input or initializer has no name`);
  }
  for (const name of new Set([...inputs, ...initializers])) {
    if (outer.has(name)) problems.push(`${where}: "${name}" hides a value of the graph around it`);
  }
  checkNodes(graph.nodes, made, context);
  for (const name of outputs) {
    if (!made.has(name)) problems.push(`${where}: no node makes the output "${name}"`);
  }
}

/** Adds what the nodes make to `made`. */
function checkNodes(nodes: readonly OnnxNode[], made: Set<string>, context: Context): void {
  const { problems, opsets, nodeNames } = context;
  const later = new Set(nodes.flatMap((node) => node.outputs));
  for (const node of nodes) {
    const where = showNode(node);
    if (node.opType === '') problems.push(`${where} has no type`);
    if (node.name !== '') {
      if (nodeNames.has(node.name)) problems.push(`two nodes are named "${node.name}"`);
      nodeNames.add(node.name);
    }
    if (!opsets.some((opset) => opset.domain === node.domain)) {
      problems.push(`${where} is of the operator set ${showDomain(node.domain)}, which is not imported`);
    }
    for (const name of node.inputs) {
      if (name === '' || made.has(name)) continue;
      const why = later.has(name) ? 'which is made only later' : 'which nothing makes';
      problems.push(`${where} uses "${name}", ${why}`);
    }
    checkAttributes(node, where, problems);
    if (node.domain === '') checkSignature(node, where, problems);
    for (const attribute of node.attributes) {
      if (attribute.kind === 'graph') checkGraph(attribute.value, made, context);
      if (attribute.kind === 'graphs') attribute.value.forEach((graph) => checkGraph(graph, made, context));
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      if (made.has(name)) problems.push(`${where} makes "${name}", which is there already`);
      made.add(name);
    }
  }
}

function checkAttributes(node: OnnxNode, where: string, problems: string[]): void {
  repeated(node.attributes.map((attribute) => attribute.name)).forEach((name) =>
    problems.push(`${where} has two attributes named "${name}"`),
  );
  for (const { name, kind, ...rest } of node.attributes) {
    if (name === '') problems.push(`${where} has an attribute without a name`);
    if (kind === 'tensor' && 'value' in rest) {
      checkTensor(rest.value as OnnxTensor, `attribute "${name}" of ${where}`, problems);
    }
  }
}

function checkSignature(node: OnnxNode, where: string, problems: string[]): void {
  const signature = signatureOf(node.opType);
  if (signature === undefined) return;
  const { inputs, outputs, attributes, required = [] } = signature;
  // Optional inputs at the end may be there by an empty name.
  const given = node.inputs.findLastIndex((name) => name !== '') + 1;
  if (given < inputs[0] || node.inputs.length > inputs[1]) {
    problems.push(`${where} has ${given} inputs; ${node.opType} takes ${range(inputs)}`);
  }
  if (node.outputs.length < outputs[0] || node.outputs.length > outputs[1]) {
    problems.push(`${where} has ${node.outputs.length} outputs; ${node.opType} has ${range(outputs)}`);
  }
  for (const attribute of node.attributes) {
    const expected = Object.hasOwn(attributes, attribute.name) ? attributes[attribute.name] : undefined;
    const kind = attribute.kind === 'reference' ? attribute.refersToKind : attribute.kind;
    if (expected === undefined)
      problems.push(`${where}: ${node.opType} has no attribute "${attribute.name}"`);
    else if (kind !== expected) {
      problems.push(`${where}: attribute "${attribute.name}" is of kind ${kind}, not ${expected}`);
    }
  }
  for (const name of required) {
    if (!node.attributes.some((attribute) => attribute.name === name)) {
      problems.push(`${where} lacks the attribute "${name}"`);
    }
  }
}

function checkTensor(tensor: OnnxTensor, where: string, problems: string[]): void {
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  const [given, wanted] =
    tensor.dtype === 'string'
      ? [tensor.data.length, count]
      : [tensor.data.byteLength, byteLengthOf(tensor.dtype, count)];
  if (!tensor.dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    problems.push(`${where} has the shape [${tensor.dims.join(', ')}]`);
  } else if (given !== wanted) {
    const unit = tensor.dtype === 'string' ? 'strings' : 'bytes';
    problems.push(
      `${where} has the shape [${tensor.dims.join(', ')}], ${wanted} ${unit}, but holds ${given}`,
    );
  }
}

function checkFunction(definition: OnnxFunction, problems: string[]): void {
  const where = `function "${functionKey(definition)}"`;
  if (definition.domain === '') problems.push(`${where} has no domain`);
  repeated([...definition.inputs]).forEach((name) =>
    problems.push(`${where}: two inputs are named "${name}"`),
  );
  const made = new Set(definition.inputs);
  checkNodes(definition.nodes, made, { problems, opsets: definition.opsets, nodeNames: new Set() });
  for (const name of definition.outputs) {
    if (!made.has(name)) problems.push(`${where}: no node makes the output "${name}"`);
  }
}

function functionKey({ domain, name, overload }: OnnxFunction): string {
  return [domain, name, overload].filter(Boolean).join('.');
}

/** A node, for people: by its name, or by what it makes where it has none. */
export function showNode({ name, opType, outputs }: OnnxNode): string {
  return name === '' ? `${opType || 'the node'} that makes "${outputs[0] ?? ''}"` : `${opType} "${name}"`;
}

export function showDomain(domain: string): string {
  return domain === '' ? 'of ONNX' : `"${domain}"`;
}

function range([least, most]: readonly [number, number]): string {
  if (least === most) return `${least}`;
  return most === Infinity ? `${least} or more` : `${least} to ${most}`;
}

/** What stands more than once in `names`, told once. */
function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}
