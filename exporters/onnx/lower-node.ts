/** A node of a file → ops of ours: what its row of `lower/` builds, or a known number where all that it needs is known. */
import type { OnnxDataType } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { BrokenRule } from '../../src/graph/infer/rule.ts';
import type { Value } from '../../src/graph/types.ts';
import { outputTypes } from './check/types.ts';
import { folded } from './fold.ts';
import { nodeNameOf, type Host, type Place } from './host.ts';
import { materialised, type Known } from './known.ts';
import type { Lower, Output, Typed } from './lower/lowering.ts';
import { outputMark } from './names.ts';
import { Unread, Unreadable, type NodeReader } from './node-reader.ts';
import { isNarrow, kindOf } from './tensors.ts';

/**
 * Puts what the node makes into the scope.
 *
 * @throws Unreadable, BrokenRule, or NascentError because of one, where the node cannot be one of ours; Unread where an
 * input is not there
 */
export function lowerNode(host: Host, place: Place, lower: Lower): void {
  if (isOutputCopy(place)) return;
  const { node, reader, scope, path } = place;
  const known = node.domain === '' ? attempt(() => folded(reader)) : undefined;
  const open = known?.some(({ data }) => data.some((value) => typeof value === 'string')) ?? false;
  // What hangs on shapes alone is made a tensor only where one is asked for.
  if (known !== undefined && (open || node.opType === 'Shape' || node.opType === 'Size')) {
    declareKnown(host, place, known);
    return;
  }
  try {
    const before = host.b.nodeCount;
    const made = host.b.scope(path + nodeNameOf(node), () => lower(reader));
    reader.finish();
    const told = typesTold(reader);
    const outputs = Array.isArray(made) ? (made as readonly Output[]) : [made as Output];
    node.outputs.forEach((name, i) => {
      const output = outputs[i];
      if (name === '') return;
      if (output === undefined)
        throw new Unreadable(`has an output ${i} ("${name}"), which is not supported`);
      const { value, dtype } = typed(output, told[i], reader);
      if (isNarrow(dtype)) host.madeNarrow(host.b.nodesSince(before), dtype);
      host.claim(value, name, node, i, scope, path);
      scope.set(name, { dtype, shape: value.type.shape, known: () => known?.[i], value: () => value });
    });
  } catch (error) {
    // A known number needs no op to compute it.
    if (known === undefined || !(error instanceof Unreadable || error instanceof NascentError)) throw error;
    declareKnown(host, place, known);
  }
}

function declareKnown({ b }: Host, { node, reader, scope }: Place, known: readonly Known[]): void {
  const told = typesTold(reader);
  node.outputs.forEach((name, i) => {
    const one = known[i];
    if (one === undefined) return;
    const dtype = told[i];
    const same = dtype !== undefined && kindOf(dtype) === one.dtype;
    let value: Value | undefined;
    scope.set(name, {
      dtype: same ? dtype : one.dtype,
      shape: one.shape,
      known: () => one,
      value: () => (value ??= materialised(b, one)),
    });
  });
}

/** Takes away what the exporter added (`names.ts`). */
function isOutputCopy({ node, scope }: Place): boolean {
  const [output = ''] = node.outputs;
  const [input = ''] = node.inputs;
  if (node.opType !== 'Identity' || node.name !== `${output}${outputMark}`) return false;
  const entry = scope.get(input);
  if (entry === undefined) throw new Unread();
  scope.set(output, entry);
  return true;
}

/** Of what types its outputs are by the table of ops, where that says it. */
function typesTold(reader: NodeReader): ReturnType<typeof outputTypes> {
  const { node, opset } = reader;
  const places = new Map<string, number>();
  node.inputs.forEach((name, i) => {
    if (!places.has(name)) places.set(name, i);
  });
  return outputTypes(node, opset, (name) => attempt(() => reader.dtype(places.get(name) ?? -1)));
}

/** An output with its type in the file: the one that is told, or that of the node's first input of its kind. */
function typed(output: Output, told: OnnxDataType | undefined, reader: NodeReader): Typed {
  if ('value' in output) return output;
  const kind = output.type.dtype;
  if (told !== undefined && kindOf(told) === kind) return { value: output, dtype: told };
  const count = reader.node.inputs.length;
  for (let i = 0; i < count; i++) {
    const dtype = reader.has(i) ? attempt(() => reader.dtype(i)) : undefined;
    if (dtype !== undefined && kindOf(dtype) === kind) return { value: output, dtype };
  }
  return { value: output, dtype: kind };
}

/** What `body` gives; undefined where a node lacks something, which is told when it is read. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Unread || error instanceof BrokenRule)
      return undefined;
    throw error;
  }
}
