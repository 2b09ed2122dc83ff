/** Cases of the ops of language models. */
import * as fc from 'fast-check';

import type { Activation } from '../../../src/graph/attributes.ts';
import { extent, floatInput, shapes, wholeInput } from '../shapes.ts';

const activations = fc.shuffledSubarray<Activation>(['Tanh', 'Relu', 'Sigmoid', 'Identity'], {
  minLength: 1,
});

/** More words than a vector of numbers has, too, so that rows have whole vectors and what is left over. */
const vocabulary = fc.oneof(extent, fc.integer({ min: 15, max: 40 }));

/** Inputs c beside h, p and states of a mixed node; h is never 0, where Relu has its kink. */
const mixed = fc
  .record({ activations, edges: fc.integer({ min: 1, max: 3 }), batch: extent, units: extent })
  .chain(({ activations: names, edges, batch, units }) => {
    const state = floatInput([batch, units]);
    const block = floatInput([edges * batch, 2 * units]);
    return fc
      .tuple(block, floatInput([edges, names.length]), ...Array.from({ length: edges }, () => state))
      .map((inputs) => ({ activations: names, inputs, state: [batch, units] }));
  });

/** Inputs w, mask and states of a stacked product; more columns than a vector has, too. */
const stacked = fc
  .record({ edges: fc.integer({ min: 1, max: 3 }), batch: extent, units: extent, columns: vocabulary })
  .chain(({ edges, batch, units, columns }) => {
    const state = floatInput([batch, units]);
    const states = Array.from({ length: edges }, () => state);
    return fc
      .tuple(floatInput([units, columns]), state, ...states)
      .map((inputs) => ({ inputs, product: [edges * batch, columns] }));
  });

export const recurrentCases = {
  EmbeddingGrad: fc
    .tuple(shapes(0, 2), shapes(0, 2), fc.integer({ min: 1, max: 5 }))
    .chain(([indices, rest, rows]) =>
      fc
        .tuple(wholeInput('int64', indices, 0, rows), floatInput([...indices, ...rest]))
        .map((inputs) => ({ op: 'EmbeddingGrad' as const, attributes: { rows }, inputs })),
    ),

  CrossEntropy: fc
    .tuple(extent, vocabulary)
    .chain(([rows, classes]) =>
      fc
        .tuple(floatInput([rows, classes]), wholeInput('int64', [rows], -classes, classes))
        .map((inputs) => ({ op: 'CrossEntropy' as const, attributes: {}, inputs })),
    ),

  CrossEntropyGrad: fc
    .tuple(extent, vocabulary)
    .chain(([rows, classes]) =>
      fc
        .tuple(
          floatInput([rows]),
          floatInput([rows, classes]),
          wholeInput('int64', [rows], -classes, classes),
        )
        .map((inputs) => ({ op: 'CrossEntropyGrad' as const, attributes: {}, inputs })),
    ),

  StackedProduct: stacked.map(({ inputs }) => ({
    op: 'StackedProduct' as const,
    attributes: {},
    inputs,
  })),

  StackedProductGrad: stacked.chain(({ inputs, product }) =>
    floatInput(product).map((dy) => ({
      op: 'StackedProductGrad' as const,
      attributes: {},
      inputs: [dy, ...inputs],
    })),
  ),

  MixedHighway: mixed.map(({ activations: names, inputs }) => ({
    op: 'MixedHighway' as const,
    attributes: { activations: names },
    inputs,
  })),

  MixedHighwayGrad: mixed.chain(({ activations: names, inputs, state }) =>
    floatInput(state).map((dy) => ({
      op: 'MixedHighwayGrad' as const,
      attributes: { activations: names },
      inputs: [dy, ...inputs],
    })),
  ),
};
