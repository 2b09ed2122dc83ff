/**
 * A search of recurrent cells over open text: what DARTS, section 3.1.2, feeds its network, and what is its own beside the
 * convolutional search.
 *
 * Weights have no momentum. The penalties are in the weights' loss and not in the alphas'. Each pass has dropout masks of
 * its own, so the second order's finite difference is over masks too. The virtual step and the direction are clipped.
 * Both texts carry a hidden state, which only the weight step and the pass on validation text move on.
 */
import { alphaSlice, type TextSlice } from '../../data/text/batches.ts';
import { searchLength } from '../../data/text/lengths.ts';
import { TextStream, type TextStep } from '../../data/text/stream.ts';
import { Random } from '../../random.ts';
import { noPenalties } from '../../space/text/loss.ts';
import { drawMasks } from '../../space/text/masks.ts';
import { embeddingName } from '../../space/text/model.ts';
import { Draws, part, randomState, saved, textState } from '../saved.ts';
import type { Searching, Supernet } from '../task.ts';
import { textBatches } from './batches.ts';
import { carried, hiddenNames } from './carried.ts';
import { dropoutRates } from './dropout-settings.ts';
import { noHidden, textFeeds } from './feeds.ts';
import { textMeasuring } from './measure.ts';
import type { SearchTexts } from './open.ts';
import { meanLoss } from './score.ts';
import { rnnSearchEvaluation, rnnSearchLoss, type RnnSupernetShape } from './search-loss.ts';
import type { RnnSearchConfig } from './search-settings.ts';

/** A slice of training text, or one of the validation text. */
export type SearchSlice = TextStep | TextSlice;

/**
 * The supernet of a shape.
 *
 * @param masks what dropout masks are drawn from
 */
export function textSupernet(
  shape: RnnSupernetShape,
  settings: RnnSearchConfig,
  masks: Pick<Draws, 'random'>,
): Supernet<SearchSlice> {
  const { words, units } = shape;
  const { bptt, batch_size: batch } = settings;
  const rates = dropoutRates(settings);
  const penalties = { activation: settings.activation, slowness: settings.slowness };
  const lossOf = (steps: number, penalised: boolean) =>
    rnnSearchLoss(shape, { steps, batch, rates, penalties: penalised ? penalties : noPenalties });
  return {
    usualSize: bptt,
    sizeOf: ({ length }) => length,
    feeds(slice) {
      const feeds = textFeeds(slice);
      for (const [name, mask] of drawMasks(masks.random, rates, { words, units, batch }))
        feeds.set(name, mask);
      return feeds;
    },
    loss(role, steps) {
      switch (role) {
        case 'weights':
          return carried(lossOf(steps, true), hiddenNames.training, true);
        case 'alphas':
          return carried(lossOf(steps, false), hiddenNames.valid, true);
        case 'ahead':
          return carried(lossOf(steps, false), hiddenNames.valid, false);
        case 'along':
          return carried(lossOf(steps, false), hiddenNames.training, false);
      }
    },
    optimizer: { weightDecay: settings.weight_decay, clip: settings.clip },
    lookAhead: {
      momentum: 0,
      weightDecay: settings.weight_decay,
      clip: settings.clip,
      held: settings.virtual_embedding === 'held' ? [embeddingName] : [],
    },
    carried: new Map([['hidden_out', hiddenNames.valid]]),
  };
}

export function textSearch(texts: SearchTexts, settings: RnnSearchConfig): Searching<SearchSlice> {
  const { words, weights, alphas, measured, facts } = texts;
  const { units, nodes, primitives, bptt, batch_size: batch } = settings;
  const shape = { words, units, nodes, primitives };
  const random = new Random(settings.seed);
  const stream = new TextStream(weights, { bptt, length: searchLength, random: random.fork('lengths') });
  const masks = new Draws(random.fork('masks'));
  return {
    ...textSupernet(shape, settings, masks),
    batches: textBatches(stream),
    saved: saved({ text: part(textState, stream), masks: part(randomState, masks) }),
    facts,
    begins(slice) {
      // An epoch begins without a hidden state, on either text.
      const none = 'first' in slice && slice.first ? Object.values(hiddenNames) : [];
      return new Map(none.map((name) => [name, noHidden(batch, units)]));
    },
    score: meanLoss,
    unreadable: 0,
    close: async () => {},
    alphas: async (slice) => alphaSlice(alphas, 'position' in slice ? slice.position : 0, bptt),
    rate: (_, slice) =>
      slice !== undefined && 'drawn' in slice ? (settings.rate * slice.drawn) / bptt : settings.rate,
    measuring: textMeasuring({ split: 'valid', on: 'validation text' }, measured, { bptt, units }, (size) =>
      rnnSearchEvaluation(shape, size),
    ),
  };
}
