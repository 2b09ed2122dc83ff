/**
 * Recurrent layers as a Scan: one step of the cell is the body, run along the text, backwards where that is asked for.
 *
 * Equations and the order of gates (LSTM: input, output, forget, cell; GRU: update, reset, hidden) are ONNX's.
 */
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { clamped, flipped, slice, where, type Lower, type Lowerings } from './lowering.ts';
import { softplus } from './activation.ts';
import { positions } from './shape.ts';

type Curve = (b: GraphBuilder, x: Value) => Value;

/** What an activation is called in ONNX, with its default parameters. */
const curves: Readonly<Record<string, (alpha: number | undefined, beta: number | undefined) => Curve>> = {
  sigmoid: () => (b, x) => b.op('Sigmoid', [x]),
  tanh: () => (b, x) => b.op('Tanh', [x]),
  relu: () => (b, x) => b.op('Relu', [x]),
  softplus: () => softplus,
  softsign: () => (b, x) => b.op('Div', [x, b.op('Add', [b.constant(1), b.op('Abs', [x])])]),
  affine:
    (alpha = 1, beta = 0) =>
    (b, x) =>
      b.op('Add', [b.op('Mul', [x, b.constant(alpha)]), b.constant(beta)]),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (b, x) =>
      clamped(b, b.op('Add', [b.op('Mul', [x, b.constant(alpha)]), b.constant(beta)]), 0, 1),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (b, x) =>
      b.op('Mul', [b.constant(alpha), b.op('Tanh', [b.op('Mul', [x, b.constant(beta)])])]),
};

interface Cell {
  readonly gates: number;
  /** How many states are carried: the hidden one, and of an LSTM the cell's. */
  readonly states: 1 | 2;
  readonly activations: readonly string[];
  readonly step: (at: Step) => readonly Value[];
}

interface Step {
  readonly b: GraphBuilder;
  readonly x: Value;
  readonly states: readonly Value[];
  readonly weights: Weights;
  readonly hidden: number;
  readonly curves: readonly Curve[];
  readonly node: NodeReader;
  readonly seen: Curve;
}

/** Of one direction: x·W and h·R, their biases, and peepholes. */
interface Weights {
  readonly input: Value;
  readonly recurrent: Value;
  readonly bias: Value | undefined;
  readonly recurrentBias: Value | undefined;
  readonly peepholes: Value | undefined;
}

function product(b: GraphBuilder, x: Value, w: Value, bias: Value | undefined): Value {
  const operands = bias === undefined ? [x, w] : [x, w, bias];
  return b.op('Gemm', operands, { alpha: 1, beta: 1, transA: 0, transB: 1 });
}

/** The columns of one gate. */
function gate(b: GraphBuilder, all: Value, index: number, hidden: number): Value {
  return slice(b, all, -1, index * hidden, (index + 1) * hidden);
}

function curveAt(step: Step, index: number): Curve {
  return needed(step.curves[index], `activation ${index}`);
}

function sums({ b, x, states, weights, seen }: Step): Value {
  const hidden = seen(b, needed(states[0], 'hidden state'));
  const fromInput = product(b, x, weights.input, weights.bias);
  return b.op('Add', [fromInput, product(b, hidden, weights.recurrent, weights.recurrentBias)]);
}

function lstm(step: Step): readonly Value[] {
  const { b, states, hidden, weights, node } = step;
  const cell = needed(states[1], 'cell state');
  const all = sums(step);
  const peep = (value: Value, index: number, of: Value) => {
    const { peepholes } = weights;
    if (peepholes === undefined) return value;
    return b.op('Add', [value, b.op('Mul', [of, gate(b, peepholes, index, hidden)])]);
  };
  const [f, g, h] = [curveAt(step, 0), curveAt(step, 1), curveAt(step, 2)];
  const input = f(b, peep(gate(b, all, 0, hidden), 0, cell));
  const coupled = node.flag('input_forget', 0) === 1;
  const forget = coupled ? b.op('Sub', [b.constant(1), input]) : f(b, peep(gate(b, all, 2, hidden), 2, cell));
  const candidate = g(b, gate(b, all, 3, hidden));
  const next = b.op('Add', [b.op('Mul', [forget, cell]), b.op('Mul', [input, candidate])]);
  const output = f(b, peep(gate(b, all, 1, hidden), 1, next));
  return [b.op('Mul', [output, h(b, next)]), next];
}

function gru(step: Step): readonly Value[] {
  const { b, x, states, hidden, weights, node } = step;
  const before = needed(states[0], 'hidden state');
  const [f, g] = [curveAt(step, 0), curveAt(step, 1)];
  const fromInput = product(b, x, weights.input, weights.bias);
  const fromState = product(b, before, weights.recurrent, weights.recurrentBias);
  const both = (index: number) =>
    f(b, b.op('Add', [gate(b, fromInput, index, hidden), gate(b, fromState, index, hidden)]));
  const [update, reset] = [both(0), both(1)];
  const rows = (value: Value | undefined) =>
    value === undefined ? undefined : slice(b, value, 0, 2 * hidden, 3 * hidden);
  const recalled =
    node.flag('linear_before_reset', 0) === 1
      ? b.op('Mul', [reset, gate(b, fromState, 2, hidden)])
      : product(
          b,
          b.op('Mul', [reset, before]),
          slice(b, weights.recurrent, 0, 2 * hidden, 3 * hidden),
          rows(weights.recurrentBias),
        );
  const candidate = g(b, b.op('Add', [gate(b, fromInput, 2, hidden), recalled]));
  const kept = b.op('Mul', [update, before]);
  return [b.op('Add', [b.op('Mul', [b.op('Sub', [b.constant(1), update]), candidate]), kept])];
}

const cells = {
  LSTM: { gates: 4, states: 2, activations: ['Sigmoid', 'Tanh', 'Tanh'], step: lstm },
  GRU: { gates: 3, states: 1, activations: ['Sigmoid', 'Tanh'], step: gru },
  RNN: { gates: 1, states: 1, activations: ['Tanh'], step: (step) => [curveAt(step, 0)(step.b, sums(step))] },
} as const satisfies Readonly<Record<string, Cell>>;

/** @param seen what the recurrent weights are given of the hidden state */
function recurrent(cell: Cell, seen: Curve = (_, hidden) => hidden): Lower {
  return (node) => {
    const { b } = node;
    node.ignore('output_sequence');
    const batchFirst = node.flag('layout', 0) === 1;
    const given = node.float(0);
    const x = batchFirst ? b.op('Transpose', [given], { perm: [1, 0, 2] }) : given;
    const [length = 0, batch = 0] = x.type.shape;
    const lengths = lengthsOf(node, length);
    const hidden = numberOf(node.shape(2).at(-1), 'the hidden size');
    node.ignore('hidden_size');
    const directions = directionsOf(node);
    const curveLists = curvesOf(node, cell, directions.length);
    const results = directions.map((backwards, d) => {
      const part = (index: number) => (node.has(index) ? layer(b, node.float(index), d) : undefined);
      const initial = (index: number) => {
        if (!node.has(index)) return b.op('Expand', [b.constant(0)], { shape: [batch, hidden] });
        const state = node.float(index);
        return layer(b, batchFirst ? b.op('Transpose', [state], { perm: [1, 0, 2] }) : state, d);
      };
      const bias = part(3);
      const half = (first: boolean) =>
        bias === undefined
          ? undefined
          : slice(b, bias, 0, first ? 0 : cell.gates * hidden, (first ? 1 : 2) * cell.gates * hidden);
      const weights: Weights = {
        input: needed(part(1), 'weights'),
        recurrent: needed(part(2), 'recurrent weights'),
        bias: half(true),
        recurrentBias: half(false),
        peepholes: cell.states === 2 ? part(7) : undefined,
      };
      const states = cell.states === 2 ? [initial(5), initial(6)] : [initial(5)];
      const turned = (value: Value) => (backwards ? flipped(b, value, 0) : value);
      const places = lengths && { lengths, steps: turned(positions(b, length)) };
      const how = { weights, hidden, curves: curveLists[d] ?? [], seen, places };
      const made = along(node, cell, turned(x), states, how);
      return { ...made, every: turned(made.every) };
    });
    const joined = (values: readonly Value[], axis: number) => {
      const wide = values.map((value) => b.op('Unsqueeze', [value], { axes: [axis] }));
      return wide.length === 1 ? needed(wide[0], 'direction') : b.op('Concat', wide, { axis });
    };
    const every = joined(
      results.map((result) => result.every),
      1,
    );
    const last = Array.from({ length: cell.states }, (_, i) =>
      joined(
        results.map((result) => needed(result.last[i], 'state')),
        0,
      ),
    );
    if (!batchFirst) return [every, ...last];
    return [
      b.op('Transpose', [every], { perm: [2, 0, 1, 3] }),
      ...last.map((state) => b.op('Transpose', [state], { perm: [1, 0, 2] })),
    ];
  };
}

interface Along {
  readonly weights: Weights;
  readonly hidden: number;
  readonly curves: readonly Curve[];
  readonly seen: Curve;
  /** Where texts end at places of their own: how long each is [batch, 1], and at which place each step is. */
  readonly places: { readonly lengths: Value; readonly steps: Value } | undefined;
}

function along(
  node: NodeReader,
  cell: Cell,
  text: Value,
  states: readonly Value[],
  { weights, hidden, curves: curveList, seen, places }: Along,
): { readonly every: Value; readonly last: readonly Value[] } {
  const body = new GraphBuilder();
  const inputOf = (name: string, value: Value, drop: 0 | 1) => body.input(name, value.type.shape.slice(drop));
  const carried = states.map((state, i) => inputOf(i === 0 ? 'hidden' : 'cell', state, 0));
  const x = inputOf('x', text, 1);
  const at = places && inputOf('place', places.steps, 1);
  const captured: Value[] = [];
  const inside = (name: string, value: Value): Value => {
    captured.push(value);
    return inputOf(name, value, 0);
  };
  const maybe = (name: string, value: Value | undefined) =>
    value === undefined ? undefined : inside(name, value);
  const own: Weights = {
    input: inside('input_weights', weights.input),
    recurrent: inside('recurrent_weights', weights.recurrent),
    bias: maybe('input_bias', weights.bias),
    recurrentBias: maybe('recurrent_bias', weights.recurrentBias),
    peepholes: maybe('peepholes', weights.peepholes),
  };
  const lengths = maybe('lengths', places?.lengths);
  const isOn = at && lengths && body.op('Less', [at, lengths]);
  const made = cell.step({
    b: body,
    x,
    states: carried,
    weights: own,
    hidden,
    curves: curveList,
    node,
    seen,
  });
  const next = made.map((value, i) => (isOn ? where(body, isOn, value, carried[i] ?? value) : value));
  const outputs = Object.fromEntries(next.map((value, i) => [i === 0 ? 'next_hidden' : 'next_cell', value]));
  const state = needed(made[0], 'next state');
  const here = isOn ? where(body, isOn, state, body.constant(0)) : body.op('Identity', [state]);
  const keep = body.inputs.map(({ value }) => value);
  const graph = body.finish(node.op.toLowerCase(), { ...outputs, here }, keep);
  const sequences = places === undefined ? [text] : [text, places.steps];
  const all = node.b.node('Scan', [...states, ...sequences, ...captured], {
    body: graph,
    states: states.length,
    sequences: sequences.length,
  });
  return { every: needed(all.at(-1), 'sequence'), last: all.slice(0, states.length).map(ofSome) };

  /** Of a text without words there is no state, as onnxruntime has it, also where it is given a first one. */
  function ofSome(value: Value): Value {
    if (places === undefined) return value;
    const isSome = node.b.op('Greater', [places.lengths, node.b.constant(0)]);
    return where(node.b, isSome, value, node.b.constant(0));
  }
}

/** What is of one direction: [directions, …] → […]. */
function layer(b: GraphBuilder, value: Value, direction: number): Value {
  return b.op('Squeeze', [slice(b, value, 0, direction, direction + 1)], { axes: [0] });
}

function directionsOf(node: NodeReader): readonly boolean[] {
  const direction = node.string('direction', 'forward');
  if (direction === 'bidirectional') return [false, true];
  return [direction === 'reverse'];
}

function curvesOf(node: NodeReader, cell: Cell, directions: number): readonly (readonly Curve[])[] {
  const names =
    node.strings('activations') ?? Array.from({ length: directions }, () => cell.activations).flat();
  const [alphas, betas] = [
    [...(node.floats('activation_alpha') ?? [])],
    [...(node.floats('activation_beta') ?? [])],
  ];
  const clip = node.real('clip', 0);
  const takesAlpha = ['affine', 'hardsigmoid', 'scaledtanh'];
  const each = cell.activations.length;
  const list = names.map((name, i) => {
    const known = curves[name.toLowerCase()];
    if (known === undefined) throw new Unreadable(`has the activation ${name}`);
    const parametric = takesAlpha.includes(name.toLowerCase());
    const curve = known(parametric ? alphas.shift() : undefined, parametric ? betas.shift() : undefined);
    // What comes out of an LSTM's cell goes through the last as it is, in onnxruntime at least.
    if (clip === 0 || i % each === 2) return curve;
    return (b: GraphBuilder, x: Value) => curve(b, clamped(b, x, -clip, clip));
  });
  return Array.from({ length: directions }, (_, d) => list.slice(d * each, (d + 1) * each));
}

/** How long each text is [batch, 1], where not all are as long as they lie there. */
function lengthsOf(node: NodeReader, length: Dim): Value | undefined {
  if (!node.has(4)) return undefined;
  const known = node.knownOrNot(4);
  if (known !== undefined && known.data.every((one) => one === length)) return undefined;
  return node.b.op('Reshape', [node.float(4)], { shape: [-1, 1] });
}

/** An LSTM whose recurrent weights are given something else than the hidden state that comes out. */
export function lstmOf(seen: Curve): Lower {
  return recurrent(cells.LSTM, seen);
}

export const recurrentLowerings: Lowerings = {
  LSTM: recurrent(cells.LSTM),
  GRU: recurrent(cells.GRU),
  RNN: recurrent(cells.RNN),
};
