/** The images of a run, as its settings want them. */
import { datasetNamed, imagesNames, type ImagesName } from '../../data/registry.ts';
import type { Channels, Normalisation } from '../../data/images/imagenet/normalisation.ts';
import { onOneLine } from '../../data/images/own/words.ts';
import type { ImageSource } from '../../data/images/source.ts';
import { NascentError } from '../../errors.ts';
import type { DataRequest } from '../task.ts';
import { adviseClassWeights } from './class-weights.ts';
import { tellOpening } from './opening.ts';
import type { SearchConfig } from './search-settings.ts';
import type { TrainConfig } from './train-settings.ts';

/** What is done at random to images that are learnt from. */
interface Augmented {
  /** Only so many images, or null for all. */
  readonly images: number | null;
  readonly pad?: number;
  readonly flip?: boolean;
  readonly cutout?: number;
  readonly size?: number | null;
  readonly channels?: Channels | null;
  /** Default: the dataset's own. */
  readonly normalisation?: Normalisation;
  /** Whether what is left out of the dataset is said. Default true. */
  readonly said?: boolean;
}

/** @throws NascentError 'data/missing', 'data/damaged', 'input/invalid' for a size that images in memory do not have */
async function openImages(
  { data, from, reporter }: DataRequest,
  split: 'train' | 'test',
  { images, pad, flip, cutout, size = null, channels = null, normalisation, said = true }: Augmented,
): Promise<ImageSource> {
  const source = await datasetNamed(imagesNamed(data)).open({
    split,
    images,
    from,
    size: size ?? undefined,
    channels: channels ?? undefined,
    normalisation,
    augmentation: {
      ...(pad !== undefined && { pad }),
      ...(flip !== undefined && { flip }),
      ...(cutout !== undefined && { cutout }),
    },
    onUnreadable: ({ path, reason }) => reporter.note(`passed over ${onOneLine(path)}: ${reason}`),
    onNote: said ? (note) => reporter.note(note) : undefined,
    onProgress: tellOpening(reporter),
  });
  const sized = size === null || size === source.height;
  if (sized && (channels === null || channels === source.channels)) return source;
  await source.close();
  if (sized) {
    throw new NascentError(
      'input/invalid',
      `image_channels=${channels}: the images of ${source.name} have ${source.channels}`,
      { help: 'Leave image_channels out: only your own images, --data images, are brought to so many.' },
    );
  }
  throw new NascentError(
    'input/invalid',
    `image_size=${size}: the images of ${source.name} are ${source.width}×${source.height}`,
    { help: 'Leave image_size out: only images in files, such as ImageNet, are brought to a size.' },
  );
}

function imagesNamed(data: string): ImagesName {
  const found = imagesNames.find((name) => name === data);
  if (found !== undefined) return found;
  throw new NascentError('input/unknown', `unknown dataset "${data}"`, {
    help: `Datasets of images: ${imagesNames.join(', ')}.`,
  });
}

/** Of datasets that others made it is known how even they are. */
function advise(
  { data, reporter }: DataRequest,
  { class_weights: wanted }: Pick<SearchConfig | TrainConfig, 'class_weights'>,
  images: ImageSource,
): void {
  if (datasetNamed(imagesNamed(data)).held === 'decoded') adviseClassWeights(wanted, images, reporter);
}

/** The images for validation that a dataset has beside those for the test, like those that are trained on. */
async function openValidation(
  { data, from, reporter }: DataRequest,
  like: ImageSource,
  { cutout, flip, pad }: Pick<Augmented, 'cutout' | 'flip' | 'pad'> = {},
): Promise<ImageSource | undefined> {
  return datasetNamed(imagesNamed(data)).openValidation?.({
    from,
    size: like.height,
    channels: like.channels,
    normalisation: { mean: like.mean, std: like.std },
    augmentation: {
      ...(pad !== undefined && { pad }),
      ...(flip !== undefined && { flip }),
      ...(cutout !== undefined && { cutout }),
    },
    onUnreadable: ({ path, reason }) => reporter.note(`passed over ${onOneLine(path)}: ${reason}`),
    onProgress: tellOpening(reporter),
  });
}

/**
 * The halves of a search: the first trains weights, the second alphas (DARTS, section 3.1). Images that are there for
 * validation are the second half, and all others the first.
 */
export interface SearchImages {
  /** Those that are halved, or that train the weights where others are there for the alphas. */
  readonly all: ImageSource;
  readonly weights: ImageSource;
  readonly alphas: ImageSource;
  /** Whether alphas have images of their own, which are none of `all`. */
  readonly apart: boolean;
}

export async function openSearchImages(request: DataRequest, settings: SearchConfig): Promise<SearchImages> {
  const all = await openImages(request, 'train', {
    images: settings.train_images,
    cutout: settings.cutout,
    size: settings.image_size,
    channels: settings.image_channels,
  });
  advise(request, settings, all);
  const apart = await openValidation(request, all, { cutout: settings.cutout }).catch(
    async (error: unknown) => {
      await all.close();
      throw error;
    },
  );
  if (apart !== undefined) return { all, weights: all, alphas: apart, apart: true };
  if (all.count < 2) {
    await all.close();
    throw new NascentError('input/invalid', `${all.count} images are too few to be halved for a search`, {
      help: 'A search trains weights on one half and alphas on the other: give it 2 images or more.',
    });
  }
  return halves(all);
}

export function halves(all: ImageSource): SearchImages {
  const half = Math.floor(all.count / 2);
  return { all, weights: all.part(0, half), alphas: all.part(half, all.count), apart: false };
}

interface Measured {
  readonly source: ImageSource;
  readonly split: 'valid' | 'test';
  /** What they are, in words. */
  readonly on: string;
}

/** What a training learns from, and what it is measured on after each epoch, if on anything. */
export interface TrainingImages {
  readonly training: ImageSource;
  readonly measured: Measured | undefined;
  readonly close: () => Promise<void>;
}

export async function openTrainingImages(
  request: DataRequest,
  settings: TrainConfig,
): Promise<TrainingImages> {
  const { train_images: images, test_images: tested, held_back: held, image_size: size } = settings;
  const { image_channels: channels } = settings;
  const { crop, flip, cutout } = settings;
  if (datasetNamed(imagesNamed(request.data)).held === 'files' && (crop > 0 || cutout > 0)) {
    request.reporter.note('crop and cutout are for images in memory, and not used here');
  }
  const all = await openImages(request, 'train', {
    images,
    pad: crop,
    flip,
    cutout,
    size,
    channels,
  });
  advise(request, settings, all);
  if (held > 0) {
    if (held >= all.count) {
      await all.close();
      throw new NascentError(
        'input/invalid',
        `held_back=${held} leaves nothing of ${all.count} training images`,
        { help: 'Hold fewer images back.' },
      );
    }
    const kept = all.count - held;
    return {
      training: all.part(0, kept),
      measured: { source: all.part(kept, all.count), split: 'valid', on: 'held-back images' },
      close: () => all.close(),
    };
  }
  const valid = await openValidation(request, all).catch(async (error: unknown) => {
    await all.close();
    throw error;
  });
  if (valid !== undefined) {
    return {
      training: all,
      measured: { source: valid, split: 'valid', on: 'validation images' },
      async close() {
        await all.close();
        await valid.close();
      },
    };
  }
  // What was measured on the training images is what the others are normalised by, too.
  const like = {
    size: all.height,
    channels: all.channels,
    normalisation: { mean: all.mean, std: all.std },
    said: false,
  };
  const test = tested === 0 ? undefined : await openImages(request, 'test', { images: tested, ...like });
  return {
    training: all,
    measured: test === undefined ? undefined : { source: test, split: 'test', on: 'test images' },
    async close() {
      await all.close();
      await test?.close();
    },
  };
}
