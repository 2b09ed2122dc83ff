/**
 * A model in float16: weights and arithmetic, half the size. Inputs and outputs stay float32, so that nothing around the
 * model has to change.
 */
import {
  dataTypes,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../proto/onnx.ts';
import { fromHalf, toHalf } from '../../proto/half.ts';
import { described, freeNames, node, retyped } from './rewriting.ts';

/** The largest number of float16. */
const largest = 65504;

/** What float16 could not hold of the weights. */
export interface HalfLoss {
  /** Tensors with values beyond ±65504, which became ±65504, each with its largest. */
  readonly overflowed: readonly { readonly name: string; readonly value: number }[];
  /** Values other than 0 that became 0. */
  readonly vanished: number;
}

/** The model, and what it lost. */
export function halved(model: OnnxModel): { readonly model: OnnxModel; readonly loss: HalfLoss } {
  const overflowed: { name: string; value: number }[] = [];
  let vanished = 0;
  const tensor = (given: OnnxTensor): OnnxTensor => {
    if (given.dtype !== 'float32') return given;
    const worst = given.data.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (Math.abs(worst) > largest) overflowed.push({ name: given.name, value: worst });
    const data = Uint16Array.from(given.data, (value) => {
      const half = toHalf(Math.min(largest, Math.max(-largest, value)));
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
  /** A graph all of float16: the body of a node, or the model's before its inputs and outputs are seen to. */
  const inner = (graph: OnnxGraph): OnnxGraph => ({
    ...graph,
    nodes: graph.nodes.map((each) => ({
      ...each,
      attributes: each.attributes.map((given) => attribute(given, each.opType)),
    })),
    initializers: graph.initializers.map(tensor),
    inputs: graph.inputs.map(narrow),
    outputs: graph.outputs.map(narrow),
    valueInfo: graph.valueInfo.map(narrow),
  });
  return {
    model: described({ ...model, graph: wrapped(model.graph, inner(model.graph)) }, { precision: 'float16' }),
    loss: { overflowed, vanished },
  };
}

/** Casts between the float32 of outside and the float16 of inside. */
function wrapped(outside: OnnxGraph, inside: OnnxGraph): OnnxGraph {
  const free = freeNames(inside);
  const isFloat = ({ type }: OnnxValueInfo) => type.kind === 'tensor' && type.dtype === 'float32';
  const cast = (from: string, to: string, dtype: 'float16' | 'float32') =>
    node(
      free(`${from}.cast`),
      'Cast',
      [from],
      [to],
      [{ name: 'to', kind: 'int', value: dataTypes[dtype].code }],
    );
  const initial = new Set(outside.initializers.map(({ name }) => name));
  const given = outside.inputs.filter((info) => isFloat(info) && !initial.has(info.name));
  const narrowed = new Map(given.map(({ name }) => [name, free(`${name}.half`)]));
  const answers = outside.outputs.filter(isFloat);
  const inner = new Map(answers.map(({ name }) => [name, free(`${name}.half`)]));
  const renamed = (name: string) => narrowed.get(name) ?? inner.get(name) ?? name;
  return {
    ...inside,
    inputs: outside.inputs,
    outputs: outside.outputs,
    nodes: [
      ...[...narrowed].map(([name, half]) => cast(name, half, 'float16')),
      ...inside.nodes.map((each) => ({
        ...each,
        inputs: each.inputs.map(renamed),
        outputs: each.outputs.map(renamed),
        attributes: each.attributes.map((attribute) => captured(attribute, renamed)),
      })),
      ...[...inner].map(([name, half]) => cast(half, name, 'float32')),
    ],
    // Types of what a value was before have its name no more.
    valueInfo: inside.valueInfo.filter(({ name }) => renamed(name) === name),
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
