/** Ops of language models: embeddings, the loss over a vocabulary, the node of a recurrent search cell. */
import { internal } from '../../errors.ts';
import type { Activation } from '../../graph/attributes.ts';
import type { RecurrentOp } from '../../graph/infer/recurrent.ts';
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import { wrap } from './indexing.ts';
import { numbers, operand, outputShape, type Kernels } from './kernel.ts';
import { logSoftmax } from './reduction.ts';

export const recurrent: Kernels<RecurrentOp> = {
  EmbeddingGrad: (inputs, { rows }, shapes) => {
    const [indices, dy] = [operand(inputs, 0).data, numbers(inputs, 1)];
    const dx = new Float64Array(sizeOf(outputShape(shapes)));
    const width = dx.length / rows;
    indices.forEach((index, i) => {
      const to = wrap('EmbeddingGrad', index, rows) * width;
      for (let j = 0; j < width; j++) dx[to + j]! += dy[i * width + j]!;
    });
    return [dx];
  },

  CrossEntropy: (inputs) => {
    const logProbabilities = logSoftmax(inputs, -1);
    const labels = operand(inputs, 1).data;
    const classes = logProbabilities.length / labels.length;
    const loss = new Float64Array(labels.length);
    labels.forEach((label, i) => {
      loss[i] = -logProbabilities[i * classes + wrap('CrossEntropy', label, classes)]!;
    });
    return [loss, logProbabilities];
  },

  CrossEntropyGrad: (inputs) => {
    const [dloss, logProbabilities] = [numbers(inputs, 0), numbers(inputs, 1)];
    const labels = operand(inputs, 2).data;
    const classes = logProbabilities.length / labels.length;
    const dx = logProbabilities.map((value, i) => Math.exp(value) * dloss[Math.floor(i / classes)]!);
    labels.forEach((label, i) => {
      dx[i * classes + wrap('CrossEntropyGrad', label, classes)]! -= dloss[i]!;
    });
    return [dx];
  },

  StackedProduct: (inputs, _, shapes) => {
    const y = new Float64Array(sizeOf(outputShape(shapes)));
    const w = numbers(inputs, 0);
    eachFactor(inputs, ({ row, unit, columns, kept }) => {
      for (let n = 0; n < columns; n++) y[row * columns + n]! += kept * w[unit * columns + n]!;
    });
    return [y];
  },

  StackedProductGrad: ([dyTensor, ...inputs]) => {
    const dy = numbers(dyTensor === undefined ? [] : [dyTensor], 0);
    const w = numbers(inputs, 0);
    const dw = new Float64Array(w.length);
    const ds = inputs.slice(2).map(({ data }) => new Float64Array(data.length));
    eachFactor(inputs, ({ row, unit, columns, kept, mask, state, at }) => {
      let arrived = 0;
      for (let n = 0; n < columns; n++) {
        const flow = dy[row * columns + n]!;
        dw[unit * columns + n]! += kept * flow;
        arrived += w[unit * columns + n]! * flow;
      }
      ds[state]![at] = arrived * mask;
    });
    return [dw, ...ds];
  },

  MixedHighway: (inputs, { activations }, shapes) => {
    const y = new Float64Array(sizeOf(outputShape(shapes)));
    eachEdge(inputs, activations, ({ at, gate, state, total, mixed }) => {
      y[at]! += total * state + gate * (mixed - total * state);
    });
    return [y];
  },

  MixedHighwayGrad: ([dyTensor, ...inputs], { activations }) => {
    const dy = numbers(dyTensor === undefined ? [] : [dyTensor], 0);
    const [dch, dp] = [0, 1].map((i) => new Float64Array(numbers(inputs, i).length));
    if (dch === undefined || dp === undefined) throw internal('two gradients were made');
    const ds = inputs.slice(2).map((state) => new Float64Array(state.data.length));
    eachEdge(inputs, activations, ({ edge, at, c, h, gate, state, total, mixed, weights, pre }) => {
      const flow = dy[at]!;
      dch[c] = flow * (mixed - total * state) * gate * (1 - gate);
      activations.forEach((activation, k) => {
        const value = activationOf[activation](pre);
        dch[h]! += flow * gate * weights[k]! * slopeOf[activation](value);
        dp[edge * activations.length + k]! += flow * (gate * value + (1 - gate) * state);
      });
      ds[edge]![at] = flow * total * (1 - gate);
    });
    return [dch, dp, ...ds];
  },
};

const activationOf: { readonly [A in Activation]: (x: number) => number } = {
  Tanh: Math.tanh,
  Relu: (x) => Math.max(x, 0),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Identity: (x) => x,
};

/** The derivative, by the value. */
const slopeOf: { readonly [A in Activation]: (y: number) => number } = {
  Tanh: (y) => 1 - y * y,
  Relu: (y) => (y > 0 ? 1 : 0),
  Sigmoid: (y) => y * (1 - y),
  Identity: () => 1,
};

/** One number of one state of a stacked product. */
interface Factor {
  readonly state: number;
  /** Where it is in its state. */
  readonly at: number;
  /** Which row of the product it goes into, and by which row of w. */
  readonly row: number;
  readonly unit: number;
  /** How many columns w has. */
  readonly columns: number;
  readonly mask: number;
  /** The state's number times the mask's. */
  readonly kept: number;
}

function eachFactor(inputs: readonly Tensor[], body: (factor: Factor) => void): void {
  const [, columns = 1] = operand(inputs, 0).shape;
  const [batch = 1, units = 1] = operand(inputs, 1).shape;
  const masks = numbers(inputs, 1);
  for (let state = 0; state < inputs.length - 2; state++) {
    numbers(inputs, state + 2).forEach((value, at) => {
      const [row, unit] = [state * batch + Math.floor(at / units), at % units];
      const mask = masks[at]!;
      body({ state, at, row, unit, columns, mask, kept: value * mask });
    });
  }
}

/** One element of one edge of a mixed node. */
interface EdgeElement {
  readonly edge: number;
  /** Where it is in a state. */
  readonly at: number;
  /** Where its gate is in ch [edges·B, 2H], and what it is a candidate by. */
  readonly c: number;
  readonly h: number;
  readonly gate: number;
  /** What the activations are applied to. */
  readonly pre: number;
  readonly state: number;
  readonly weights: Float64Array;
  /** Σ_k p_k. */
  readonly total: number;
  /** Σ_k p_k·f_k(h). */
  readonly mixed: number;
}

function eachEdge(
  inputs: readonly Tensor[],
  activations: readonly Activation[],
  body: (element: EdgeElement) => void,
): void {
  const [ch, p] = [numbers(inputs, 0), numbers(inputs, 1)];
  const [, units = 1] = operand(inputs, 2).shape;
  for (let edge = 0; edge < inputs.length - 2; edge++) {
    const state = numbers(inputs, edge + 2);
    const weights = p.subarray(edge * activations.length, (edge + 1) * activations.length);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let at = 0; at < state.length; at++) {
      // In a row, c is in front of h.
      const c = 2 * (edge * state.length + at) - (at % units);
      const h = c + units;
      const gate = activationOf.Sigmoid(ch[c]!);
      const pre = ch[h]!;
      const mixed = activations.reduce((sum, name, k) => sum + weights[k]! * activationOf[name](pre), 0);
      body({ edge, at, c, h, gate, pre, state: state[at]!, weights, total, mixed });
    }
  }
}
