/**
 * The language model of a genotype as a graph that infers: any number of words, any batch, the state going in and coming
 * out.
 *
 * By default the cell is the body of a `Scan`, which reads a text of any length. Providers without control flow get the
 * network unrolled over a known number of steps. The embedding is the decoder too, and one weight of the model.
 */
import { internal, NascentError } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { scan } from '../../graph/scan.ts';
import type { Graph, Value } from '../../graph/types.ts';
import { discreteCell, type CellWeights } from './cell.ts';
import type { RnnGenotype } from './genotype.ts';
import { modelWeights, type RnnShape } from './model.ts';

export interface InferenceOptions {
  /** The number of steps, for a network without control flow (default: any number, by `Scan`). */
  readonly unroll?: number;
}

/**
 * Inputs `tokens` int64 [sequence, batch] and `hidden_in` [batch, units]; outputs `log_probs` [sequence, batch, words],
 * of the word that follows each token, and `hidden_out` [batch, units], for the tokens that come next. Weights are those of
 * `derivedNetwork`, by the same names.
 *
 * @throws NascentError 'input/invalid' where `unroll` is no number of steps.
 */
export function rnnInferenceGraph(
  shape: RnnShape,
  genotype: RnnGenotype,
  { unroll }: InferenceOptions = {},
): Graph {
  if (unroll !== undefined && (!Number.isInteger(unroll) || unroll < 1)) {
    throw new NascentError('input/invalid', `a network cannot be unrolled over ${unroll} steps`, {
      help: 'Give a whole number, 1 or more, or leave it out for texts of any length.',
    });
  }
  const b = new GraphBuilder();
  const weights = modelWeights(b, shape, genotype.nodes.length);
  const tokens = b.input('tokens', [unroll ?? 'sequence', 'batch'], { dtype: 'int64' });
  const hidden = b.input('hidden_in', ['batch', shape.units]);

  const embedded = b.scope('embedding', () => b.op('Gather', [weights.embedding, tokens], { axis: 0 }));
  const { states, last } = b.scope('cell', () => {
    const projected = b.op('MatMul', [embedded, weights.cell.input]);
    return unroll === undefined
      ? scanned(b, genotype, weights.cell, projected, hidden)
      : unrolled(b, genotype, weights.cell, projected, hidden, unroll);
  });
  const logProbs = b.scope('decoder', () => {
    // A Gemm would take the weight as it is, but two dimensions only. onnxruntime transposes it once, when it loads.
    const transposed = b.op('Transpose', [weights.embedding], { perm: [1, 0] });
    const logits = b.op('Add', [b.op('MatMul', [states, transposed]), weights.bias]);
    return b.op('LogSoftmax', [logits], { axis: -1 });
  });
  return b.finish('language_model', { log_probs: logProbs, hidden_out: last });
}

interface Ran {
  /** [sequence, batch, units] */
  readonly states: Value;
  /** [batch, units] */
  readonly last: Value;
}

function scanned(
  b: GraphBuilder,
  genotype: RnnGenotype,
  weights: CellWeights,
  projected: Value,
  hidden: Value,
): Ran {
  const over = { states: { hidden }, sequences: { projected } };
  const { states, outputs } = scan(b, over, (step) => {
    const inside: CellWeights = {
      input: weights.input,
      hidden: step.outer(weights.hidden),
      nodes: weights.nodes.map(step.outer),
    };
    const cell = discreteCell(step.b, genotype)(inside, undefined);
    const next = cell(step.slices.projected, step.states.hidden);
    return { states: { hidden: next }, outputs: { states: next } };
  });
  return { states: outputs.states, last: states.hidden };
}

function unrolled(
  b: GraphBuilder,
  genotype: RnnGenotype,
  weights: CellWeights,
  projected: Value,
  hidden: Value,
  steps: number,
): Ran {
  const cell = discreteCell(b, genotype)(weights, undefined);
  const slices =
    steps === 1
      ? [projected]
      : b.node('Split', [projected], { axis: 0, split: Array.from({ length: steps }, () => 1) });
  let state = hidden;
  const states = slices.map((slice, t) =>
    b.scope(`step.${t}`, () => {
      state = cell(b.op('Squeeze', [slice], { axes: [0] }), state);
      return b.op('Unsqueeze', [state], { axes: [0] });
    }),
  );
  const [first] = states;
  if (first === undefined) throw internal('a network of no steps');
  return { states: states.length === 1 ? first : b.op('Concat', states, { axis: 0 }), last: state };
}
