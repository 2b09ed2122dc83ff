/**
 * The training of the language model of a recurrent cell over open text (DARTS, section 3.2 and appendix A.3): SGD, which
 * becomes averaged SGD when the validation loss stops falling; what is measured, kept and exported are the averages.
 */
import { z } from 'zod';
import { searchLength, trainingLength } from '../../data/text/lengths.ts';
import { TextStream, type TextStep } from '../../data/text/stream.ts';
import { scalar } from '../../graph/tensor.ts';
import { Random } from '../../random.ts';
import type { Json } from '../../run/record.ts';
import type { Store } from '../../runtime/runtime.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { rnnInferenceGraph } from '../../space/text/inference.ts';
import { drawMasks } from '../../space/text/masks.ts';
import { Draws, part, randomState, saved, textState } from '../saved.ts';
import type { Training } from '../task.ts';
import { averagedStep, averagingBegins, switchesNow, type Averaging } from './averaging.ts';
import { textBatches } from './batches.ts';
import { hiddenNames } from './carried.ts';
import { dropoutRates } from './dropout-settings.ts';
import { noHidden, textFeeds } from './feeds.ts';
import { textMeasuring } from './measure.ts';
import type { TrainingTexts } from './open.ts';
import { meanLoss } from './score.ts';
import type { RnnTrainConfig } from './train-settings.ts';
import { averageName, rnnEvaluation, rnnTrainingStep } from './training-step.ts';

/**
 * So often the best weights are gone back to without any that are better coming of it. A choice of ours, as is what they
 * are gone back to for: the official code does so without end, and on any exception, which hides what is not divergence.
 */
const mostRollbacks = 5;

const phaseSchema = z.strictObject({
  /** Validation losses of the epochs of plain SGD. */
  history: z.array(z.number()),
  averaging: z.strictObject({ steps: z.int().nonnegative(), rate: z.number().nonnegative() }).nullable(),
});

/** Plain or averaged SGD, and what decides between them. */
interface Phase {
  history: number[];
  averaging: Averaging | null;
}

export function textTraining(
  texts: TrainingTexts,
  settings: RnnTrainConfig,
  genotype: RnnGenotype,
): Training<TextStep> {
  const { words, training, valid, test, facts } = texts;
  const { units, bptt, batch_size: batch } = settings;
  const shape = { words, units };
  const rates = dropoutRates(settings);
  const random = new Random(settings.seed);
  const length = settings.vary_lengths ? trainingLength : searchLength;
  const stream = new TextStream(training, { bptt, length, random: random.fork('lengths') });
  const masks = new Draws(random.fork('masks'));
  let phase: Phase = { history: [], averaging: null };
  const restorePhase = (state: Phase) => {
    phase = { ...state };
  };
  const evaluation = (size: { readonly steps: number; readonly batch: number }) =>
    rnnEvaluation(shape, genotype, size);
  const savedState = saved({
    text: part(textState, stream),
    masks: part(randomState, masks),
    phase: part(phaseSchema, {
      get state() {
        return phase;
      },
      restore: restorePhase,
    }),
  });
  return {
    batches: textBatches(stream),
    saved: savedState,
    facts,
    usualSize: bptt,
    sizeOf: (slice) => slice.length,
    begins: ({ first }) => new Map(first ? [[hiddenNames.training, noHidden(batch, units)]] : []),
    score: meanLoss,
    unreadable: 0,
    close: async () => {},
    step: (steps) =>
      rnnTrainingStep(
        shape,
        genotype,
        {
          steps,
          batch,
          rates,
          penalties: { activation: settings.activation, slowness: settings.slowness },
        },
        { weightDecay: settings.weight_decay, clip: settings.clip },
      ),
    feeds(slice) {
      const { rate, share, next } = averagedStep(phase.averaging, (settings.rate * slice.drawn) / bptt);
      phase.averaging = next;
      const feeds = textFeeds(slice).set('rate', scalar(rate)).set('share', scalar(share));
      for (const [name, mask] of drawMasks(masks.random, rates, { ...shape, batch })) feeds.set(name, mask);
      return feeds;
    },
    inference: rnnInferenceGraph(shape, genotype),
    measuring: textMeasuring({ split: 'valid', on: 'validation text' }, valid, { bptt, units }, evaluation),
    testing: textMeasuring({ split: 'test', on: 'test text' }, test, { bptt, units }, evaluation),
    ended(epoch, measured) {
      const averages = phase.averaging !== null;
      const loss = measured?.loss ?? Number.NaN;
      const begins = !averages && switchesNow(phase.history, loss, settings.nonmono);
      if (!averages) phase.history = [...phase.history, loss];
      if (begins) phase.averaging = averagingBegins;
      return {
        record: { rate: settings.rate, optimizer: averages ? 'averaged SGD' : 'SGD' },
        ...(begins && { note: `weights are averaged from epoch ${epoch + 1} on` }),
      };
    },
    mostRollbacks,
    async wentBack(store, best, epoch) {
      await weightsFromAverages(store);
      const { phase: then } = best as { readonly phase: Json };
      restorePhase(phaseSchema.parse(then));
      // The random states go on: with the same draws it would end the same way.
      stream.restore({ epoch, position: 0, random: stream.state.random });
    },
  };
}

/** What is gone back to is what was measured: the averages. */
async function weightsFromAverages(store: Store): Promise<void> {
  const weights = store.names().filter((name) => store.has(averageName(name)));
  const averages = await store.read(weights.map(averageName));
  store.write(
    new Map(
      weights.flatMap((name) => {
        const average = averages.get(averageName(name));
        return average === undefined ? [] : [[name, average] as const];
      }),
    ),
  );
}
