/** The dropouts of a language model as settings, and as the rates that networks take. */
import { z } from 'zod';
import type { DropoutRates } from '../../space/text/masks.ts';

const share = z.number().min(0).lt(1);

export const dropoutSettings = {
  /** Share of the units that is dropped of what the decoder is given. */
  dropout_output: share,
  /** Of every state that the cell reads. */
  dropout_hidden: share,
  /** Of what the cell is given. */
  dropout_x: share,
  /** Of the embedded words. */
  dropout_input: share,
  /** Share of the vocabulary's words that is dropped. */
  dropout_embedding: share,
};

type DropoutSettings = { readonly [K in keyof typeof dropoutSettings]: number };

export function dropoutRates(settings: DropoutSettings): DropoutRates {
  return {
    embedding: settings.dropout_embedding,
    input: settings.dropout_input,
    x: settings.dropout_x,
    hidden: settings.dropout_hidden,
    output: settings.dropout_output,
  };
}
