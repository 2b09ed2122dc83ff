/**
 * Sequences of tensors. How many a sequence holds, and which, is known when a file is read: no graph of ours has
 * sequences, and what is taken out of one is the tensor that was put in. Exporters write them for lists of Python.
 *
 * ONNX operators SequenceEmpty, SequenceConstruct, SequenceInsert, SequenceErase, SequenceAt, SequenceLength,
 * SequenceMap, SplitToSequence, ConcatFromSequence.
 */
import type { OnnxNode } from '../../proto/onnx.ts';
import type { Dim, Value } from '../../src/graph/types.ts';
import { nodeNameOf, readInPlace, type Host, type Place } from './host.ts';
import { materialised, type Known } from './known.ts';
import { lowerNode } from './lower-node.ts';
import { fromFront, listOf } from './lower/lowering.ts';
import { loweringOf } from './lower/lowerings.ts';
import { Misplaced, NodeReader, Unread, Unreadable, needed, numberOf, type Entry } from './node-reader.ts';
import type { Scope } from './scope.ts';

type ReadSequence = (host: Host, place: Place) => void;

const sequenceOps: Readonly<Record<string, ReadSequence>> = {
  SequenceEmpty(_, { node, reader, scope }) {
    reader.ignore('dtype');
    define(scope, node, []);
  },
  SequenceConstruct(_, { node, scope }) {
    define(
      scope,
      node,
      node.inputs.map((_input, i) => entryOf({ node, scope }, i)),
    );
  },
  SequenceInsert(_, place) {
    const items = itemsOf(place);
    const at = positionIn(place, 2, items.length, items.length);
    define(place.scope, place.node, items.toSpliced(at, 0, entryOf(place, 1)));
  },
  SequenceErase(_, place) {
    const items = itemsOf(place);
    define(place.scope, place.node, items.toSpliced(positionIn(place, 1, items.length - 1, -1), 1));
  },
  SequenceAt(_, place) {
    const items = itemsOf(place);
    const item = items[positionIn(place, 1, items.length - 1, undefined)];
    place.scope.set(place.node.outputs[0] ?? '', needed(item, 'position'));
  },
  SequenceLength(host, place) {
    const known: Known = { dtype: 'int64', shape: [], data: [itemsOf(place).length] };
    let made: Value | undefined;
    place.scope.set(place.node.outputs[0] ?? '', {
      dtype: 'int64',
      shape: [],
      known: () => known,
      value: () => (made ??= materialised(host.b, known)),
    });
  },
  SequenceMap: mapped,
  SplitToSequence: split,
  ConcatFromSequence: joined,
};

/** Ops whose inputs or outputs are sequences. */
export const sequenceOpNames: readonly string[] = Object.keys(sequenceOps);

/** How a node is read that has to do with sequences; undefined of others. */
export function sequenceReading(node: OnnxNode, scope: Scope): ReadSequence | undefined {
  if (node.domain !== '') return undefined;
  if (Object.hasOwn(sequenceOps, node.opType)) return sequenceOps[node.opType];
  const isCopy = node.opType === 'Identity' && scope.get(node.inputs[0] ?? '')?.items !== undefined;
  return isCopy ? (_, place) => define(place.scope, place.node, itemsOf(place)) : undefined;
}

function define(scope: Scope, node: Pick<OnnxNode, 'outputs'>, items: readonly Entry[], index = 0): void {
  const name = node.outputs[index] ?? '';
  scope.set(name, {
    dtype: items[0]?.dtype ?? 'float32',
    shape: [],
    items,
    value: () => {
      throw new Unreadable(`takes "${name}", a sequence, for a tensor`);
    },
  });
}

function entryOf({ node, scope }: Pick<Place, 'node' | 'scope'>, index: number): Entry {
  const name = node.inputs[index] ?? '';
  if (name === '') throw new Unreadable(`leaves out input ${index}, which it needs`);
  const entry = scope.get(name);
  if (entry === undefined) throw new Unread();
  return entry;
}

function itemsOf(place: Pick<Place, 'node' | 'scope'>, index = 0): readonly Entry[] {
  const { items } = entryOf(place, index);
  if (items === undefined) {
    throw new Unreadable(`takes "${place.node.inputs[index]}", a tensor, for a sequence`);
  }
  return items;
}

/** A position from the front or, below 0, from behind, where `last` is the last that there may be. */
function positionIn(place: Place, index: number, last: number, fallback: number | undefined): number {
  const given = place.reader.number(index, 'position') ?? needed(fallback, 'position');
  const count = itemsOf(place).length;
  const at = fromFront(given, count);
  if (at >= 0 && at <= last) return at;
  throw new Misplaced(`has the position ${given} in a sequence of ${count}`);
}

/** The body in place, once for each item. */
function mapped(host: Host, place: Place): void {
  const { node, reader, scope, path } = place;
  const body = reader.graph('body');
  reader.finish();
  const others = node.inputs.slice(1).map((_, i) => entryOf(place, i + 1));
  const rows = itemsOf(place).map((item, i) => {
    const given = [item, ...others.map((other) => (other.items === undefined ? other : other.items[i]))];
    if (given.includes(undefined)) throw new Unreadable('goes along sequences of different lengths');
    const made = readInPlace(host, body, scope, `${path}${nodeNameOf(node)}.${i}.`, given);
    const whole = made.filter((entry) => entry !== undefined);
    if (whole.length < made.length) throw new Unread();
    return whole;
  });
  node.outputs.forEach((_, i) =>
    define(
      scope,
      node,
      rows.flatMap((row) => row[i] ?? []),
      i,
    ),
  );
}

/** Parts of equal extent, the last one smaller where they do not come out even, or of given extents. */
function split(host: Host, { node, reader, scope, path }: Place): void {
  const x = reader.tensor(0);
  const dtype = reader.dtype(0);
  const axis = fromFront(reader.int('axis', 0), x.type.shape.length);
  const keepsAxis = reader.flag('keepdims', 1) === 1 || reader.has(1);
  const given = reader.has(1) ? reader.known(1, 'split') : undefined;
  const sizes = reader.has(1) ? reader.numbers(1, 'split') : undefined;
  reader.finish();
  const extent = numberOf(x.type.shape[axis], 'the extent that it splits');
  const parts = given?.shape.length === 1 ? needed(sizes, 'split') : evenly(extent, sizes?.[0] ?? 1);
  const made = host.b.scope(path + nodeNameOf(node), () => {
    const values = host.b.node('Split', [x], { axis, split: parts });
    return keepsAxis ? values : values.map((value) => host.b.op('Squeeze', [value], { axes: [axis] }));
  });
  define(
    scope,
    node,
    made.map((value) => ({ dtype, shape: value.type.shape, value: () => value })),
  );
}

function evenly(extent: number, size: number): readonly number[] {
  if (size < 1) throw new Unreadable(`splits into parts of ${size}`);
  return listOf(Math.ceil(extent / size), (i) => Math.min(size, extent - i * size));
}

/** As a Concat of the items, each with an axis of its own before where a new one is asked for. */
function joined(host: Host, place: Place): void {
  const { node, reader, scope, path } = place;
  const items = itemsOf(place);
  const axis = reader.int('axis');
  const isNew = reader.flag('new_axis', 0) === 1;
  reader.finish();
  const [first] = items;
  if (first === undefined) throw new Unreadable('joins no tensors');
  const at = fromFront(axis, first.shape.length + (isNew ? 1 : 0));
  const entries = isNew ? items.map((item) => widened(host, item, at)) : items;
  const concat: OnnxNode = {
    ...node,
    opType: 'Concat',
    inputs: entries.map((_, i) => `${i}`),
    attributes: [{ name: 'axis', kind: 'int', value: at }],
  };
  const lower = needed(loweringOf('', 'Concat'), 'lowering');
  const source = { b: host.b, opset: scope.opset, entry: (name: string) => entries[Number(name)] };
  lowerNode(host, { node: concat, reader: new NodeReader(concat, source), scope, path }, lower);
}

function widened({ b }: Host, item: Entry, axis: number): Entry {
  const wide = <T>(shape: readonly T[], one: T) => shape.toSpliced(axis, 0, one);
  let made: Value | undefined;
  return {
    dtype: item.dtype,
    shape: wide<Dim>(item.shape, 1),
    known: () => {
      const known = item.known?.();
      return known === undefined ? undefined : { ...known, shape: wide(known.shape, 1) };
    },
    value: () => (made ??= b.op('Unsqueeze', [item.value()], { axes: [axis] })),
  };
}
