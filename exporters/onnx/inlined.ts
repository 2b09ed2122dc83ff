/**
 * How many nodes a file comes to once each call of a function is the function's nodes. A few functions, of which each calls the
 * next twice, are more than any memory holds; so that is counted before anybody reads them in place.
 */
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { functionKey } from './model-graph.ts';

/** More nodes than that are not read in place: files of people have some thousands, and each takes kilobytes. */
export const mostInlined = 500_000;

/** Nodes by themselves, and how often a graph that is given as an attribute is there besides, by its name. */
interface Size {
  nodes: number;
  readonly given: Map<string, number>;
}

/** Counts nodes of a model with what they call, bodies of control flow included. A call that leads to itself is one node. */
export function inlinedCounter(model: Pick<OnnxModel, 'functions'>): (nodes: readonly OnnxNode[]) => number {
  const functions = new Map(model.functions.map((each) => [functionKey(each), each]));
  const sizes = new Map<OnnxFunction, Size>();
  const calledBy = (node: OnnxNode) => functions.get(functionKey(node));
  const ofAttribute = (attribute: OnnxAttribute): Size => {
    if (attribute.kind === 'reference') return { nodes: 0, given: new Map([[attribute.refersTo, 1]]) };
    if (attribute.kind === 'graph') return ofNodes(attribute.value.nodes);
    if (attribute.kind === 'graphs') return ofNodes(attribute.value.flatMap(({ nodes }) => nodes));
    return { nodes: 0, given: new Map() };
  };
  const ofNodes = (nodes: readonly OnnxNode[]): Size => {
    const sum: Size = { nodes: 0, given: new Map() };
    for (const node of nodes) {
      const called = calledBy(node);
      // A call counts, too: functions of nothing but calls are read as long as others.
      sum.nodes += 1;
      if (called === undefined) {
        for (const attribute of node.attributes) add(sum, ofAttribute(attribute), 1);
        continue;
      }
      const size = sizes.get(called);
      if (size === undefined) continue;
      add(sum, { nodes: size.nodes, given: new Map() }, 1);
      const told = [...(called.defaults ?? []), ...node.attributes];
      for (const [name, attribute] of new Map(told.map((each) => [each.name, each]))) {
        const times = size.given.get(name);
        if (times !== undefined) add(sum, ofAttribute(attribute), times);
      }
    }
    return sum;
  };
  for (const definition of calleesFirst([...functions.values()], calledBy)) {
    sizes.set(definition, ofNodes(definition.nodes));
  }
  return (nodes) => ofNodes(nodes).nodes;
}

/** What is wrong with how many nodes the functions of a model come to; undefined where nothing is. */
export function inlinedTooFar(model: OnnxModel): string | undefined {
  if (model.functions.length === 0) return undefined;
  const count = inlinedCounter(model)(model.graph.nodes);
  if (count <= mostInlined) return undefined;
  return `its functions come to ${showCount(count)} nodes when they are inlined, more than ${showCount(mostInlined)}`;
}

/** @throws NascentError 'onnx/unsupported' where the functions of a model come to more nodes than can be read */
export function requireInlinable(model: OnnxModel, what: string): void {
  const problem = inlinedTooFar(model);
  if (problem === undefined) return;
  throw new NascentError('onnx/unsupported', `${what} cannot be read: ${problem}`, {
    help: 'Functions that call functions many times over grow with every level: export the model with fewer of them.',
  });
}

/**
 * Counts one that is read in place of another: loops in loops come to as many as functions in functions do.
 *
 * @throws NascentError 'onnx/unsupported' where there are too many
 */
export function countInPlace(read: { count: number }): void {
  read.count++;
  if (read.count <= mostInlined) return;
  throw new NascentError(
    'onnx/unsupported',
    `it comes to more than ${showCount(mostInlined)} nodes when its loops and functions are read in place`,
    { help: 'What runs the file itself, such as onnxruntime, needs no graph.' },
  );
}

function showCount(count: number): string {
  return count < 1e15 ? count.toLocaleString('en-US') : 'over 10^15';
}

/** Past any number that is shown, all are alike, and stay numbers. */
function add(sum: Size, more: Size, times: number): void {
  sum.nodes = Math.min(sum.nodes + more.nodes * times, 1e100);
  for (const [name, often] of more.given) {
    sum.given.set(name, Math.min((sum.given.get(name) ?? 0) + often * times, 1e100));
  }
}

/** Each function after those that it calls. */
function calleesFirst(
  functions: readonly OnnxFunction[],
  calledBy: (node: OnnxNode) => OnnxFunction | undefined,
): readonly OnnxFunction[] {
  const calls = (nodes: readonly OnnxNode[]): OnnxFunction[] =>
    nodes.flatMap((node) => {
      const called = calledBy(node);
      return [...(called === undefined ? [] : [called]), ...callsIn(node.attributes)];
    });
  const callsIn = (attributes: readonly OnnxAttribute[]): OnnxFunction[] =>
    attributes.flatMap((attribute) => {
      if (attribute.kind === 'graph') return calls(attribute.value.nodes);
      if (attribute.kind === 'graphs') return attribute.value.flatMap((graph) => calls(graph.nodes));
      return [];
    });
  const entered = new Set<OnnxFunction>();
  const order: OnnxFunction[] = [];
  const path: { readonly definition: OnnxFunction; readonly rest: OnnxFunction[] }[] = [];
  const enter = (definition: OnnxFunction): void => {
    if (entered.has(definition)) return;
    entered.add(definition);
    path.push({ definition, rest: [...calls(definition.nodes), ...callsIn(definition.defaults ?? [])] });
  };
  // Not by recursion: a chain of functions may be as long as a file.
  for (const start of functions) {
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop();
      if (next !== undefined) enter(next);
      else {
        order.push(top.definition);
        path.pop();
      }
    }
  }
  return order;
}
