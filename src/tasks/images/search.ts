/** A search of convolutional cells over open images: what DARTS, section 3.1.1, feeds its supernet. */
import type { Batch } from '../../data/images/batches.ts';
import type { ImageSource } from '../../data/images/source.ts';
import { cosineRate } from '../../learn/schedule.ts';
import { Random } from '../../random.ts';
import type { Reporter } from '../../run/reporter.ts';
import { checkCnnShape } from '../../space/images/cnn.ts';
import type { SupernetShape } from '../../space/images/supernet.ts';
import { epochState, part, randomState, saved } from '../saved.ts';
import type { Searching, Supernet } from '../task.ts';
import { imageBatches } from './batches.ts';
import { classWeightsOf, sayClassWeights } from './class-weights.ts';
import { imageFacts } from './facts.ts';
import { batchFeeds } from './feeds.ts';
import { imageMeasuring } from './measure.ts';
import type { SearchImages } from './open.ts';
import type { SearchConfig } from './search-settings.ts';
import { countHits } from './score.ts';
import { searchEvaluation, supernetLoss } from './supernet-loss.ts';

/** The supernet of a shape; every role of its loss is the same. */
export function imageSupernet(
  shape: SupernetShape,
  settings: Pick<SearchConfig, 'batch_size' | 'momentum' | 'weight_decay' | 'clip' | 'initial_weights'>,
  classWeights?: readonly number[],
): Supernet<Batch> {
  const momentum = { momentum: settings.momentum, weightDecay: settings.weight_decay };
  return {
    usualSize: settings.batch_size,
    sizeOf: ({ size }) => size,
    feeds: batchFeeds,
    loss: (_, size) => supernetLoss(shape, size, settings.initial_weights, classWeights),
    optimizer: { ...momentum, clip: settings.clip },
    lookAhead: momentum,
    carried: new Map(),
  };
}

/** @throws NascentError 'space/invalid' where no supernet takes images of these sides: before anything is begun */
export async function imageSearch(
  { all, weights, alphas, apart }: SearchImages,
  settings: SearchConfig,
  reporter: Reporter,
): Promise<Searching<Batch>> {
  const { channels, layers, nodes, primitives, batch_size: batchSize, epochs } = settings;
  const shape: SupernetShape = {
    channels,
    layers,
    nodes,
    primitives,
    classes: all.classes.length,
    image: [all.channels, all.height, all.width],
  };
  checkCnnShape(shape);
  const classWeights = classWeightsOf(settings.class_weights, all);
  sayClassWeights(classWeights, all, reporter);
  const random = new Random(settings.seed);
  const stream = weights.trainBatches({ batchSize, random: random.fork('training order') });
  const fresh = alphas.freshBatches({ batchSize, random: random.fork('validation batches') });
  const measured = Math.min(settings.valid_images ?? alphas.count, alphas.count);
  // Of the epoch's number alone, so that a search that is stopped while it measures does it again the same.
  const ofMeasuring = (epoch: number) => random.fork('measured images').fork(String(epoch));
  return {
    ...imageSupernet(shape, settings, classWeights),
    batches: imageBatches(stream, batchSize, 'steps'),
    saved: saved({ weights: part(epochState, stream), alphas: part(randomState, fresh) }),
    facts: await imageFacts(all, apart ? alphas : undefined),
    begins: () => new Map(),
    score: countHits,
    get unreadable() {
      return all.unreadable.length + (apart ? alphas.unreadable.length : 0);
    },
    async close() {
      await all.close();
      if (apart) await alphas.close();
    },
    alphas: () => fresh.next(),
    rate: (epoch) => cosineRate(settings.rate, settings.rate_min, epoch, epochs),
    measuring: imageMeasuring(
      { split: 'valid', on: 'validation images' },
      searchEvaluation(shape),
      measured,
      () =>
        settings.valid_augmented
          ? augmentedOnce(alphas.part(0, measured), batchSize, ofMeasuring(stream.state.epoch))
          : alphas.evaluationBatches({ batchSize, take: measured }),
    ),
  };
}

/** Every image once, shuffled and augmented: what the official code measures its supernet on. */
async function* augmentedOnce(images: ImageSource, batchSize: number, random: Random): AsyncGenerator<Batch> {
  const batches = images.trainBatches({ batchSize, random });
  for (let i = 0; i < batches.batchesPerEpoch; i++) yield await batches.next();
}
