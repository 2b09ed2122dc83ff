/**
 * Types of values, followed from node to node, and held to those that the file tells. Only the table of ops is asked
 * (`check-types.ts`), so that a file is judged that cannot be read as a graph, too. What no node tells, because its op is
 * not known, is what the file says of it.
 */
import type { OnnxGraph, OnnxNode, OnnxType, OnnxValueInfo } from '../../proto/onnx.ts';
import { functionKeyOf, type Context } from './check-context.ts';
import { opsetOf } from './check-node.ts';
import { checkTypes } from './check-types.ts';
import { showNode } from './show-node.ts';
import { saidOf } from './told-types.ts';
import { showValueType, valueTypeOf, type ValueType } from './value-types.ts';

type MaybeType = ValueType | undefined;

/** Tells what is wrong with the types of a model. */
export function checkFlow(context: Context): void {
  followGraph(context.model.graph, undefined, context);
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

function followGraph(graph: OnnxGraph, outer: Types | undefined, context: Context): void {
  const types = new Types(outer);
  for (const { name, type } of graph.inputs) types.set(name, valueTypeOf(type));
  for (const { name, dtype } of graph.initializers) types.set(name, dtype);
  for (const { values } of graph.sparseInitializers ?? []) types.set(values.name, undefined);
  const told = [...graph.valueInfo, ...graph.outputs];
  followNodes(graph.nodes, types, new Map(told.map(({ name, type }) => [name, type])), context);
  for (const one of told) compare(one, types.get(one.name), context);
}

/** @param told what the file says of values */
function followNodes(
  nodes: readonly OnnxNode[],
  types: Types,
  told: ReadonlyMap<string, OnnxType>,
  context: Context,
): void {
  const opset = opsetOf(context.opsets);
  for (const node of nodes) {
    for (const attribute of node.attributes) {
      if (attribute.kind === 'graph') followGraph(attribute.value, types, context);
      if (attribute.kind === 'graphs') attribute.value.forEach((graph) => followGraph(graph, types, context));
    }
    const called = context.functions.has(functionKeyOf(node));
    const made = called ? [] : checkTypes(node, showNode(node), opset, (name) => types.get(name), context);
    node.outputs.forEach((name, index) => {
      const said = told.get(name);
      types.set(name, made[index] ?? (said && valueTypeOf(said)));
    });
  }
}

function compare({ name, type }: OnnxValueInfo, made: MaybeType, { faults }: Context): void {
  const said = valueTypeOf(type);
  if (said === undefined || made === undefined || said === made) return;
  faults.pushSlight(`${saidOf(name, type)}, and its node gives ${showValueType(made)}`);
}
