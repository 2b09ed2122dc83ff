/**
 * The dropouts of a language model, all of them masks that are fed: drawn anew for each batch, and the same for all of
 * its steps (Gal and Ghahramani 2016; the locked dropout of Merity, Keskar, Socher 2018).
 *
 * | rate | drops | mask |
 * |---|---|---|
 * | `embedding` | whole words of the vocabulary | `mask.embedding` [words] |
 * | `input` | units of the embedded words | `mask.input` [B, units] |
 * | `x` | units of what the cell is given | `mask.x` [B, units] |
 * | `hidden` | units of every state that the cell reads, h' among them | `mask.hidden` [B, units] |
 * | `output` | units of what the decoder is given | `mask.output` [B, units] |
 */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Value } from '../../graph/types.ts';
import type { Random } from '../../random.ts';

export const dropoutNames = ['embedding', 'input', 'x', 'hidden', 'output'] as const;
export type DropoutName = (typeof dropoutNames)[number];

/** How much of each is dropped, from 0 (the mask is no input) to below 1. */
export type DropoutRates = { readonly [D in DropoutName]: number };

/** Nothing is dropped: evaluation. */
export const noDropout: DropoutRates = { embedding: 0, input: 0, x: 0, hidden: 0, output: 0 };

export interface MaskSizes {
  readonly words: number;
  readonly units: number;
  readonly batch: number;
}

export type Masks = { readonly [D in DropoutName]?: Value };

/** Declares a mask for each rate that is not 0. */
export function maskInputs(b: GraphBuilder, rates: DropoutRates, sizes: MaskSizes): Masks {
  return Object.fromEntries(
    dropped(rates).map((name) => [name, b.input(`mask.${name}`, shapeOf(name, sizes))]),
  );
}

/** Draws the masks that a graph of these rates is fed: each unit 0, or 1/(1 − rate) where it is kept. */
export function drawMasks(random: Random, rates: DropoutRates, sizes: MaskSizes): Map<string, Tensor> {
  return new Map(
    dropped(rates).map((name) => {
      const keep = 1 - rates[name];
      const shape = shapeOf(name, sizes);
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      for (let i = 0; i < data.length; i++) data[i] = random.bernoulli(keep) ? 1 / keep : 0;
      return [`mask.${name}`, { dtype: 'float32', shape, data }];
    }),
  );
}

function dropped(rates: DropoutRates): readonly DropoutName[] {
  return dropoutNames.filter((name) => rates[name] > 0);
}

function shapeOf(name: DropoutName, { words, units, batch }: MaskSizes): readonly number[] {
  return name === 'embedding' ? [words] : [batch, units];
}
