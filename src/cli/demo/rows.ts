/** What the demo of each task is: its presets, what it shows, and when its numbers are good enough. */

import { NascentError } from '../../errors.ts';
import type { Validation } from '../../evaluate/accuracy.ts';
import type { PerplexityReport } from '../../evaluate/perplexity.ts';
import type { AnyTrainConfig, TaskName } from '../../tasks/task.ts';
import { images } from '../../tasks/images/task.ts';
import { text } from '../../tasks/text/task.ts';
import { formatInteger, formatShare } from '../render/format.ts';
import { gateOfClasses } from './amounts.ts';
import type { DemoResult } from './demo.ts';

export interface DemoRow {
  /** Of the drawing of the cells. */
  readonly title: string;
  readonly preset: { readonly search: string; readonly train: string };
  /** What validation is told beside model and data, by how the network was trained. */
  validate(settings: AnyTrainConfig): Readonly<Record<string, unknown>>;
  /** How often the test split was right, a line for each way it was measured. */
  readonly tested: { readonly label: string; lines(result: DemoResult): readonly string[] };
  /** The preset of a search of the paper's size, to try next. */
  readonly next: string;
  /**
   * @param gate of the amount that was trained
   * @throws NascentError 'gate/failed' where the exported model is not good enough on the test split
   */
  requireGood(result: DemoResult, gate: number): void;
}

/** How far the exported model's perplexity may be from the trained one's. */
const mostApart = 1e-3;

function refuse(what: string, help: string): never {
  throw new NascentError('gate/failed', what, { help });
}

const trainLonger = 'Run the demo again with another `--engine`, or train longer: nascent train --help.';

export const demoRows: { readonly [N in TaskName]: DemoRow } = {
  images: {
    title: 'Cells found by DARTS',
    preset: { search: 'quick', train: 'quick' },
    validate: (settings) =>
      'test_images' in settings && settings.test_images !== 0 ? { images: settings.test_images } : {},
    tested: {
      label: 'test accuracy',
      lines({ validation: given, train, parity }) {
        const validation = given as Validation;
        const { measured } = train;
        const line = (accuracy: number, count: number, runtime: string) =>
          `${formatShare(accuracy)} of ${formatInteger(count)} images, ${runtime}`;
        return [
          line(validation.accuracy, validation.images, `onnxruntime-${validation.provider}`),
          ...(measured === null
            ? []
            : [line(measured.value, measured.count ?? 0, `${train.engine}, as trained`)]),
          ...parity.pairs
            .filter(({ realImages }) => realImages > 0)
            .map(({ realCorrect, realImages, name }) => line(realCorrect / realImages, realImages, name)),
        ];
      },
    },
    next: 'darts',
    requireGood({ validation: given }, gate) {
      const { accuracy, classes } = given as Validation;
      const least = gateOfClasses(gate, classes.length);
      if (accuracy >= least) return;
      refuse(
        `the exported model gets ${images.metric.format(accuracy)} of the test images right, and at least ${formatShare(least)} is required`,
        trainLonger,
      );
    },
  },
  text: {
    title: 'Recurrent cell found by DARTS',
    preset: { search: 'quick-rnn', train: 'quick-rnn' },
    validate: (settings) =>
      'test_tokens' in settings
        ? {
            batchSize: settings.test_batch_size,
            pieces: settings.test_batch_size,
            tokens: settings.test_tokens,
            trainTokens: settings.train_tokens,
          }
        : {},
    tested: {
      label: 'test perplexity',
      lines({ validation: given, train }) {
        const validation = given as PerplexityReport;
        const { inPieces } = validation;
        const line = (value: number | null | undefined, of: string) => `${value?.toFixed(2) ?? 'NaN'}  ${of}`;
        return [
          line(
            validation.perplexity,
            `over ${formatInteger(validation.words)} words, onnxruntime-${validation.provider}`,
          ),
          ...(inPieces === null
            ? []
            : [line(inPieces.perplexity, `the same in ${inPieces.pieces} pieces, as training measures`)]),
          line(train.tested?.value, `${train.engine}, as trained`),
          line(validation.unigramPerplexity, 'the unigram model of the same training text'),
        ];
      },
    },
    next: 'darts-rnn',
    requireGood({ validation: given, train }, factor) {
      const { perplexity, inPieces, unigramPerplexity } = given as PerplexityReport;
      const trained = train.tested?.value ?? Number.NaN;
      if (perplexity === null) {
        return refuse("the exported model's output is NaN or infinite", 'See parity.json in the run folder.');
      }
      const alike = inPieces?.perplexity ?? perplexity;
      const apart = Math.abs(alike / trained - 1);
      if (!(apart <= mostApart)) {
        return refuse(
          `the exported model has ${text.metric.format(alike)}, and the trained one ${text.metric.format(trained)}`,
          'They should agree to 0.1 %: compare runtimes with nascent parity.',
        );
      }
      if (perplexity * factor <= unigramPerplexity) return undefined;
      return refuse(
        `the exported model has ${text.metric.format(perplexity)} on the test text, and at most ` +
          `${(unigramPerplexity / factor).toFixed(1)} is required: 1/${factor} of the unigram model's`,
        trainLonger,
      );
    },
  },
};
