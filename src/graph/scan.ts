/** Builds a Scan from a function of one step, as `Array.reduce` is given one. */
import { internal } from '../errors.ts';
import { GraphBuilder } from './builder.ts';
import type { Graph, Value } from './types.ts';

type Named<K extends string> = Readonly<Record<K, Value>>;

/** One step, in a builder of its own. */
export interface ScanStep<S extends string, I extends string> {
  readonly b: GraphBuilder;
  /** Each state as it is before the step. */
  readonly states: Named<S>;
  /** The step's slice of each sequence. */
  readonly slices: Named<I>;
  /** A value of the graph around, the same at every step. */
  readonly outer: (value: Value) => Value;
}

/** What a step gives: each state as it is next, and what is to be stacked. */
export interface ScanResult<S extends string, O extends string> {
  readonly states: Named<S>;
  readonly outputs: Named<O>;
}

/**
 * Runs `step` along the first axis of `sequences`.
 *
 * Returns the states after the last step, and the outputs of all steps stacked along a new first axis.
 */
export function scan<S extends string, I extends string, O extends string>(
  b: GraphBuilder,
  over: { readonly states: Named<S>; readonly sequences: Named<I> },
  step: (one: ScanStep<S, I>) => ScanResult<S, O>,
): ScanResult<S, O> {
  const inside = new GraphBuilder();
  const [states, sequences] = [entriesOf(over.states), entriesOf(over.sequences)];
  const stateInputs = states.map(([name, { type }]) => inside.input(name, type.shape, { dtype: type.dtype }));
  const sliceInputs = sequences.map(([name, { type }]) =>
    inside.input(name, type.shape.slice(1), { dtype: type.dtype }),
  );
  const captured = new Map<Value, Value>();
  const outer = (value: Value): Value => {
    const known = captured.get(value);
    if (known !== undefined) return known;
    const { dtype, shape } = value.type;
    const input = inside.input(value.name, shape, { dtype });
    captured.set(value, input);
    return input;
  };
  const result = step({
    b: inside,
    states: named(states, stateInputs),
    slices: named(sequences, sliceInputs),
    outer,
  });
  const outputs = entriesOf(result.outputs);
  const finished = inside.finish(
    'step',
    Object.fromEntries([
      ...states.map(([name]) => [`next.${name}`, result.states[name]] as const),
      ...outputs,
    ]),
  );
  const order = inOrderOfUse(finished, captured);
  const body: Graph = {
    ...finished,
    inputs: [...stateInputs, ...sliceInputs, ...order.map(([, input]) => input)].map((value) => ({
      value,
      role: 'data',
    })),
  };
  const operands = [
    ...states.map(([, value]) => value),
    ...sequences.map(([, value]) => value),
    ...order.map(([value]) => value),
  ];
  const attributes = { body, states: states.length, sequences: sequences.length };
  const all = b.node('Scan', operands, attributes);
  return {
    states: named(states, all.slice(0, states.length)),
    outputs: named(outputs, all.slice(states.length)),
  };
}

/** Captured values, those that nothing uses left out, in the one order that a reader of the body can find again. */
function inOrderOfUse(body: Graph, captured: ReadonlyMap<Value, Value>): (readonly [Value, Value])[] {
  const used = [
    ...new Set([...body.nodes.flatMap((node) => node.inputs), ...body.outputs.map(({ value }) => value)]),
  ];
  return [...captured]
    .filter(([, input]) => used.includes(input))
    .toSorted(([, a], [, c]) => used.indexOf(a) - used.indexOf(c));
}

function entriesOf<K extends string>(record: Named<K>): [K, Value][] {
  return Object.entries(record) as [K, Value][];
}

function named<K extends string>(
  entries: readonly (readonly [K, Value])[],
  values: readonly Value[],
): Named<K> {
  const pairs = entries.map(([name], i) => {
    const value = values[i];
    if (value === undefined) throw internal(`a scan has no "${name}"`);
    return [name, value] as const;
  });
  return Object.fromEntries(pairs) as Named<K>;
}
