/**
 * The language model around a recurrent cell, unrolled over a known number of steps: embedding, cell, decoder.
 *
 * Embedding and decoder are one weight [words, units] (the decoder has a bias besides), so embeddings, states and
 * outputs all have as many units. What the input contributes to a step, x·W_x, is computed for all steps in one product
 * before the first.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { cellWeights, masked, product, weightInput, type Cell, type CellWeights } from './cell.ts';
import { maskInputs, type DropoutRates, type Masks } from './masks.ts';

/** The size of a language model, whatever its cell is. */
export interface RnnShape {
  /** The vocabulary. */
  readonly words: number;
  /** Of an embedding, a state and an output. */
  readonly units: number;
}

export interface ModelWeights {
  /** [words, units]: embedding and decoder. */
  readonly embedding: Value;
  /** [words] */
  readonly bias: Value;
  readonly cell: CellWeights;
}

/** The weight that is embedding and decoder. */
export const embeddingName = 'embedding.weight';

/** Declares `embedding.weight`, `decoder.bias` and, under `cell`, the cell's weights. */
export function modelWeights(b: GraphBuilder, { words, units }: RnnShape, nodes: number): ModelWeights {
  return {
    embedding: weightInput(b, embeddingName, [words, units]),
    bias: b.input('decoder.bias', [words], { role: 'weight', initializer: { kind: 'constant', value: 0 } }),
    cell: b.scope('cell', () => cellWeights(b, units, units, nodes)),
  };
}

export interface UnrolledSize {
  readonly steps: number;
  readonly batch: number;
}

/** Rows of all steps, the first step's first: [steps·batch, …]. */
export interface Unrolled {
  /** What the cell gave: [steps·batch, units]. */
  readonly raw: Value;
  /** That, after the dropout of the output. */
  readonly outputs: Value;
  /** [steps·batch, words] */
  readonly logits: Value;
  /** What the last step gave: [batch, units]. */
  readonly hiddenOut: Value;
}

/** Inputs `tokens` int64 [steps, batch], `hidden_in` [batch, units], and the masks of `rates`. */
export function unrolledModel(
  b: GraphBuilder,
  shape: RnnShape,
  weights: ModelWeights,
  cell: Cell,
  { steps, batch }: UnrolledSize,
  rates: DropoutRates,
): Unrolled {
  const { words, units } = shape;
  const tokens = b.input('tokens', [steps, batch], { dtype: 'int64' });
  const hiddenIn = b.input('hidden_in', [batch, units]);
  const masks = maskInputs(b, rates, { words, units, batch });

  const embedded = b.op('Reshape', [embed(b, weights.embedding, tokens, masks)], { shape: [-1, units] });
  const projected = product(b, embedded, weights.cell.input);
  const rows = rowsOfSteps(b, projected, steps, batch);
  const step = b.scope('cell', () => cell(weights.cell, masks.hidden));
  const states: Value[] = [];
  let state = hiddenIn;
  rows.forEach((row, t) => {
    state = b.scope(`step.${t}`, () => step(row, state));
    states.push(state);
  });
  const raw = b.op('Concat', states, { axis: 0 });
  const outputs = dropOutputs(b, raw, masks, { steps, batch }, units);
  const logits = b.scope('decoder', () =>
    b.op('Gemm', [outputs, weights.embedding, weights.bias], { alpha: 1, beta: 1, transA: 0, transB: 1 }),
  );
  return { raw, outputs, logits, hiddenOut: state };
}

/** [steps, batch, units], all three dropouts applied: those of the units are fixed over the steps, so they are one. */
function embed(b: GraphBuilder, embedding: Value, tokens: Value, masks: Masks): Value {
  return b.scope('embedding', () => {
    let x = b.op('Gather', [embedding, tokens], { axis: 0 });
    if (masks.embedding !== undefined) {
      const kept = b.op('Gather', [masks.embedding, tokens], { axis: 0 });
      x = b.op('Mul', [x, b.op('Unsqueeze', [kept], { axes: [2] })]);
    }
    const units = masks.input === undefined ? masks.x : masked(b, masks.input, masks.x);
    return masked(b, x, units);
  });
}

function dropOutputs(b: GraphBuilder, raw: Value, masks: Masks, size: UnrolledSize, units: number): Value {
  if (masks.output === undefined) return raw;
  const apart = b.op('Reshape', [raw], { shape: [size.steps, size.batch, units] });
  return b.op('Reshape', [b.op('Mul', [apart, masks.output])], { shape: [-1, units] });
}

function rowsOfSteps(b: GraphBuilder, rows: Value, steps: number, batch: number): readonly Value[] {
  if (!Number.isInteger(steps) || steps < 1) throw internal(`a model of ${steps} steps`);
  if (steps === 1) return [rows];
  return b.node('Split', [rows], { axis: 0, split: Array.from({ length: steps }, () => batch) });
}
