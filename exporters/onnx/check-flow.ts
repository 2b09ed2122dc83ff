/**
 * Types of values, followed from node to node, and held to those that the file tells. Only the table of ops is asked
 * (`check-types.ts`), so that a file is judged that cannot be read as a graph, too. What no node tells, because its op is
 * not known, is what the file says of it.
 */
import type { OnnxGraph, OnnxNode, OnnxType, OnnxValueInfo } from '../../proto/onnx.ts';
import { bodyOps } from './check-bodies.ts';
import { functionKeyOf, type Context } from './check-context.ts';
import { opsetOf } from './check-node.ts';
import { checkTypes } from './check-types.ts';
import { newestOpset } from './schemas/schema.ts';
import { showNode } from './show-node.ts';
import { saidOf, saidText } from './told-types.ts';
import { showValueType, valueTypeOf, type MaybeType } from './value-types.ts';

/** Tells what is wrong with the types of a model. */
export function checkFlow(context: Context): void {
  followGraph(context.model.graph, [], undefined, context);
  for (const definition of context.model.functions) {
    followNodes(definition.nodes, new Types(undefined), new Map(), {
      ...context,
      opsets: definition.opsets,
      inFunction: true,
    });
  }
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
 */
function followGraph(
  graph: OnnxGraph,
  given: readonly MaybeType[],
  outer: Types | undefined,
  context: Context,
): readonly MaybeType[] {
  const types = new Types(outer);
  graph.inputs.forEach(({ name, type }, i) => {
    const [said, is] = [valueTypeOf(type), given[i]];
    if (said !== undefined && is !== undefined && said !== is) {
      context.faults.pushSlight(
        `input "${name}" of a body is said to be ${saidText(type)}, and is given ${showValueType(is)}`,
      );
    }
    types.set(name, is ?? said);
  });
  for (const { name, dtype } of graph.initializers) types.set(name, dtype);
  for (const { values } of graph.sparseInitializers ?? []) types.set(values.name, undefined);
  const told = [...graph.valueInfo, ...graph.outputs];
  followNodes(graph.nodes, types, new Map(told.map(({ name, type }) => [name, type])), context);
  for (const one of told) compare(one, types.get(one.name), context);
  return graph.outputs.map(({ name }) => types.get(name));
}

/** @param told what the file says of values */
function followNodes(
  nodes: readonly OnnxNode[],
  types: Types,
  told: ReadonlyMap<string, OnnxType>,
  context: Context,
): void {
  for (const node of nodes) {
    const made = followNode(node, types, context);
    node.outputs.forEach((name, index) => {
      const said = told.get(name);
      types.set(name, made[index] ?? (said && valueTypeOf(said)));
    });
  }
}

/** The types of what a node makes. */
function followNode(node: OnnxNode, types: Types, context: Context): readonly MaybeType[] {
  const { faults, functions, opsets } = context;
  const opset = opsetOf(opsets);
  const where = showNode(node);
  const called = functions.has(functionKeyOf(node));
  const made = called ? [] : checkTypes(node, where, opset, (name) => types.get(name), context);
  const isKnown = !called && node.domain === '' && opset !== undefined && opset <= newestOpset;
  const bodies = isKnown ? bodyOps.get(node.opType) : undefined;
  if (bodies !== undefined && opset !== undefined) {
    const given = node.inputs.map((name) => types.get(name));
    const follow = (body: OnnxGraph, own: readonly MaybeType[]) => followGraph(body, own, types, context);
    const told = { push: (sentence: string) => faults.pushSlight(sentence) };
    return bodies({ node, where, opset, given, follow, faults: told });
  }
  for (const attribute of node.attributes) {
    if (attribute.kind === 'graph') followGraph(attribute.value, [], types, context);
    if (attribute.kind === 'graphs')
      attribute.value.forEach((graph) => followGraph(graph, [], types, context));
  }
  return made;
}

function compare({ name, type }: OnnxValueInfo, made: MaybeType, { faults }: Context): void {
  const said = valueTypeOf(type);
  if (said === undefined || made === undefined || said === made) return;
  faults.pushSlight(`${saidOf(name, type)}, and its node gives ${showValueType(made)}`);
}
