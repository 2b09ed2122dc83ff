/** ImageNet, or any tree of images laid out like it, as a source of batches. */

import { NascentError } from '../../../errors.ts';
import { countedPerClass } from '../source.ts';
import type { ImageSource, UnreadableImage } from '../source.ts';
import { DecodePool } from './decode-pool.ts';
import { Decoder } from './decoder.ts';
import { folderDigest } from './digest.ts';
import { folderBatches } from './evaluation.ts';
import { findImages, imageNetDirectory } from './folder.ts';
import { freshStream } from './fresh-stream.ts';
import { mean, std } from './normalisation.ts';
import type { Normalisation } from './normalisation.ts';
import { interleaved, stretch, thinned } from './part.ts';
import { TrainStream } from './train-stream.ts';
import type { ImageNetAugmentation } from './transform.ts';

/** What DARTS trains its ImageNet network with. */
export const dartsAugmentation: ImageNetAugmentation = {
  scale: [0.08, 1],
  ratio: [3 / 4, 4 / 3],
  jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 },
  flip: true,
};

export interface ImageNetOptions {
  /** The folder that holds the splits. Default: the environment's NASCENT_IMAGENET. */
  readonly from?: string | undefined;
  /** `test` is the validation split. */
  readonly split: 'train' | 'test';
  /** Take only so many images, spread evenly over the classes. */
  readonly images?: number | null | undefined;
  /** Height and width of the images given out. Default 224. */
  readonly size?: number | undefined;
  /** What the short side is brought to for evaluation. Default: `size` times 256/224. */
  readonly resize?: number | undefined;
  /** Default: what published networks are fed by. */
  readonly normalisation?: Normalisation | undefined;
  /** Default `dartsAugmentation`. */
  readonly augmentation?: ImageNetAugmentation | undefined;
  /** Threads that decode. Default: the machine's cores but one. */
  readonly workers?: number | undefined;
  /** Threads shared with another source, which are then not this one's to close. */
  readonly pool?: DecodePool | undefined;
  /** Batches decoded ahead. Default 2. */
  readonly prefetch?: number | undefined;
  /** Told of each file that cannot be read, once. */
  readonly onUnreadable?: ((image: UnreadableImage) => void) | undefined;
  /** Told of what is passed over in the folders. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Finds the images of a split and makes them a source. Nothing is decoded, and no thread started, before a batch is
 * asked for.
 *
 * @throws NascentError 'data/missing' or 'data/damaged', naming the path and what was expected there; 'input/invalid'
 *   for a size that is none
 */
export async function openImageNet(options: ImageNetOptions): Promise<ImageSource> {
  const { split, size = 224, augmentation = dartsAugmentation, prefetch = 2, onUnreadable } = options;
  const { resize = Math.round((size * 256) / 224), normalisation = { mean, std } } = options;
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(resize) || resize < size) {
    throw new NascentError('input/invalid', `images cannot be brought to ${resize} and cut to ${size}`, {
      help: 'The image size is a whole number, 224 for the published networks, and no larger than what they are brought to.',
    });
  }
  const folder = thinned(
    await findImages(imageNetDirectory(options.from), split, options.onNote),
    options.images,
  );
  const pool = options.pool ?? new DecodePool(options.workers);
  const settings = { name: 'imagenet', split, resize, augmentation, prefetch, normalisation };
  const close = async () => {
    if (options.pool === undefined) await pool.close();
  };
  return folderSource(new Decoder(folder, size, pool, onUnreadable, { normalisation }), settings, close);
}

/** How the images of a folder are given out. */
export interface FolderSettings {
  readonly name: string;
  readonly split: 'train' | 'test';
  readonly resize: number;
  readonly augmentation: ImageNetAugmentation;
  readonly prefetch: number;
  readonly normalisation: Normalisation;
}

/**
 * The images of a decoder's folder as a source.
 *
 * @param isPart whether the files are in the order of parts already
 */
export function folderSource(
  decoder: Decoder,
  settings: FolderSettings,
  close: () => Promise<void>,
  isPart = false,
): ImageSource {
  const { name, split, resize, augmentation, prefetch, normalisation } = settings;
  const { folder, size, channels } = decoder;
  let order = isPart ? folder : undefined;
  return {
    name,
    split,
    count: folder.files.length,
    channels,
    height: size,
    width: size,
    classes: folder.classes,
    perClass: countedPerClass(folder),
    mean: normalisation.mean,
    std: normalisation.std,
    get unreadable() {
      return decoder.unreadable;
    },
    part(start, end) {
      order ??= interleaved(folder);
      return folderSource(decoder.of(stretch(order, start, end)), settings, async () => {}, true);
    },
    digest: () => folderDigest(folder),
    freshBatches: (batches) => freshStream(decoder, { ...batches, augmentation, prefetch }),
    trainBatches: (batches) => new TrainStream(decoder, { ...batches, augmentation, prefetch }),
    evaluationBatches: (range) => folderBatches(decoder, { ...range, resize, prefetch }),
    close,
  };
}
