/** Ops of language models: embeddings, the loss over a vocabulary, the node of a recurrent search cell. */
import type { Activation } from '../attributes.ts';
import type { TensorType } from '../types.ts';
import {
  at,
  ensure,
  float,
  known,
  requireRank,
  requireSameShape,
  requireType,
  showShape,
  type OpDefinition,
} from './rule.ts';

interface Labelled {
  readonly rows: TensorType['shape'][number];
}

/** Scores [N, C] and a label for each row. */
function requireLabelled(scores: TensorType, labels: TensorType, what: string): Labelled {
  requireType(scores, 'float32', what);
  requireRank(scores, 2, what);
  requireType(labels, 'int64', 'labels');
  const [rows] = scores.shape;
  ensure(
    rows !== undefined && labels.shape.length === 1 && labels.shape[0] === rows,
    `${what} ${showShape(scores.shape)} and labels ${showShape(labels.shape)} do not match`,
    'Give one label for each row.',
  );
  return { rows };
}

/** The shape of a state [B, H], of which there are as many as inputs from `first` on. */
function requireMixed(
  inputs: readonly TensorType[],
  first: number,
  activations: readonly Activation[],
): { readonly state: TensorType; readonly edges: number } {
  const state = at(inputs, first + 2);
  const states = inputs.slice(first + 2);
  requireRank(state, 2, 'a state');
  const [batch, units] = state.shape;
  for (const other of states) requireSameShape(other, state, 'the states');
  const [ch, p] = [at(inputs, first), at(inputs, first + 1)];
  const expected = showShape([
    known(batch, 'the batch') * states.length,
    2 * known(units, 'the units of a state'),
  ]);
  ensure(
    showShape(ch.shape) === expected,
    `ch is ${showShape(ch.shape)}, not ${expected}`,
    `Give a block of rows, c beside h, for each of the ${states.length} states.`,
  );
  ensure(
    new Set(activations).size === activations.length && activations.length > 0,
    `the activations are [${activations.join(', ')}]`,
    'Name at least one, and each once.',
  );
  ensure(
    showShape(p.shape) === showShape([states.length, activations.length]),
    `p is ${showShape(p.shape)}, not ${showShape([states.length, activations.length])}`,
    'Give a row for each state, and in it a weight for each activation.',
  );
  for (const type of inputs) requireType(type, 'float32', 'every input');
  return { state, edges: states.length };
}

/** What a stacked product is of, from input `first` on: the shapes [J·B,N] of its output and [B,H] of a state. */
function requireStacked(
  inputs: readonly TensorType[],
  first: number,
): { readonly product: TensorType; readonly state: TensorType } {
  const [w, state] = [at(inputs, first), at(inputs, first + 1)];
  requireRank(w, 2, 'w');
  requireRank(state, 2, 'the mask');
  const states = inputs.slice(first + 2);
  for (const other of states) requireSameShape(other, state, 'the mask and the states');
  for (const type of inputs) requireType(type, 'float32', 'every input');
  const [rows, units] = [known(w.shape[0], 'the rows of w'), known(state.shape[1], 'the units of a state')];
  ensure(
    rows === units,
    `w ${showShape(w.shape)} and states ${showShape(state.shape)} do not match`,
    'Give w a row for each unit.',
  );
  const batch = known(state.shape[0], 'the batch');
  return { product: float([states.length * batch, known(w.shape[1], 'the columns of w')]), state };
}

export const recurrentOps = {
  EmbeddingGrad: {
    arity: [2, 2],
    infer: (inputs, { rows }) => {
      const [indices, dy] = [at(inputs, 0), at(inputs, 1)];
      requireType(indices, 'int64', 'indices');
      requireType(dy, 'float32', 'dy');
      const rank = indices.shape.length;
      ensure(
        dy.shape.length >= rank && indices.shape.every((dim, axis) => dim === dy.shape[axis]),
        `indices ${showShape(indices.shape)} are not the front of dy ${showShape(dy.shape)}`,
        'Give a row of dy for each index.',
      );
      ensure(Number.isInteger(rows) && rows > 0, `rows is ${rows}`, 'Give the number of rows of the table.');
      return [float([rows, ...dy.shape.slice(rank)])];
    },
  } satisfies OpDefinition<'EmbeddingGrad'>,
  CrossEntropy: {
    arity: [2, 2],
    infer: (inputs) => {
      const { rows } = requireLabelled(at(inputs, 0), at(inputs, 1), 'the logits');
      return [float([rows]), at(inputs, 0)];
    },
  } satisfies OpDefinition<'CrossEntropy'>,
  CrossEntropyGrad: {
    arity: [3, 3],
    infer: (inputs) => {
      const { rows } = requireLabelled(at(inputs, 1), at(inputs, 2), 'the log-probabilities');
      requireSameShape(at(inputs, 0), float([rows]), 'dloss and the labels');
      return [at(inputs, 1)];
    },
  } satisfies OpDefinition<'CrossEntropyGrad'>,
  StackedProduct: {
    arity: [3, Infinity],
    infer: (inputs) => [requireStacked(inputs, 0).product],
  } satisfies OpDefinition<'StackedProduct'>,
  StackedProductGrad: {
    arity: [4, Infinity],
    infer: (inputs) => {
      requireSameShape(at(inputs, 0), requireStacked(inputs, 1).product, 'dy and the product');
      return [at(inputs, 1), ...inputs.slice(3)];
    },
  } satisfies OpDefinition<'StackedProductGrad'>,
  MixedHighway: {
    arity: [3, Infinity],
    infer: (inputs, { activations }) => [requireMixed(inputs, 0, activations).state],
  } satisfies OpDefinition<'MixedHighway'>,
  MixedHighwayGrad: {
    arity: [4, Infinity],
    infer: (inputs, { activations }) => {
      const { state } = requireMixed(inputs, 1, activations);
      requireSameShape(at(inputs, 0), state, 'dy and the states');
      return inputs.slice(1);
    },
  } satisfies OpDefinition<'MixedHighwayGrad'>,
};

export type RecurrentOp = keyof typeof recurrentOps;
