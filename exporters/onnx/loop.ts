/**
 * A Loop. Where the number of its rounds is known and small, each is read in place of the node, one after the other;
 * otherwise, where it goes on until that number is reached, it is a Scan along the numbers of the rounds.
 */
import type { OnnxGraph, OnnxTensor } from '../../proto/onnx.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import type { Dim, Value } from '../../src/graph/types.ts';
import { chosen, nodeNameOf, readInPlace, scalar, type Host, type Place } from './host.ts';
import { knownOf } from './known.ts';
import { slice } from './lower/lowering.ts';
import { positions } from './lower/shape.ts';
import { Endless, Unread, Unreadable, type Entry } from './node-reader.ts';
import type { GivenInput } from './surroundings.ts';

/** More rounds than this are not read in place, nor more nodes in all of them, with what these call and hold. */
const mostRounds = 256;
const mostNodes = 20_000;

/** Whether so many rounds are read one after the other. */
export function isShort(host: Host, body: OnnxGraph, rounds: number): boolean {
  return rounds <= mostRounds && rounds * host.sizeOf(body.nodes) <= mostNodes;
}

/** So many rounds of which only a run can tell whether they are gone are computed, all of them. */
function mostOpenRounds(host: Host, body: OnnxGraph): number {
  return Math.max(mostRounds, Math.floor(mostNodes / Math.max(1, host.sizeOf(body.nodes))));
}

/** Inputs: how many rounds at most, whether there is a first one, and what each round hands to the next. */
export function readLoop(host: Host, place: Place): void {
  const { node, reader } = place;
  const body = reader.graph('body');
  const often = `computes how often it goes round ("${node.inputs[0]}"), which must be constant`;
  const count = reader.known(0, 'rounds', often)?.data[0];
  const begins = reader.mayAsk ? reader.known(1, 'condition') : reader.knownOrNot(1);
  const first = reader.has(1) ? begins?.data[0] : 1;
  const rounds = typeof count === 'number' ? count : undefined;
  const endless = rounds === undefined || !isShort(host, body, rounds);
  // One less than an extent is less than none where that is 0.
  const mayBeNone = typeof count === 'string' && count.includes('-');
  if (typeof first === 'number' && first !== 0 && endless && !mayBeNone && isAlwaysTrue(body, place)) {
    if (count === undefined) throw new Endless('never ends');
    readLongLoop(host, place, body, count);
  } else if (typeof count === 'string') {
    throw new Unreadable(
      `goes round as often as the open extent ${count} says, which no graph of all extents can`,
    );
  } else readRounds(host, place, body, rounds ?? mostRounds, first);
}

/** Whether a body says "go on" whatever happens. */
function isAlwaysTrue(body: OnnxGraph, { scope }: Place): boolean {
  const makers = new Map(body.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const tensors = new Map(body.initializers.map((tensor) => [tensor.name, tensor]));
  let name = body.outputs[0]?.name ?? '';
  for (let steps = 0; steps <= body.nodes.length; steps++) {
    if (name === body.inputs[1]?.name) return true;
    const tensor = tensors.get(name);
    const maker = makers.get(name);
    const value = maker?.attributes.find((attribute) => attribute.name === 'value');
    const held = tensor ?? (value?.kind === 'tensor' ? value.value : undefined);
    if (held !== undefined) return knownOf(held)?.data[0] === 1;
    if (maker === undefined) {
      const isHandedOn = body.inputs.some((input) => input.name === name);
      return !isHandedOn && scope.get(name)?.known?.()?.data[0] === 1;
    }
    if (maker.opType !== 'Identity' && maker.opType !== 'Cast') return false;
    name = maker.inputs[0] ?? '';
  }
  return false;
}

/**
 * One round after the other, until the body says that it is the last. Where only a run can tell, all are computed, and
 * what the last one that counts hands on is chosen.
 */
function readRounds(
  host: Host,
  { node, reader, scope, path }: Place,
  body: OnnxGraph,
  rounds: number,
  first: Dim | undefined,
): void {
  const { b } = host;
  reader.finish();
  const states = node.inputs.length - 2;
  let carried: readonly Entry[] = node.inputs.slice(2).map((name) => {
    const entry = scope.get(name);
    if (entry === undefined) throw new Unread();
    return entry;
  });
  const rows: Entry[][] = [];
  let goesOn: Dim | Value | undefined = first ?? scalar(b, reader.tensor(1));
  let round = 0;
  /** How many rounds there are, where only a run can tell. */
  let count: Value = wholeOf(b, 0);
  const oneRound = (carried: readonly Entry[]): readonly Entry[] => {
    const [iteration, condition] = [constantEntry(b, 'int64', round), constantEntry(b, 'bool', 1)];
    const inner = `${path}${nodeNameOf(node)}.${round}.`;
    const made = readInPlace(host, body, scope, inner, [iteration, condition, ...carried]);
    const whole = made.filter((entry) => entry !== undefined);
    if (whole.length < made.length) throw new Unread();
    return whole;
  };
  const mostOpen = mostOpenRounds(host, body);
  for (; round < rounds && goesOn !== 0; round++) {
    if (typeof goesOn === 'object' && round === mostOpen) throw new Unreadable(mayGoOn(round));
    const isCertain: boolean = rounds !== undefined && typeof goesOn === 'number';
    const made: readonly Entry[] = isCertain ? oneRound(carried) : host.perhaps(() => oneRound(carried));
    const [next, ...results] = made;
    const active: Value | undefined = typeof goesOn === 'object' ? goesOn : undefined;
    count = b.op('Add', [
      count,
      active === undefined ? wholeOf(b, 1) : b.op('Cast', [active], { to: 'int64' }),
    ]);
    const before = carried;
    carried = results
      .slice(0, states)
      .map((entry, i) => (active === undefined ? entry : kept(b, active, entry, before[i] ?? entry)));
    rows.push(results.slice(states));
    const told = next?.known?.()?.data[0];
    if (typeof told === 'number') goesOn = told === 0 ? 0 : goesOn;
    else {
      const value = scalar(b, next?.value() ?? b.constant(0));
      goesOn = active === undefined ? value : b.op('Where', [active, value, active]);
    }
    if (typeof goesOn === 'object' && results.length > states && !reader.mayAsk)
      throw new Unreadable(openEnd);
  }
  if (round === rounds && goesOn !== 0 && !reader.has(0)) {
    throw new Unreadable(mayGoOn(round));
  }
  const isOpen = typeof goesOn === 'object' && (rows[0]?.length ?? 0) > 0;
  const told = isOpen ? reader.toldNumber(`rounds of ${node.outputs.join(' ')}`, count, openEnd) : round;
  // What there would be one of in each round, where there is none: a round is read for it, and nothing of it is kept.
  const like =
    rows[0] ?? (node.outputs.length > states ? host.perhaps(() => oneRound(carried)).slice(1 + states) : []);
  node.outputs.forEach((name, i) => {
    const kinds = rows.slice(0, told).map((row) => row[i - states]);
    const entry = i < states ? carried[i] : stacked(b, kinds, like[i - states]);
    if (entry === undefined) return;
    scope.set(name, entry);
    const { known, items } = entry;
    if (known?.() === undefined && items === undefined) host.claim(entry.value(), name, node, i, scope, path);
  });
}

function mayGoOn(rounds: number): string {
  return `may go round more than ${rounds} times`;
}

const openEnd = 'stops where only a run can tell, and gives as many results as it goes round';

function wholeOf(b: GraphBuilder, value: number): Value {
  return b.op('Constant', [], { dtype: 'int64', shape: [], values: [value] });
}

function kept(b: GraphBuilder, active: Value, now: Entry, before: Entry): Entry {
  const value = chosen(b, active, now, before);
  return { dtype: now.dtype, shape: value.type.shape, value: () => value };
}

function constantEntry(b: GraphBuilder, dtype: 'int64' | 'bool', value: number): Entry {
  let made: Value | undefined;
  return {
    dtype,
    shape: [],
    known: () => ({ dtype, shape: [], data: [value] }),
    value: () => (made ??= b.op('Constant', [], { dtype, shape: [], values: [value] })),
  };
}

/** What each round gives, along a new first axis, which is empty where there is no round. */
export function stacked(
  b: GraphBuilder,
  rows: readonly (Entry | undefined)[],
  like: Entry | undefined,
): Entry | undefined {
  const entries = rows.filter((entry) => entry !== undefined);
  const first = entries[0] ?? like;
  if (first === undefined) return undefined;
  const wide = (entries.length === 0 ? [first] : entries).map((entry) =>
    b.op('Unsqueeze', [entry.value()], { axes: [0] }),
  );
  const whole = wide.length === 1 && wide[0] !== undefined ? wide[0] : b.op('Concat', wide, { axis: 0 });
  const value = entries.length === 0 ? slice(b, whole, 0, 0, 0) : whole;
  return { dtype: first.dtype, shape: value.type.shape, value: () => value };
}

/** As a Scan along the numbers of the rounds, of which there may be as many as an open extent says. */
function readLongLoop(host: Host, { node, reader, scope, path }: Place, body: OnnxGraph, rounds: Dim): void {
  const { b } = host;
  const states = node.inputs.length - 2;
  const carried = Array.from({ length: states }, (_, i) => reader.tensor(i + 2));
  const [iteration, condition, ...own] = body.inputs;
  if (iteration === undefined || condition === undefined) throw new Unreadable('has a body without inputs');
  const always: OnnxTensor = { name: condition.name, dtype: 'bool', dims: [], data: Uint8Array.of(1) };
  const scanned: OnnxGraph = {
    ...body,
    inputs: [...own, iteration],
    initializers: [...body.initializers, always],
    outputs: body.outputs.slice(1),
  };
  const given = [
    ...carried.map((value, i): GivenInput => ({ dtype: reader.dtype(i + 2), shape: value.type.shape })),
    { dtype: 'int64', shape: [] } as const,
  ];
  const { graph, captured, outputTypes } = host.body(scanned, node, scope, given);
  reader.finish();
  const numbers = b.op('Cast', [positions(b, rounds)], { to: 'int64' });
  const made = b.scope(path + nodeNameOf(node), () =>
    b.node('Scan', [...carried, numbers, ...captured], { body: graph, states, sequences: 1 }),
  );
  const types = [...outputTypes.values()];
  made.forEach((value, i) => {
    const name = node.outputs[i] ?? '';
    host.claim(value, name, node, i, scope, path);
    scope.set(name, { dtype: types[i] ?? 'float32', shape: value.type.shape, value: () => value });
  });
}
