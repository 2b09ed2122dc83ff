/**
 * The recurrent cell of a genotype (DARTS, section 3.2): a chain of highway connections.
 *
 * Every state has one weight, [H, 2H], that gives a gate c and a candidate h:
 *
 *   s₀ = h' + σ(c)·(tanh(h) − h')          with [c, h] = (x∘m_x)·W_x + (h'∘m_h)·W_h
 *   sᵢ = s_j + σ(c)·(f(h) − s_j)           with [c, h] = (s_j∘m_h)·W_i
 *
 * h' being the output of the step before, and the output the mean of the states. There are no biases. x·W_x does not
 * depend on the step before, so a network computes it for all steps in one product (`model.ts`), and a step is given it.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Value } from '../../graph/types.ts';
import type { RnnGenotype } from './genotype.ts';
import { activationOf } from './primitives.ts';

/** Weights start uniform within this of zero, the embedding's included. */
export const weightBound = 0.04;

export interface CellWeights {
  /** [inputs, 2H] */
  readonly input: Value;
  /** [H, 2H] */
  readonly hidden: Value;
  /** [H, 2H] for each node, shared by all edges into it in a search. */
  readonly nodes: readonly Value[];
}

/** One step: (x·W_x [B, 2H], h' [B, H]) → h [B, H]. */
export type CellStep = (projected: Value, previous: Value) => Value;

/** A cell over given weights; `hiddenMask` [B, H] is one for h' and every state, and for all steps. */
export type Cell = (weights: CellWeights, hiddenMask: Value | undefined) => CellStep;

/** Declares the weights `input.weight`, `hidden.weight`, `node.<i>.weight` in the open scope. */
export function cellWeights(b: GraphBuilder, inputs: number, units: number, nodes: number): CellWeights {
  const weight = (scope: string, rows: number) =>
    b.scope(scope, () => weightInput(b, 'weight', [rows, 2 * units]));
  return {
    input: weight('input', inputs),
    hidden: weight('hidden', units),
    nodes: Array.from({ length: nodes }, (_, i) => weight(`node.${i}`, units)),
  };
}

export function weightInput(b: GraphBuilder, name: string, shape: readonly number[]): Value {
  return b.input(name, shape, { role: 'weight', initializer: { kind: 'uniform', bound: weightBound } });
}

/** The cell of a genotype. Its weights have a node for each of the genotype's. */
export function discreteCell(b: GraphBuilder, { nodes, concat }: RnnGenotype): Cell {
  return (weights, hiddenMask) => (projected, previous) => {
    const states = [firstState(b, weights, hiddenMask, projected, previous)];
    nodes.forEach(({ op, source }, i) => {
      const [state, weight] = [states[source], weights.nodes[i]];
      if (state === undefined || weight === undefined) throw internal(`node ${i} has no state or no weight`);
      states.push(
        b.scope(`node.${i}`, () => {
          const [gate, candidate] = halves(b, product(b, masked(b, state, hiddenMask), weight));
          const activation = activationOf(op);
          const passed = activation === 'Identity' ? candidate : b.op(activation, [candidate]);
          return highway(b, state, gate, passed);
        }),
      );
    });
    return meanOf(
      b,
      concat.map((state) => {
        const value = states[state];
        if (value === undefined) throw internal(`state ${state} is not built`);
        return value;
      }),
    );
  };
}

/** s₀: the one state that reads the input. */
export function firstState(
  b: GraphBuilder,
  { hidden }: CellWeights,
  hiddenMask: Value | undefined,
  projected: Value,
  previous: Value,
): Value {
  return b.scope('state', () => {
    const [gate, candidate] = halves(b, product(b, masked(b, previous, hiddenMask), hidden, projected));
    return highway(b, previous, gate, b.op('Tanh', [candidate]));
  });
}

/** x·w, plus what is given. */
export function product(b: GraphBuilder, x: Value, w: Value, plus?: Value): Value {
  const operands = plus === undefined ? [x, w] : [x, w, plus];
  return b.op('Gemm', operands, { alpha: 1, beta: 1, transA: 0, transB: 0 });
}

export function masked(b: GraphBuilder, state: Value, mask: Value | undefined): Value {
  return mask === undefined ? state : b.op('Mul', [state, mask]);
}

/** A chain of adds and one product: the op `Mean` has no CUDA kernel. */
export function meanOf(b: GraphBuilder, states: readonly Value[]): Value {
  const [first] = states;
  if (first === undefined) throw internal('a mean of nothing');
  if (states.length === 1) return first;
  return b.scope('output', () => b.op('Mul', [b.op('Sum', states), b.constant(1 / states.length)]));
}

/** The halves of [B, 2H]. */
function halves(b: GraphBuilder, both: Value): [gate: Value, candidate: Value] {
  const units = known(both.type.shape[1], 'the units of a cell') / 2;
  const [gate, candidate] = b.node('Split', [both], { axis: 1, split: [units, units] });
  if (gate === undefined || candidate === undefined) throw internal('a split into two has two parts');
  return [gate, candidate];
}

/** s + σ(gate)·(candidate − s) */
function highway(b: GraphBuilder, state: Value, gate: Value, candidate: Value): Value {
  const change = b.op('Mul', [b.op('Sigmoid', [gate]), b.op('Sub', [candidate, state])]);
  return b.op('Add', [state, change]);
}
