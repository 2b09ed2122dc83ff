/**
 * The recurrent networks in plain JavaScript, rows of numbers and the formulas as the paper has them: nothing is shared,
 * hoisted or merged. What the graphs are held against.
 */
import type { RnnGenotype } from '../../../src/space/text/genotype.ts';
import type { RnnOp, RnnPrimitive } from '../../../src/space/text/primitives.ts';

export type Matrix = readonly (readonly number[])[];

export interface HandWeights {
  readonly embedding: Matrix;
  readonly bias: readonly number[];
  /** [inputs + H, 2H], as the official code has it. */
  readonly first: Matrix;
  readonly nodes: readonly Matrix[];
}

export interface HandMasks {
  readonly embedding?: readonly number[];
  readonly input?: Matrix;
  readonly x?: Matrix;
  readonly hidden?: Matrix;
  readonly output?: Matrix;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const functions: { readonly [O in RnnOp]: (x: number) => number } = {
  tanh: Math.tanh,
  relu: (x) => Math.max(0, x),
  sigmoid,
  identity: (x) => x,
};

export const times = (x: Matrix, w: Matrix): Matrix =>
  x.map((row) =>
    (w[0] ?? []).map((_, j) => row.reduce((sum, value, i) => sum + value * (w[i]?.[j] ?? NaN), 0)),
  );
const zip = (a: Matrix, b: Matrix, f: (x: number, y: number) => number): Matrix =>
  a.map((row, i) => row.map((value, j) => f(value, b[i]?.[j] ?? NaN)));
const mask = (x: Matrix, m: Matrix | undefined) => (m === undefined ? x : zip(x, m, (a, b) => a * b));

/** s + σ(c)·(f(h) − s), of [c, h] = masked·w. */
function highway(state: Matrix, masked: Matrix, w: Matrix, f: (x: number) => number): Matrix {
  const both = times(masked, w);
  return state.map((row, i) =>
    row.map((s, j) => {
      const [c, h] = [both[i]?.[j] ?? NaN, both[i]?.[j + row.length] ?? NaN];
      return s + sigmoid(c) * (f(h) - s);
    }),
  );
}

const mean = (states: readonly Matrix[]): Matrix =>
  (states[0] ?? []).map((row, i) =>
    row.map((_, j) => states.reduce((sum, state) => sum + (state[i]?.[j] ?? NaN), 0) / states.length),
  );

export type HandStep = (x: Matrix, previous: Matrix) => Matrix;

function firstState(x: Matrix, previous: Matrix, weights: HandWeights, masks: HandMasks): Matrix {
  const [mx, mh] = [mask(x, masks.x), mask(previous, masks.hidden)];
  return highway(
    previous,
    mx.map((row, i) => [...row, ...(mh[i] ?? [])]),
    weights.first,
    Math.tanh,
  );
}

export function discreteStep(
  { nodes, concat }: RnnGenotype,
  weights: HandWeights,
  masks: HandMasks,
): HandStep {
  return (x, previous) => {
    const states = [firstState(x, previous, weights, masks)];
    nodes.forEach(({ op, source }, i) => {
      const state = states[source] ?? [];
      states.push(highway(state, mask(state, masks.hidden), weights.nodes[i] ?? [], functions[op]));
    });
    return mean(concat.map((state) => states[state] ?? []));
  };
}

/** (x − mean)/√(variance + 10⁻⁵), over the rows of a batch; each call is noted. */
export function batchNorm(x: Matrix, note: (means: number[], variances: number[]) => void): Matrix {
  const columns = (x[0] ?? []).map((_, j) => x.map((row) => row[j] ?? NaN));
  const means = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  const variances = columns.map(
    (column, j) => column.reduce((sum, value) => sum + (value - (means[j] ?? NaN)) ** 2, 0) / column.length,
  );
  note(means, variances);
  return x.map((row) =>
    row.map((value, j) => (value - (means[j] ?? NaN)) / Math.sqrt((variances[j] ?? NaN) + 1e-5)),
  );
}

export interface HandSearch {
  readonly primitives: readonly RnnPrimitive[];
  /** [edges, primitives], before softmax. */
  readonly alpha: Matrix;
  readonly norm: (x: Matrix) => Matrix;
}

/** Four blends an edge, one for each activation, and each edge by itself. */
export function searchStep(search: HandSearch, weights: HandWeights, masks: HandMasks): HandStep {
  const probabilities = search.alpha.map((row) => {
    const exponentials = row.map(Math.exp);
    const total = exponentials.reduce((a, b) => a + b, 0);
    return exponentials.map((value) => value / total);
  });
  return (x, previous) => {
    const states = [search.norm(firstState(x, previous, weights, masks))];
    let edge = 0;
    weights.nodes.forEach((weight) => {
      let sum: Matrix = (states[0] ?? []).map((row) => row.map(() => 0));
      for (const state of states) {
        search.primitives.forEach((op, k) => {
          if (op === 'none') return;
          const p = probabilities[edge]?.[k] ?? NaN;
          const blend = highway(state, mask(state, masks.hidden), weight, functions[op]);
          sum = zip(sum, blend, (a, b) => a + p * b);
        });
        edge++;
      }
      states.push(search.norm(sum));
    });
    return mean(states.slice(1));
  };
}

export interface HandOutcome {
  readonly nll: number;
  readonly activation: number;
  readonly slowness: number;
  readonly hiddenOut: Matrix;
}

/** Tokens and targets [steps][batch]. */
export function languageModel(
  weights: HandWeights,
  masks: HandMasks,
  step: HandStep,
  text: { readonly tokens: Matrix; readonly targets: Matrix; readonly hiddenIn: Matrix },
): HandOutcome {
  let state = text.hiddenIn;
  let nll = 0;
  const raw: Matrix[] = [];
  const dropped: Matrix[] = [];
  text.tokens.forEach((tokens, t) => {
    const rows = tokens.map((token) => {
      const kept = masks.embedding?.[token] ?? 1;
      return (weights.embedding[token] ?? []).map((value) => value * kept);
    });
    state = step(mask(rows, masks.input), state);
    raw.push(state);
    const output = mask(state, masks.output);
    dropped.push(output);
    const logits = output.map((row) =>
      weights.embedding.map((word, v) =>
        word.reduce((sum, w, i) => sum + w * (row[i] ?? NaN), weights.bias[v] ?? NaN),
      ),
    );
    logits.forEach((row, i) => {
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      nll -= (row[text.targets[t]?.[i] ?? -1] ?? NaN) - Math.log(total);
    });
  });
  const squares = (list: readonly Matrix[]) => {
    const values = list.flat(2);
    return values.reduce((sum, value) => sum + value * value, 0) / values.length;
  };
  const changes = raw.slice(1).map((next, t) => zip(next, raw[t] ?? [], (a, b) => a - b));
  return {
    nll: nll / text.tokens.flat().length,
    activation: squares(dropped),
    slowness: changes.length === 0 ? 0 : squares(changes),
    hiddenOut: state,
  };
}
