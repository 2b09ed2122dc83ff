/**
 * Types of values, followed from node to node, and held to those that the file tells. Only the table of ops is asked
 * (`types.ts`), so that a file is judged that cannot be read as a graph, too. What no node tells, because its op is
 * not known, is what the file says of it.
 */
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxNode,
  OnnxType,
  OnnxValueInfo,
} from '../../../proto/onnx.ts';
import { bodyOps } from './bodies.ts';
import { functionKeyOf, type Context, type Faults } from './context.ts';
import { opsetOf, versionOf } from './node.ts';
import { checkTypes } from './types.ts';
import { deepest } from '../model-graph.ts';
import { newestOpset } from '../schemas/schema.ts';
import { showNode } from '../show-node.ts';
import { saidOf, saidText } from '../told-types.ts';
import { showValueType, valueTypeOf, type MaybeType } from './value-types.ts';

/** Tells what is wrong with the types of a model. */
export function checkFlow(context: Context): void {
  const calls: Calls = {
    followed: new Map(),
    visited: new Set(),
    left: mostFollowed,
    faults: once(context.faults),
  };
  const flow: Flow = { ...context, calls, depth: 0 };
  followGraph(context.model.graph, [], undefined, flow);
  // What nobody calls is followed for what it says itself.
  for (const definition of context.model.functions) {
    if (calls.visited.has(definition)) continue;
    followNodes(definition.nodes, new Types(undefined), new Map(), { ...flow, opsets: definition.opsets });
  }
}

/** More nodes of functions than that are not followed for what each of their calls gives. */
const mostFollowed = 500_000;

/** Calls of functions. */
interface Calls {
  /** The types of what they give, by what they are given. */
  readonly followed: Map<string, readonly MaybeType[]>;
  readonly visited: Set<OnnxFunction>;
  /** How many nodes more are followed. */
  left: number;
  /** What several calls show is told once. */
  readonly faults: Faults;
}

function once(faults: Faults): Faults {
  const told = new Set<string>();
  const pushSlight = (sentence: string): void => {
    if (told.has(sentence)) return;
    told.add(sentence);
    faults.pushSlight(sentence);
  };
  return { push: (sentence) => faults.push(sentence), pushSlight };
}

interface Flow extends Context {
  readonly calls: Calls;
  /** In how many calls it lies. */
  readonly depth: number;
  /** What the call gives whose function it lies in. */
  readonly attributes?: ReadonlyMap<string, OnnxAttribute>;
}

/** Types by the names of values; a name of a graph hides that of the graph around it. */
class Types {
  readonly #own = new Map<string, MaybeType>();
  readonly #outer: Types | undefined;

  constructor(outer: Types | undefined) {
    this.#outer = outer;
  }

  get(name: string): MaybeType {
    return this.#own.has(name) ? this.#own.get(name) : this.#outer?.get(name);
  }

  set(name: string, type: MaybeType): void {
    if (name !== '') this.#own.set(name, type);
  }
}

/**
 * The types of a graph's outputs.
 *
 * @param given the types of its inputs, where they are known beside what the graph says of them
 * @param holder the node that gives them, for people
 */
function followGraph(
  graph: OnnxGraph,
  given: readonly MaybeType[],
  outer: Types | undefined,
  flow: Flow,
  holder = '',
): readonly MaybeType[] {
  const types = new Types(outer);
  graph.inputs.forEach(({ name, type }, i) => {
    const [said, is] = [valueTypeOf(type), given[i]];
    if (said !== undefined && is !== undefined && said !== is) {
      flow.faults.pushSlight(
        `${holder}: input "${name}" of its body is said to be ${saidText(type)}, and is given ${showValueType(is)}`,
      );
    }
    types.set(name, is ?? said);
  });
  for (const { name, dtype } of graph.initializers) types.set(name, dtype);
  for (const { values } of graph.sparseInitializers ?? []) types.set(values.name, undefined);
  const told = [...graph.valueInfo, ...graph.outputs];
  followNodes(graph.nodes, types, new Map(told.map(({ name, type }) => [name, type])), flow);
  for (const one of told) compare(one, types.get(one.name), flow);
  return graph.outputs.map(({ name }) => types.get(name));
}

/** @param told what the file says of values */
function followNodes(
  nodes: readonly OnnxNode[],
  types: Types,
  told: ReadonlyMap<string, OnnxType>,
  flow: Flow,
): void {
  for (const one of nodes) {
    const node = flow.attributes === undefined ? one : resolved(one, flow.attributes);
    const made = followNode(node, types, flow);
    node.outputs.forEach((name, index) => {
      const said = told.get(name);
      types.set(name, made[index] ?? (said && valueTypeOf(said)));
    });
  }
}

/** The types of what a node makes. */
function followNode(node: OnnxNode, types: Types, flow: Flow): readonly MaybeType[] {
  const definition = flow.functions.get(functionKeyOf(node));
  if (definition !== undefined) {
    followHeld(node, types, flow);
    return followCall(
      node,
      definition,
      node.inputs.map((name) => types.get(name)),
      flow,
    );
  }
  const { faults, opsets } = flow;
  const opset = opsetOf(opsets);
  const where = showNode(node);
  const made = checkTypes(node, where, versionOf(opsets, node.domain), (name) => types.get(name), flow);
  const isKnown = node.domain === '' && opset !== undefined && opset <= newestOpset;
  const bodies = isKnown ? bodyOps.get(node.opType) : undefined;
  if (bodies === undefined || opset === undefined) {
    followHeld(node, types, flow);
    return made;
  }
  const given = node.inputs.map((name) => types.get(name));
  const follow = (body: OnnxGraph, own: readonly MaybeType[]) => followGraph(body, own, types, flow, where);
  const told = { push: (sentence: string) => faults.pushSlight(sentence) };
  return bodies({ node, where, opset, given, follow, faults: told });
}

/** Graphs of which nothing is known but what they say. */
function followHeld({ attributes }: OnnxNode, types: Types, flow: Flow): void {
  for (const attribute of attributes) {
    if (attribute.kind === 'graph') followGraph(attribute.value, [], types, flow);
    if (attribute.kind === 'graphs') attribute.value.forEach((graph) => followGraph(graph, [], types, flow));
  }
}

/** The types of what a function gives a call. */
function followCall(
  node: OnnxNode,
  definition: OnnxFunction,
  given: readonly MaybeType[],
  flow: Flow,
): readonly MaybeType[] {
  const { calls, depth } = flow;
  const attributes = new Map(
    [...(definition.defaults ?? []), ...node.attributes].map((one) => [one.name, one]),
  );
  const key = [functionKeyOf(node), ...given, ...Array.from(attributes.values(), toldOfTypes)].join(' ');
  const before = calls.followed.get(key);
  if (before !== undefined) return before;
  if (depth >= deepest || calls.left < definition.nodes.length) return [];
  calls.left -= definition.nodes.length;
  calls.visited.add(definition);
  // One that calls itself gives what is not known.
  calls.followed.set(key, []);
  const types = new Types(undefined);
  definition.inputs.forEach((name, i) => types.set(name, given[i]));
  const { faults } = calls;
  const inside = { ...flow, faults, opsets: definition.opsets, depth: depth + 1, attributes };
  followNodes(definition.nodes, types, new Map(), inside);
  const made = definition.outputs.map((name) => types.get(name));
  calls.followed.set(key, made);
  return made;
}

/** As much of an attribute as a type can hang on. */
function toldOfTypes(attribute: OnnxAttribute): string {
  const { name, kind } = attribute;
  if (kind === 'int') return `${name}=${attribute.value}`;
  if (kind === 'tensor') return `${name}:${attribute.value.dtype}`;
  if (kind === 'type') return `${name}:${valueTypeOf(attribute.value)}`;
  return `${name}:${kind}`;
}

/** A node of a function with what the call gives for the attributes that stand for others; graphs stay where they were written. */
function resolved(node: OnnxNode, given: ReadonlyMap<string, OnnxAttribute>): OnnxNode {
  if (!node.attributes.some(({ kind }) => kind === 'reference')) return node;
  const attributes = node.attributes.flatMap((attribute): OnnxAttribute[] => {
    if (attribute.kind !== 'reference') return [attribute];
    const found = given.get(attribute.refersTo);
    if (found?.kind === 'graph' || found?.kind === 'graphs') return [attribute];
    return found === undefined ? [] : [{ ...found, name: attribute.name }];
  });
  return { ...node, attributes };
}

function compare({ name, type }: OnnxValueInfo, made: MaybeType, { faults }: Pick<Context, 'faults'>): void {
  const said = valueTypeOf(type);
  if (said === undefined || made === undefined || said === made) return;
  faults.pushSlight(`${saidOf(name, type)}, and its node gives ${showValueType(made)}`);
}
