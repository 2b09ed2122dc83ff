/**
 * Nodes that hold graphs, and calls of functions. A function, and the branch that an If takes, are read in place of the
 * node; a Scan keeps its body, as one of ours. A Loop is either (`loop.ts`).
 */
import type { OnnxFunction } from '../../proto/onnx.ts';
import { chosen, nodeNameOf, readInPlace, type Host, type Place } from './host.ts';
import { readLoop } from './loop.ts';
import { readScan } from './scan.ts';
import { Scope } from './scope.ts';

type ReadNested = (host: Host, place: Place) => void;

/** Ops of ONNX that hold graphs. */
export const nestedOps: ReadonlyMap<string, ReadNested> = new Map([
  ['Scan', readScan],
  ['If', readIf],
  ['Loop', readLoop],
]);

/** The branch that is taken; where only a run can tell, both, and a choice between what they give. */
function readIf(host: Host, { node, reader, scope, path }: Place): void {
  // Where a run can be asked, the other branch is left alone: it may have no meaning for what is fed.
  const condition = (reader.mayAsk ? reader.known(0, 'condition') : reader.knownOrNot(0))?.data[0];
  const branch = (name: 'then_branch' | 'else_branch') =>
    readInPlace(host, reader.graph(name), scope, `${path}${nodeNameOf(node)}.`, []);
  const either = (name: 'then_branch' | 'else_branch') => host.perhaps(() => branch(name));
  if (typeof condition === 'number') {
    const taken = branch(condition === 0 ? 'else_branch' : 'then_branch');
    node.outputs.forEach((name, i) => {
      const entry = taken[i];
      if (entry !== undefined) scope.set(name, entry);
    });
    return;
  }
  const choice = reader.tensor(0);
  const [yes, no] = [either('then_branch'), either('else_branch')];
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
    const outer = node.inputs[i] ?? '';
    const entry = around.get(outer);
    if (entry !== undefined) scope.set(name, entry);
    else scope.guess(name, around.shapeOf(outer));
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
    else around.guess(target, scope.madeShape(name));
  });
}
