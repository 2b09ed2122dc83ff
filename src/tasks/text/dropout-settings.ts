/** The dropouts of a language model as settings, and as the rates that networks take. */
import type { DropoutRates } from '../../space/text/masks.ts';
import { share } from '../settings/kinds.ts';
import { kind, type Source } from '../settings/table.ts';

/** Of Merity, Keskar and Socher, whose dropouts the official code has; hidden and x are as in Gal and Ghahramani. */
const awdLstm: Source = 'Merity et al. (2018)';
const variational: Source = 'Gal and Ghahramani (2016)';

const dropout = (help: string, source: Source) => kind({ type: share, unit: null, help, source });

export const dropoutSettings = {
  output: dropout('Share of the units that is dropped of what the decoder reads.', awdLstm),
  hidden: dropout('Share of the units that is dropped of every state that the cell reads.', variational),
  x: dropout('Share of the units that is dropped of what the cell reads as input.', variational),
  input: dropout('Share of the units that is dropped of the embedded words.', awdLstm),
  embedding: dropout('Share of the words of the vocabulary that is dropped.', awdLstm),
} as const;

type DropoutSettings = { readonly [K in keyof DropoutRates as `dropout_${K}`]: number };

export function dropoutRates(settings: DropoutSettings): DropoutRates {
  return {
    embedding: settings.dropout_embedding,
    input: settings.dropout_input,
    x: settings.dropout_x,
    hidden: settings.dropout_hidden,
    output: settings.dropout_output,
  };
}
