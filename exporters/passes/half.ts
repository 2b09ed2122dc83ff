/**
 * A model in float16: weights and arithmetic, half the size. Inputs and outputs stay float32, so that nothing around the
 * model has to change; so do nodes that are kept, with casts where they meet the others.
 */
import {
  dataTypes,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../proto/onnx.ts';
import { fromHalf, largestHalf, toHalf } from '../../proto/half.ts';
import { described, freeNames, node, readsOf, retyped } from './rewriting.ts';

/** What float16 could not hold of the weights. */
export interface HalfLoss {
  /** Tensors with values beyond ±65504, which became ±65504, each with its largest. */
  readonly overflowed: readonly { readonly name: string; readonly value: number }[];
  /** Values other than 0 that became 0. */
  readonly vanished: number;
}

/**
 * The model, and what it lost.
 *
 * @param kept nodes of its graph, not of a body in it, that stay in float32 with their weights
 */
export function halved(
  model: OnnxModel,
  kept: ReadonlySet<OnnxNode> = new Set(),
): { readonly model: OnnxModel; readonly loss: HalfLoss } {
  const overflowed: { name: string; value: number }[] = [];
  let vanished = 0;
  const tensor = (given: OnnxTensor): OnnxTensor => {
    if (given.dtype !== 'float32') return given;
    const worst = given.data.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (Math.abs(worst) > largestHalf) overflowed.push({ name: given.name, value: worst });
    const data = Uint16Array.from(given.data, (value) => {
      const half = toHalf(Math.min(largestHalf, Math.max(-largestHalf, value)));
      if (value !== 0 && fromHalf(half) === 0) vanished += 1;
      return half;
    });
    return { ...given, dtype: 'float16', data };
  };
  const attribute = (given: OnnxAttribute, opType: string): OnnxAttribute => {
    if (given.kind === 'tensor') return { ...given, value: tensor(given.value) };
    if (given.kind === 'graph') return { ...given, value: inner(given.value) };
    const isCast = opType === 'Cast' && given.name === 'to' && given.kind === 'int';
    return isCast && given.value === dataTypes.float32.code
      ? { ...given, value: dataTypes.float16.code }
      : given;
  };
  const narrow = (info: OnnxValueInfo) =>
    info.type.kind === 'tensor' && info.type.dtype === 'float32' ? retyped(info, { dtype: 'float16' }) : info;
  const halfNode = (each: OnnxNode): OnnxNode => ({
    ...each,
    attributes: each.attributes.map((given) => attribute(given, each.opType)),
  });
  /** The body of a node, all of float16. */
  const inner = (graph: OnnxGraph): OnnxGraph => ({
    ...graph,
    nodes: graph.nodes.map(halfNode),
    initializers: graph.initializers.map(tensor),
    inputs: graph.inputs.map(narrow),
    outputs: graph.outputs.map(narrow),
    valueInfo: graph.valueInfo.map(narrow),
  });
  const forms = formsOf(model.graph, kept);
  const madeWhole = new Set([...kept].flatMap(({ outputs }) => outputs));
  const graph: OnnxGraph = {
    ...model.graph,
    nodes: [
      ...forms.castsOfInputs,
      ...model.graph.nodes.flatMap((each) => [
        renamed(kept.has(each) ? each : halfNode(each), (name) => forms.nameOf(name, kept.has(each))),
        ...(forms.castsAfter.get(each) ?? []),
      ]),
    ],
    initializers: model.graph.initializers.flatMap((each) => {
      const form = forms.weights.get(each.name);
      const whole = form === undefined ? [] : [{ ...each, name: forms.nameOf(each.name, true) }];
      return form === 'whole' ? whole : [tensor(each), ...whole];
    }),
    // Types of what a value was before have its name no more.
    valueInfo: model.graph.valueInfo.flatMap((info) => {
      if (madeWhole.has(info.name)) return [info];
      return forms.nameOf(info.name, false) === info.name ? [narrow(info)] : [];
    }),
  };
  return {
    model: described({ ...model, graph }, { precision: 'float16' }),
    loss: { overflowed, vanished },
  };
}

/** Under which names a graph has its values in float32 and in float16, and the casts from one to the other. */
interface Forms {
  nameOf(value: string, isKept: boolean): string;
  readonly castsOfInputs: readonly OnnxNode[];
  readonly castsAfter: ReadonlyMap<OnnxNode, readonly OnnxNode[]>;
  /** Weights that what is kept reads: whole where nothing else does. */
  readonly weights: ReadonlyMap<string, 'whole' | 'both'>;
}

function formsOf(graph: OnnxGraph, kept: ReadonlySet<OnnxNode>): Forms {
  const free = freeNames(graph);
  const typed = new Map(
    [...graph.inputs, ...graph.outputs, ...graph.valueInfo].map(({ name, type }) => [
      name,
      type.kind === 'tensor' ? type.dtype : undefined,
    ]),
  );
  // Of what nothing is said, what a network computes.
  const isFloat = (name: string) => name !== '' && (typed.get(name) ?? 'float32') === 'float32';
  const readBy = (nodes: readonly OnnxNode[]) => readsOf({ ...graph, nodes, outputs: [] });
  const readKept = readBy(graph.nodes.filter((each) => kept.has(each)));
  const readOther = readBy(graph.nodes.filter((each) => !kept.has(each)));
  const answers = new Set(graph.outputs.map(({ name }) => name));
  const initial = new Map(graph.initializers.map((each) => [each.name, each]));
  const [whole, half] = [new Map<string, string>(), new Map<string, string>()];
  const cast = (from: string, to: string, dtype: 'float16' | 'float32') =>
    node(
      free(`${from}.cast`),
      'Cast',
      [from],
      [to],
      [{ name: 'to', kind: 'int', value: dataTypes[dtype].code }],
    );
  /** Of a value in float32: that in float16, where anything reads it. */
  const narrowed = (name: string): OnnxNode[] => {
    if (!isFloat(name) || !readOther.has(name)) return [];
    const narrow = free(`${name}.half`);
    half.set(name, narrow);
    return [cast(name, narrow, 'float16')];
  };
  /** Of a value in float16: that in float32, where it is an answer or what is kept reads it. */
  const widened = (name: string): OnnxNode[] => {
    if (!isFloat(name) || !(answers.has(name) || readKept.has(name))) return [];
    const [map, form] = answers.has(name) ? [half, 'half'] : [whole, 'float'];
    map.set(name, free(`${name}.${form}`));
    const [from, to] = [half.get(name) ?? name, whole.get(name) ?? name];
    return [cast(from, to, 'float32')];
  };
  const weights = new Map<string, 'whole' | 'both'>();
  for (const { name, dtype } of graph.initializers) {
    if (dtype !== 'float32' || !readKept.has(name)) continue;
    weights.set(name, readOther.has(name) ? 'both' : 'whole');
    if (readOther.has(name)) whole.set(name, free(`${name}.float`));
  }
  const castsOfInputs = graph.inputs.flatMap(({ name }) => (initial.has(name) ? [] : narrowed(name)));
  const castsAfter = new Map(
    graph.nodes.map((each) => [each, each.outputs.flatMap(kept.has(each) ? narrowed : widened)]),
  );
  const nameOf = (value: string, isKept: boolean) => (isKept ? whole : half).get(value) ?? value;
  return { nameOf, castsOfInputs, castsAfter, weights };
}

/** What a node reads and makes under other names, the bodies in it too. */
function renamed(each: OnnxNode, nameOf: (name: string) => string): OnnxNode {
  return {
    ...each,
    inputs: each.inputs.map(nameOf),
    outputs: each.outputs.map(nameOf),
    attributes: each.attributes.map((attribute) => captured(attribute, nameOf)),
  };
}

/** A body reads values of the graph around it by their names. */
function captured(attribute: OnnxAttribute, renamed: (name: string) => string): OnnxAttribute {
  if (attribute.kind !== 'graph') return attribute;
  const { value: body } = attribute;
  const own = new Set([
    ...body.inputs.map(({ name }) => name),
    ...body.initializers.map(({ name }) => name),
    ...body.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const outer = (name: string) => (own.has(name) ? name : renamed(name));
  const nodes = body.nodes.map((each) => ({
    ...each,
    inputs: each.inputs.map(outer),
    attributes: each.attributes.map((inner) => captured(inner, outer)),
  }));
  return { ...attribute, value: { ...body, nodes } };
}
