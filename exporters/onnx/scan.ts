/**
 * A Scan, as one of ours. That of opset 8 has batches in front of everything, which its body knows nothing of: one along the
 * batch, of which each step is one along the sequence.
 */
import { inline, sameInput } from '../../src/graph/inline.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph, Value } from '../../src/graph/types.ts';
import { nodeNameOf, type Host, type Place } from './host.ts';
import { flipped, moved, scalarOf, where } from './lower/lowering.ts';
import { positions } from './lower/shape.ts';
import { needed, Unreadable, type NodeReader } from './node-reader.ts';
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
