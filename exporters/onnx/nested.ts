/**
 * Nodes that hold graphs, and calls of functions. A function, and the branch that an If takes, are read in place of the
 * node; a Scan keeps its body, as one of ours. A Loop is either (`loop.ts`).
 */
import type { OnnxFunction } from '../../proto/onnx.ts';
import { chosen, nodeNameOf, readInPlace, type Host, type Place } from './host.ts';
import { readLoop } from './loop.ts';
import { flipped, moved } from './lower/lowering.ts';
import type { NodeReader } from './node-reader.ts';
import { Scope } from './scope.ts';
import type { GivenInput } from './surroundings.ts';

type ReadNested = (host: Host, place: Place) => void;

/** Ops of ONNX that hold graphs. */
export const nestedOps: ReadonlyMap<string, ReadNested> = new Map([
  ['Scan', readScan],
  ['If', readIf],
  ['Loop', readLoop],
]);

/** Along which axis, and in which order, each sequence of a Scan is read or written. */
function directionsOf(reader: NodeReader, which: 'input' | 'output', count: number) {
  const axes = reader.ints(`scan_${which}_axes`) ?? [];
  const backwards = reader.ints(`scan_${which}_directions`) ?? [];
  return Array.from({ length: count }, (_, i) => ({ axis: axes[i] ?? 0, backwards: backwards[i] === 1 }));
}

/** A Scan: what its body takes from here becomes inputs of the node. */
function readScan(host: Host, { node, reader, scope, path }: Place): void {
  const { b } = host;
  const sequences = reader.int('num_scan_inputs');
  const given = node.inputs.map((_, i) => reader.tensor(i));
  const states = given.length - sequences;
  const along = directionsOf(reader, 'input', sequences);
  const own = given.map((value, i) => {
    const direction = along[i - states];
    if (direction === undefined) return value;
    const first = moved(b, value, direction.axis, 'front');
    return direction.backwards ? flipped(b, first, 0) : first;
  });
  const inputs = own.map((value, i): GivenInput => {
    const { shape } = value.type;
    return { dtype: reader.dtype(i), shape: i < states ? shape : shape.slice(1) };
  });
  const { graph, captured, outputTypes } = host.body(reader.graph('body'), node, scope, inputs);
  const written = directionsOf(reader, 'output', graph.outputs.length - states);
  reader.finish();
  const attributes = { body: graph, states, sequences };
  const made = b.scope(path + nodeNameOf(node), () => b.node('Scan', [...own, ...captured], attributes));
  const types = [...outputTypes.values()];
  made.forEach((value, i) => {
    const name = node.outputs[i] ?? '';
    const direction = written[i - states];
    const forward = direction?.backwards === true ? flipped(b, value, 0) : value;
    const whole = direction === undefined ? forward : moved(b, forward, direction.axis, 'back');
    host.claim(whole, name, node, i, scope, path);
    scope.set(name, { dtype: types[i] ?? 'float32', shape: whole.type.shape, value: () => whole });
  });
}

/** The branch that is taken; where only a run can tell, both, and a choice between what they give. */
function readIf(host: Host, { node, reader, scope, path }: Place): void {
  // Where a run can be asked, the other branch is left alone: it may have no meaning for what is fed.
  const condition = (reader.mayAsk ? reader.known(0, 'condition') : reader.knownOrNot(0))?.data[0];
  const branch = (name: 'then_branch' | 'else_branch') =>
    readInPlace(host, reader.graph(name), scope, `${path}${nodeNameOf(node)}.`, []);
  if (typeof condition === 'number') {
    const taken = branch(condition === 0 ? 'else_branch' : 'then_branch');
    node.outputs.forEach((name, i) => {
      const entry = taken[i];
      if (entry !== undefined) scope.set(name, entry);
    });
    return;
  }
  const choice = reader.tensor(0);
  const [yes, no] = [branch('then_branch'), branch('else_branch')];
  node.outputs.forEach((name, i) => {
    const [a, b] = [yes[i], no[i]];
    if (a === undefined || b === undefined) return;
    const value = chosen(host.b, choice, a, b);
    host.claim(value, name, node, i, scope, path);
    scope.set(name, { dtype: a.dtype, shape: value.type.shape, value: () => value });
  });
}

/** A function of the model, read in place of its call. */
export function readCall(host: Host, { node, scope: around, path }: Place, definition: OnnxFunction): void {
  const opset = definition.opsets.find(({ domain }) => domain === '')?.version ?? around.opset;
  const scope = new Scope(opset);
  definition.inputs.forEach((name, i) => {
    const entry = around.get(node.inputs[i] ?? '');
    if (entry !== undefined) scope.set(name, entry);
  });
  const given = new Map([...(definition.defaults ?? []), ...node.attributes].map((one) => [one.name, one]));
  const inner = `${path}${nodeNameOf(node)}.`;
  for (const one of definition.nodes) {
    const attributes = one.attributes.flatMap((attribute) => {
      if (attribute.kind !== 'reference') return [attribute];
      const found = given.get(attribute.refersTo);
      return found === undefined ? [] : [{ ...found, name: attribute.name }];
    });
    host.node({ ...one, attributes }, scope, inner);
  }
  definition.outputs.forEach((name, i) => {
    const entry = scope.get(name);
    const target = node.outputs[i] ?? '';
    if (entry !== undefined) around.set(target, entry);
  });
}
