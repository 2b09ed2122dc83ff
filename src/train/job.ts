/**
 * Training as a job. The network of a search is trained in the folder `train` of the search's run; the network of a
 * genotype given by name or file, in a run of its own.
 */
import { z } from 'zod';
import {
  loadDataset,
  openImageSource,
  sourceNames,
  type SourceName,
  type SourceOptions,
} from '../data/datasets.ts';
import { subset } from '../data/images/dataset.ts';
import { dartsAugmentation } from '../data/images/imagenet/source.ts';
import { datasetSource, type ImageSource } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import { holdRun } from '../run/hold.ts';
import type { Reporter } from '../run/reporter.ts';
import { genotypeToJson } from '../space/images/genotype-json.ts';
import { validateGenotype } from '../space/images/genotype.ts';
import { trainSchema, type TrainConfig } from '../tasks/images/train-settings.ts';
import { requireSameImages, writeImageFacts } from '../tasks/images/facts.ts';
import { readOrder, type RunOrder } from '../learn/order.ts';
import { requireTrainable } from '../tasks/images/training-step.ts';
import { lossOptionsOf, networkShape, train, type TrainData, type TrainResult } from './train.ts';

/** What run.json holds under `config`. */
export const recordedTraining = z.strictObject({
  data: z.enum(sourceNames),
  /** The folder of images that are in files; where it is not said, the environment does. */
  from: z.string().optional(),
  preset: z.string(),
  /** Where the genotype came from, for people. */
  source: z.string(),
  genotype: z.unknown(),
  settings: trainSchema,
});

export type TrainOrder = RunOrder<z.input<typeof recordedTraining>>;

export interface TrainOutcome extends TrainResult {
  readonly run: string;
  readonly engine: string;
  /** Image files that were passed over because they cannot be read. */
  readonly unreadable: number;
}

export async function trainJob(
  args: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TrainOutcome> {
  const { config, resumed, open } = readOrder('train', recordedTraining, args);
  const genotype = validateGenotype(config.genotype);
  const { settings } = config;
  const data = await openData(config, reporter);
  try {
    const { training, testing } = data;
    if (resumed !== undefined) requireSameImages(resumed, training);
    requireTrainable(networkShape(settings, training), genotype, lossOptionsOf(settings));
    const { run, engine } = await open(reporter);
    const result = await holdRun(run, 'train', signal, async (either) => {
      await run.writeFile('genotype.json', genotypeToJson(genotype));
      await writeImageFacts(run, training);
      return train(run, settings, genotype, data, engine.runtime, reporter, either);
    });
    const unreadable = training.unreadable.length + (testing?.unreadable.length ?? 0);
    if (unreadable > 0) reporter.note(`images that could not be read and were passed over: ${unreadable}`);
    return { ...result, run: run.path, engine: engine.runtime.name, unreadable };
  } finally {
    await data.training.close();
    await data.testing?.close();
  }
}

/** The images that a training is told to use. */
async function openData(
  { data, from, settings }: z.output<typeof recordedTraining>,
  reporter: Reporter,
): Promise<TrainData> {
  const { flip, crop, cutout, image_size: size } = settings;
  const inFiles = data === 'imagenet';
  if (inFiles && (crop > 0 || cutout > 0)) {
    reporter.note('crop and cutout are for images in memory, and not used here');
  }
  const options = (images: number | null): SourceOptions => ({
    images,
    augmentation: { pad: crop, flip, cutout },
    imagenet: {
      from,
      size: size ?? undefined,
      augmentation: { ...dartsAugmentation, flip },
      onUnreadable: ({ path, reason }) => reporter.note(`passed over ${path}: ${reason}`),
    },
  });
  if (settings.held_back > 0) return holdBack(data, settings);
  const training = await openImageSource(data, 'train', options(settings.train_images));
  requireSize(training, settings);
  const { test_images: tested } = settings;
  const testing = tested === 0 ? undefined : await openImageSource(data, 'test', options(tested));
  return { training, testing };
}

/** The training split in two: what is trained on, and the end of it, which takes the test split's place. */
async function holdBack(data: SourceName, settings: TrainConfig): Promise<TrainData> {
  const { held_back: held, train_images: images, crop, flip, cutout } = settings;
  if (data === 'imagenet') {
    throw new NascentError('input/invalid', `held_back=${held}: ImageNet has a validation split of its own`, {
      help: 'Leave held_back out.',
    });
  }
  const all = await loadDataset(data, 'train', images);
  if (held >= all.count) {
    throw new NascentError(
      'input/invalid',
      `held_back=${held} leaves nothing of ${all.count} training images`,
      {
        help: 'Hold fewer images back.',
      },
    );
  }
  const kept = all.count - held;
  const training = datasetSource(subset(all, 0, kept), { pad: crop, flip, cutout });
  requireSize(training, settings);
  return { training, testing: datasetSource(subset(all, kept, all.count)) };
}

/** Images in memory have one size. */
function requireSize({ name, height }: ImageSource, { image_size: size }: TrainConfig): void {
  if (size === null || size === height) return;
  throw new NascentError('input/invalid', `image_size=${size}: the images of ${name} are ${height} wide`, {
    help: 'Leave image_size out: only images in files, such as ImageNet, are brought to a size.',
  });
}
