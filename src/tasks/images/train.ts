/** The training of a network of convolutional cells over open images (DARTS, section 3.2 and appendix A.2, A.3). */
import type { Batch } from '../../data/images/batches.ts';
import type { ImageSource } from '../../data/images/source.ts';
import { scalar } from '../../graph/tensor.ts';
import { rateAt } from '../../learn/schedule.ts';
import { Random } from '../../random.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { CnnShape } from '../../space/images/cnn.ts';
import { dropPathCount, dropPathInput } from '../../space/images/drop-path.ts';
import type { CnnGenotype } from '../../space/images/genotype.ts';
import { inferenceGraph } from '../../space/images/network-graphs.ts';
import { Draws, epochState, part, randomState, saved } from '../saved.ts';
import type { Training } from '../task.ts';
import { imageBatches, stepsTaken } from './batches.ts';
import { classWeightsOf, sayClassWeights } from './class-weights.ts';
import { dropPathMasks, dropPathProbability } from './drop-path.ts';
import { imageFacts } from './facts.ts';
import { batchFeeds } from './feeds.ts';
import { imageMeasuring } from './measure.ts';
import type { TrainingImages } from './open.ts';
import { countHits } from './score.ts';
import type { TrainConfig } from './train-settings.ts';
import { trainingStep, type LossOptions } from './training-step.ts';

export async function imageTraining(
  { training, measured, close }: TrainingImages,
  settings: TrainConfig,
  genotype: CnnGenotype,
  reporter: Reporter,
): Promise<Training<Batch>> {
  const { batch_size: batchSize, epochs, drop_path: dropPath } = settings;
  const shape = networkShape(settings, training);
  const options = { momentum: settings.momentum, weightDecay: settings.weight_decay, clip: settings.clip };
  const random = new Random(settings.seed);
  const stream = training.trainBatches({ batchSize, random: random.fork('training order') });
  const masks = new Draws(random.fork('drop path'));
  const paths = dropPath > 0 ? dropPathCount(shape, genotype) : 0;
  const classWeights = classWeightsOf(settings.class_weights, training);
  sayClassWeights(classWeights, training, reporter);
  const perEpoch = stream.batchesPerEpoch;
  const inference = inferenceGraph(shape, genotype);
  return {
    batches: imageBatches(stream, batchSize, 'img'),
    saved: saved({ weights: part(epochState, stream), dropPath: part(randomState, masks) }),
    facts: await imageFacts(training),
    usualSize: batchSize,
    sizeOf: ({ size }) => size,
    begins: () => new Map(),
    score: countHits,
    get unreadable() {
      return training.unreadable.length + (measured?.source.unreadable.length ?? 0);
    },
    close,
    step: (size) =>
      trainingStep(shape, genotype, size, options, { ...lossOptionsOf(settings), classWeights }),
    feeds(batch, epoch) {
      // The batch has been taken: its step is the last one of those taken.
      const rate = rateAt(settings, epoch * perEpoch + stepsTaken(stream, batchSize) - 1, perEpoch);
      const feeds = batchFeeds(batch).set('rate', scalar(rate));
      if (paths === 0) return feeds;
      const probability = dropPathProbability(dropPath, epoch, epochs);
      return feeds.set(dropPathInput, dropPathMasks(paths * batch.size, probability, masks.random));
    },
    inference,
    measuring:
      measured === undefined
        ? undefined
        : imageMeasuring(measured, inference, measured.source.count, () =>
            measured.source.evaluationBatches({ batchSize }),
          ),
    testing: undefined,
    ended: (epoch) => ({
      record: {
        rate: rateAt(settings, (epoch + 1) * perEpoch - 1, perEpoch),
        drop_path: dropPathProbability(dropPath, epoch, epochs),
      },
    }),
    // The official code has no such thing for images.
    mostRollbacks: 0,
    wentBack: async () => {},
  };
}

/** The shape of the network that `settings` describe, for images like those of `images`. */
export function networkShape(
  { channels, layers, stem }: Pick<TrainConfig, 'channels' | 'layers' | 'stem'>,
  images: Pick<ImageSource, 'channels' | 'height' | 'width' | 'classes'>,
): CnnShape {
  return {
    channels,
    layers,
    stem,
    classes: images.classes.length,
    image: [images.channels, images.height, images.width],
  };
}

/** What the settings add to network and loss in training. */
export function lossOptionsOf(settings: TrainConfig): LossOptions {
  return {
    auxiliary: settings.auxiliary,
    labelSmoothing: settings.label_smoothing,
    dropPath: settings.drop_path,
    initial: settings.initial_weights,
  };
}
