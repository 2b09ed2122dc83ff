/**
 * A Scan, as one of ours. That of opset 8 has batches in front of everything, which its body knows nothing of: one along the
 * batch, of which each step is one along the sequence.
 */
import { inline, sameInput } from '../../src/graph/inline.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph, Value } from '../../src/graph/types.ts';
import type { OnnxDataType, OnnxGraph } from '../../proto/onnx.ts';
import { nodeNameOf, readInPlace, type Host, type Place } from './host.ts';
import { isShort, stacked } from './loop.ts';
import { flipped, moved, scalarOf, slice, where } from './lower/lowering.ts';
import { positions } from './lower/shape.ts';
import { needed, Unread, Unreadable, type Entry, type NodeReader } from './node-reader.ts';
import type { GivenInput } from './surroundings.ts';

/** Along which axis, and in which order, each sequence of a Scan is read or written. */
function directionsOf(reader: NodeReader, which: 'input' | 'output', count: number) {
  const axes = reader.ints(`scan_${which}_axes`) ?? [];
  const backwards = reader.ints(`scan_${which}_directions`) ?? [];
  return Array.from({ length: count }, (_, i) => ({ axis: axes[i] ?? 0, backwards: backwards[i] === 1 }));
}

/** A Scan: what its body takes from here becomes inputs of the node. */
export function readScan(host: Host, place: Place): void {
  const { node, reader, scope, path } = place;
  if (reader.opset < 9) {
    readOfBatches(host, place);
    return;
  }
  const { b } = host;
  const sequences = reader.int('num_scan_inputs');
  const given = node.inputs.map((_, i) => reader.tensor(i));
  const states = given.length - sequences;
  const along = directionsOf(reader, 'input', sequences);
  const body = reader.graph('body');
  const written = directionsOf(reader, 'output', body.outputs.length - states);
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
  const define = (value: Value, i: number, dtype: OnnxDataType): void => {
    const name = node.outputs[i] ?? '';
    const direction = written[i - states];
    const forward = direction?.backwards === true ? flipped(b, value, 0) : value;
    const whole = direction === undefined ? forward : moved(b, forward, direction.axis, 'back');
    host.claim(whole, name, node, i, scope, path);
    scope.set(name, { dtype, shape: whole.type.shape, value: () => whole });
  };
  const length = own[states]?.type.shape[0];
  reader.finish();
  // What a run has to tell is another number at each step.
  if (reader.mayAsk && typeof length === 'number' && length > 0 && isShort(host, body, length)) {
    const steps = own.map((value, i) => ({ value, dtype: reader.dtype(i) }));
    readSteps(host, place, { body, given: steps, states, length }).forEach((entry, i) =>
      define(entry.value(), i, entry.dtype),
    );
    return;
  }
  const { graph, captured, outputTypes } = host.body(body, node, scope, inputs);
  const attributes = { body: graph, states, sequences };
  const made = b.scope(path + nodeNameOf(node), () => b.node('Scan', [...own, ...captured], attributes));
  const types = [...outputTypes.values()];
  made.forEach((value, i) => define(value, i, types[i] ?? 'float32'));
}

interface Steps {
  readonly body: OnnxGraph;
  /** States, and sequences along their first axis. */
  readonly given: readonly { readonly value: Value; readonly dtype: OnnxDataType }[];
  readonly states: number;
  readonly length: number;
}

/** One step after the other, in place of the node. */
function readSteps(
  host: Host,
  { node, scope, path }: Place,
  { body, given, states, length }: Steps,
): readonly Entry[] {
  const { b } = host;
  if (length === 0) throw new Unreadable('has no steps that it could be read by');
  const entryOf = (value: Value, dtype: OnnxDataType): Entry => ({
    dtype,
    shape: value.type.shape,
    value: () => value,
  });
  let carried = given.slice(0, states).map(({ value, dtype }) => entryOf(value, dtype));
  const rows: (readonly Entry[])[] = [];
  for (let step = 0; step < length; step++) {
    const slices = given
      .slice(states)
      .map(({ value, dtype }) =>
        entryOf(b.op('Squeeze', [slice(b, value, 0, step, step + 1)], { axes: [0] }), dtype),
      );
    const inner = `${path}${nodeNameOf(node)}.${step}.`;
    const made = readInPlace(host, body, scope, inner, [...carried, ...slices]);
    const whole = made.filter((entry) => entry !== undefined);
    if (whole.length < made.length) throw new Unread();
    carried = whole.slice(0, states);
    rows.push(whole.slice(states));
  }
  const every = body.outputs.slice(states).flatMap((_, i) => {
    const entries = rows.map((row) => row[i]);
    return stacked(b, entries, undefined) ?? [];
  });
  return [...carried, ...every];
}

/** Inputs: how long each sequence is, where they differ; states [batch, …]; sequences [batch, length, …]. */
function readOfBatches(host: Host, { node, reader, scope, path }: Place): void {
  const { b } = host;
  const sequences = reader.int('num_scan_inputs');
  const directions = reader.ints('directions') ?? [];
  const given = node.inputs.slice(1).map((_, i) => reader.tensor(i + 1));
  const states = given.length - sequences;
  const inputs = given.map((value, i): GivenInput => {
    const { shape } = value.type;
    return { dtype: reader.dtype(i + 1), shape: shape.slice(i < states ? 1 : 2) };
  });
  const { graph, captured, outputTypes } = host.body(reader.graph('body'), node, scope, inputs);
  reader.finish();
  const lengths = reader.has(0) ? reader.tensor(0) : undefined;
  if (lengths !== undefined && directions.includes(1)) {
    throw new Unreadable('goes backwards along sequences of different lengths');
  }
  const row = rowOf(graph, { given, states, sequences, captured, directions, isCut: lengths !== undefined });
  const rows = lengths === undefined ? given : [...given, lengths];
  const attributes = { body: row, states: 0, sequences: rows.length };
  const made = b.scope(path + nodeNameOf(node), () => b.node('Scan', [...rows, ...captured], attributes));
  const types = [...outputTypes.values()];
  made.forEach((value, i) => {
    const name = node.outputs[i] ?? '';
    host.claim(value, name, node, i, scope, path);
    scope.set(name, { dtype: types[i] ?? 'float32', shape: value.type.shape, value: () => value });
  });
}

interface Row {
  readonly given: readonly Value[];
  readonly states: number;
  readonly sequences: number;
  readonly captured: readonly Value[];
  readonly directions: readonly number[];
  /** Whether a row ends before its sequences do. */
  readonly isCut: boolean;
}

/** What is done with one row of the batch: (states…, sequences…, its length, captured…) → (last states…, stacked outputs…). */
function rowOf(body: Graph, { given, states, sequences, captured, directions, isCut }: Row): Graph {
  const b = new GraphBuilder();
  const own = given.map(({ type: { dtype, shape } }, i) => b.input(`row ${i}`, shape.slice(1), { dtype }));
  const length = isCut ? b.input('length', [], { dtype: 'int64' }) : undefined;
  const around = captured.map(({ type: { dtype, shape } }, i) => b.input(`taken ${i}`, shape, { dtype }));
  const turned = own.map((value, i) => (directions[i - states] === 1 ? flipped(b, value, 0) : value));
  const made =
    length === undefined
      ? b.node('Scan', [...turned, ...around], { body, states, sequences })
      : b.node(
          'Scan',
          [
            ...turned,
            b.op('Cast', [positions(b, needed(turned[states]?.type.shape[0], 'sequence'))], { to: 'int64' }),
            ...around,
            length,
          ],
          { body: cut(body, states, sequences), states, sequences: sequences + 1 },
        );
  const outputs = Object.fromEntries(made.map((value, i) => [`${i}`, value]));
  return b.finish('row', outputs, [...own, ...(length === undefined ? [] : [length]), ...around]);
}

/**
 * The same step, told at which it is and at which the sequence ends: from there on states stay, and outputs, of which ONNX says
 * nothing, are 0.
 */
function cut(body: Graph, states: number, sequences: number): Graph {
  const b = new GraphBuilder();
  const own = body.inputs.slice(0, states + sequences).map((input) => sameInput(b, input));
  const free = (name: string): string =>
    body.inputs.some(({ value }) => value.name === name) ? free(`${name}'`) : name;
  const step = b.input(free('step'), [], { dtype: 'int64' });
  const around = body.inputs.slice(states + sequences).map((input) => sameInput(b, input));
  const length = b.input(free('length'), [], { dtype: 'int64' });
  const inside = [...own, ...around];
  const made = inline(b, body, (input) => needed(inside[body.inputs.indexOf(input)], 'input'));
  const isOn = b.op('Less', [step, length]);
  const outputs = [...made.values()].map((value, i) => {
    const { dtype, shape } = value.type;
    const rest = own[i < states ? i : -1] ?? b.op('Expand', [scalarOf(b, dtype, 0)], { shape });
    return [`${i}`, where(b, isOn, value, rest)] as const;
  });
  return b.finish('step', Object.fromEntries(outputs), [...own, step, ...around, length]);
}
