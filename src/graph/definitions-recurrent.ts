/** Definitions of the ops of language models. */
import { internal } from '../errors.ts';
import type { Activation } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { required, type Definition } from './definition.ts';
import type { RecurrentOp } from './infer/recurrent.ts';
import { known } from './infer/rule.ts';
import type { Value } from './types.ts';

export const recurrentDefinitions: { readonly [K in RecurrentOp]: Definition<K> } = {
  EmbeddingGrad(b, { attributes: { rows } }, inputs) {
    const [indices, dy] = [required(inputs[0]), required(inputs[1])];
    const rest = extentsOf(dy).slice(indices.type.shape.length);
    const [count, width] = [product(extentsOf(indices)), product(rest)];
    const column = b.op('Reshape', [indices], { shape: [count, 1] });
    const operands = [
      b.filled(0, [rows, width]),
      b.op('Expand', [column], { shape: [count, width] }),
      b.op('Reshape', [dy], { shape: [count, width] }),
    ];
    const sum = b.op('ScatterElements', operands, { axis: 0, reduction: 'add' });
    return [b.op('Reshape', [sum], { shape: [rows, ...rest] })];
  },

  CrossEntropy(b, _, inputs) {
    const [logits, labels] = [required(inputs[0]), required(inputs[1])];
    const logProbabilities = b.op('LogSoftmax', [logits], { axis: -1 });
    const column = b.op('Unsqueeze', [labels], { axes: [1] });
    const picked = b.op('GatherElements', [logProbabilities, column], { axis: 1 });
    return [b.op('Neg', [b.op('Squeeze', [picked], { axes: [1] })]), logProbabilities];
  },

  CrossEntropyGrad(b, _, inputs) {
    const [dloss, logProbabilities, labels] = [required(inputs[0]), required(inputs[1]), required(inputs[2])];
    const column = (value: Value) => b.op('Unsqueeze', [value], { axes: [1] });
    const expected = b.op('Mul', [b.op('Exp', [logProbabilities]), column(dloss)]);
    const operands = [expected, column(labels), b.op('Neg', [column(dloss)])];
    return [b.op('ScatterElements', operands, { axis: 1, reduction: 'add' })];
  },

  StackedProduct(b, _, inputs) {
    const [w, mask] = [required(inputs[0]), required(inputs[1])];
    return [multiplied(b, maskedStack(b, mask, inputs.slice(2)), w, {})];
  },

  StackedProductGrad(b, _, inputs) {
    const [dy, w, mask] = [required(inputs[0]), required(inputs[1]), required(inputs[2])];
    const states = inputs.slice(3);
    const dw = multiplied(b, maskedStack(b, mask, states), dy, { transA: 1 });
    const stacked = multiplied(b, dy, w, { transB: 1 });
    const [batch = 1] = extentsOf(mask);
    const split = repeated(batch, states.length);
    const parts = split.length === 1 ? [stacked] : b.node('Split', [stacked], { axis: 0, split });
    return [dw, ...parts.map((part) => b.op('Mul', [part, mask]))];
  },

  MixedHighway(b, { attributes: { activations } }, inputs) {
    const mixed = mixture(b, activations, inputs);
    const gated = b.op('Mul', [mixed.gate, mixed.difference]);
    return [b.op('ReduceSum', [b.op('Add', [gated, mixed.kept])], { axes: [0], keepdims: 0 })];
  },

  /**
   * With g = σ(c)·dy: dc = dy·(Σ p·f − P·s)·σ'(c), dh = g·Σ p·f'(h), dp_k = ⟨g, f_k⟩ + ⟨dy − g, s⟩, ds = P·(dy − g).
   */
  MixedHighwayGrad(b, { attributes: { activations } }, inputs) {
    const [dy, ...operands] = inputs;
    const mixed = mixture(b, activations, operands);
    const { edges, batch, units, gate, candidates, weights, total, states } = mixed;
    const one = b.constant(1);
    const times = (x: Value, y: Value) => b.op('Mul', [x, y]);
    const over = b.op('Unsqueeze', [required(dy)], { axes: [0] });
    const g = times(gate, over);
    const rest = b.op('Sub', [over, g]);
    const flat = (x: Value) => b.op('Reshape', [x], { shape: [edges * batch, units] });
    const inner = (x: Value, y: Value) => b.op('ReduceSum', [times(x, y)], { axes: [1, 2], keepdims: 0 });

    const slope = times(gate, b.op('Sub', [one, gate]));
    const dc = times(times(over, mixed.difference), slope);
    const dh = activations.map((activation, k) =>
      times(times(g, required(weights[k])), derivative(b, activation, required(candidates[k]))),
    );
    const dch = b.op('Concat', [flat(dc), flat(b.op('Sum', dh))], { axis: 1 });
    const skipped = inner(rest, states);
    const dp = candidates.map((candidate) =>
      b.op('Unsqueeze', [b.op('Add', [inner(g, candidate), skipped])], { axes: [1] }),
    );
    const ds = b.node('Split', [flat(times(rest, total))], { axis: 0, split: repeated(batch, edges) });
    return [dch, b.op('Concat', dp, { axis: 1 }), ...ds];
  },
};

/** s·mask of all states, on top of each other: [J·B, H]. */
function maskedStack(b: GraphBuilder, mask: Value, states: readonly Value[]): Value {
  const masked = states.map((state) => b.op('Mul', [state, mask]));
  return masked.length === 1 ? required(masked[0]) : b.op('Concat', masked, { axis: 0 });
}

function multiplied(
  b: GraphBuilder,
  x: Value,
  y: Value,
  { transA = 0, transB = 0 }: { readonly transA?: 0 | 1; readonly transB?: 0 | 1 },
): Value {
  return b.op('Gemm', [x, y], { alpha: 1, beta: 1, transA, transB });
}

/** The parts of a mixed node, each [J, B, H] but for the weights, which are [J, 1, 1]. */
interface Mixture {
  readonly edges: number;
  readonly batch: number;
  readonly units: number;
  readonly gate: Value;
  readonly candidates: readonly Value[];
  readonly weights: readonly Value[];
  /** Σ_k p_jk. */
  readonly total: Value;
  readonly states: Value;
  /** P·s. */
  readonly kept: Value;
  /** Σ_k p_k·f_k(h) − P·s. */
  readonly difference: Value;
}

function mixture(b: GraphBuilder, activations: readonly Activation[], inputs: readonly Value[]): Mixture {
  const [ch, p] = [required(inputs[0]), required(inputs[1])];
  const each = inputs.slice(2);
  const edges = each.length;
  const [batch = 1, units = 1] = extentsOf(required(each[0]));
  const [c, h] = b.node('Split', [ch], { axis: 1, split: [units, units] }).map(required);
  const stacked = (x: Value) => b.op('Reshape', [x], { shape: [edges, batch, units] });
  const weight = (column: Value) => b.op('Reshape', [column], { shape: [edges, 1, 1] });

  const split = repeated(1, activations.length);
  const weights = (split.length === 1 ? [p] : b.node('Split', [p], { axis: 1, split })).map(weight);
  const total = weight(b.op('ReduceSum', [p], { axes: [1], keepdims: 0 }));
  const candidates = activations.map((activation) => b.op(activation, [stacked(required(h))]));
  const mixed = candidates.map((candidate, k) => b.op('Mul', [candidate, required(weights[k])]));
  const states = stacked(b.op('Concat', each, { axis: 0 }));
  const kept = b.op('Mul', [states, total]);
  const difference = b.op('Sub', [b.op('Sum', mixed), kept]);
  const gate = b.op('Sigmoid', [stacked(required(c))]);
  return { edges, batch, units, gate, candidates, weights, total, states, kept, difference };
}

/** f'(h), by f(h). */
function derivative(b: GraphBuilder, activation: Activation, y: Value): Value {
  const one = b.constant(1);
  switch (activation) {
    case 'Tanh':
      return b.op('Sub', [one, b.op('Mul', [y, y])]);
    case 'Sigmoid':
      return b.op('Mul', [y, b.op('Sub', [one, y])]);
    case 'Relu':
      return b.op('Cast', [b.op('Greater', [y, b.constant(0)])], { to: 'float32' });
    case 'Identity':
      return one;
    default:
      throw internal(`no derivative of ${String(activation)}`);
  }
}

function extentsOf({ type }: Value): number[] {
  return type.shape.map((dim) => known(dim, 'an extent'));
}

function product(extents: readonly number[]): number {
  return extents.reduce((total, extent) => total * extent, 1);
}

function repeated(value: number, times: number): number[] {
  return Array.from({ length: times }, () => value);
}
