/** What the table of datasets says of each. A row that lacks something does not compile. */

import type { GetOptions, GetResult } from './get.ts';
import type { AugmentOptions } from './images/augment.ts';
import type { ImageDataset } from './images/dataset.ts';
import type { Channels, Normalisation } from './images/imagenet/normalisation.ts';
import type { ImageSource, UnreadableImage } from './images/source.ts';
import type { LoadTextOptions, TextCorpus } from './text/corpus.ts';

/** How a dataset comes to be on this machine. */
export type Origin =
  | {
      /** It is got into the cache, from the network or from files given by hand. */
      readonly kind: 'published';
      readonly get: (options: GetOptions) => Promise<GetResult>;
      /** What `data get --from` takes. */
      readonly from: string;
    }
  /** It is made on the spot, by formula. */
  | { readonly kind: 'made' }
  /** It is the user's, and lies where `--from` says. */
  | { readonly kind: 'yours' };

export interface DatasetStatus {
  /** `given` is what nothing is known of before `--from` says where it is. */
  readonly status: 'ready' | 'missing' | 'damaged' | 'given';
  /** The folder that holds it, or should; null where there is none, or none is known. */
  readonly where: string | null;
}

export interface StatusOptions {
  /** The cache folder. Default: the platform's. */
  readonly cache?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface EveryRow {
  /** As commands take it. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** What is in it, in one line. */
  readonly description: string;
  readonly origin: Origin;
  /** What `--from` takes wherever the dataset is used; null where it is not taken. */
  readonly from: string | null;
  /** Whether it could be used now. Looks at the disk, not at the network. */
  readonly status: (options?: StatusOptions) => Promise<DatasetStatus>;
}

export interface ImagesRow extends EveryRow {
  readonly task: 'images';
  /**
   * In memory, all of one size; decoded from files as a run goes, and brought to a size; or decoded once from files, as
   * long as they fit into memory.
   */
  readonly held: 'memory' | 'files' | 'decoded';
  /**
   * Per channel, of pixels scaled to [0, 1]: what its images are normalised by unless a model says otherwise; null where
   * it is measured on the training images.
   */
  readonly normalisation: Normalisation | null;
  /** The name of each label, by label; null where the folders say. */
  readonly labels: readonly string[] | null;
  /**
   * A split as a source of batches; to be closed.
   *
   * @throws NascentError 'data/missing' or 'data/damaged' where it is not there whole
   */
  readonly open: (options: OpenImages) => Promise<ImageSource>;
  /**
   * The images that are set apart for validation beside those for the test; undefined where there are none. They are
   * told apart from training images by nothing else: like them they are augmented in what is learnt from.
   */
  readonly openValidation?: (options: OpenLike) => Promise<ImageSource | undefined>;
}

/** A dataset that fits in memory, which can be had whole, too. */
export interface MemoryRow extends ImagesRow {
  readonly held: 'memory';
  readonly normalisation: Normalisation;
  /** A row that makes its images makes no more than the first `images`; others give the split whole, all the same. */
  readonly load: (split: 'train' | 'test', images?: number | null) => Promise<ImageDataset>;
}

export interface TextRow extends EveryRow {
  readonly task: 'text';
  /** @throws NascentError 'data/missing', 'data/damaged'; 'input/invalid' where `from` does not go with it */
  readonly open: (options: LoadTextOptions) => Promise<TextCorpus>;
}

/** All that there is to know of a dataset. */
export type DatasetRow = ImagesRow | MemoryRow | TextRow;

/** How images are opened that others are validated by: as those are that are trained on. */
export type OpenLike = Omit<OpenImages, 'split' | 'size' | 'channels' | 'normalisation'> &
  Required<Pick<OpenImages, 'size' | 'channels' | 'normalisation'>>;

export interface OpenImages {
  readonly split: 'train' | 'test';
  /** Take only so many: the first in memory; of files, so many spread evenly over the classes. */
  readonly images?: number | null | undefined;
  /** The folder that holds images in files. Default: the environment's. */
  readonly from?: string | undefined;
  /** Height and width that images in files are brought to. */
  readonly size?: number | undefined;
  /** What a user's own images are brought to: grey, or colours. Default: grey where all are. */
  readonly channels?: Channels | undefined;
  /** Default: the row's. */
  readonly normalisation?: Normalisation | undefined;
  /**
   * What is done to the images that are trained on. Images in memory are only normalised without it; of those in files,
   * which are always cropped at random, it says whether they are mirrored, and nothing else.
   */
  readonly augmentation?: AugmentOptions | undefined;
  /** Told of each file that cannot be read, once. */
  readonly onUnreadable?: ((image: UnreadableImage) => void) | undefined;
  /** Told of what must be known of the dataset, such as what was left out of it. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Told how far the opening is, where all files are read for it: how many of them are surveyed, or decoded. */
  readonly onProgress?: OnOpening | undefined;
}

export type OnOpening = (doing: 'surveyed' | 'decoded', done: number, total: number) => void;
