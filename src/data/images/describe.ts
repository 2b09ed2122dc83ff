/** What a dataset of images holds, looked through whole: its classes, how many images each has, and what is odd about it. */

import sharp from 'sharp';

import type { DatasetRow, ImagesRow, OnOpening } from '../row.ts';
import type { Batch } from './batches.ts';
import type { PerChannel } from './imagenet/normalisation.ts';
import type { ImageSource, UnreadableImage } from './source.ts';

export interface ClassCounts {
  readonly label: string;
  readonly train: number;
  /** For validation, beside those for the test. */
  readonly valid: number;
  readonly test: number;
}

/** Plain data, as `data info --json` prints it. */
export interface ImagesInfo {
  readonly name: DatasetRow['name'];
  /** What images are brought to. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Per channel, of pixels scaled to [0, 1]: what images are normalised by. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  readonly classes: readonly ClassCounts[];
  readonly unreadable: readonly UnreadableImage[];
  readonly notes: readonly string[];
}

export interface Described {
  readonly info: ImagesInfo;
  /** A row of training images for each class, in their order, as a PNG. */
  readonly sheet: () => Promise<Buffer>;
}

export interface DescribeOptions {
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    ((split: 'train' | 'valid' | 'test', done: number, total: number) => void) | undefined;
  /** Told how far the opening of a split is, before its images are gone through. */
  readonly onOpening?: OnOpening | undefined;
}

const batchSize = 64;
/** Images of a class on the sheet, and classes: a thousand would be no sheet to look at. */
const perClass = 8;
const mostClasses = 40;

/** @throws what opening the dataset throws; the signal's reason when stopped */
export async function describeImages(row: ImagesRow, options: DescribeOptions): Promise<Described> {
  const { from, signal, onProgress, onOpening } = options;
  const notes = new Set<string>();
  const unreadable = new Map<string, UnreadableImage>();
  const counts = {
    train: new Map<number, number>(),
    valid: new Map<number, number>(),
    test: new Map<number, number>(),
  };
  const shown = new Map<number, Buffer[]>();
  let about: ImageSource | undefined;
  const told = {
    from,
    onNote: (note: string) => notes.add(note),
    onUnreadable: (image: UnreadableImage) => unreadable.set(image.path, image),
    onProgress: onOpening,
  };
  for (const split of ['train', 'valid', 'test'] as const) {
    const like = about && {
      size: about.height,
      channels: about.channels,
      normalisation: { mean: about.mean, std: about.std },
    };
    const source: ImageSource | undefined =
      split === 'valid'
        ? like && (await row.openValidation?.({ ...told, ...like }))
        : await row.open({ ...told, split, ...like });
    if (source === undefined) continue;
    about ??= source;
    try {
      let done = 0;
      for await (const batch of source.evaluationBatches({ batchSize })) {
        signal?.throwIfAborted();
        for (const label of batch.labels) counts[split].set(label, (counts[split].get(label) ?? 0) + 1);
        if (split === 'train') keepSome(shown, batch, source);
        done += batch.size;
        onProgress?.(split, done, source.count);
      }
    } finally {
      await source.close();
    }
  }
  if (about === undefined) throw new Error('internal: nothing was opened');
  const { channels, height, width, mean, std, classes } = about;
  const sides = { channels, height, width };
  return {
    info: {
      name: row.name,
      ...sides,
      mean,
      std,
      classes: classes.map((label, k) => ({
        label,
        train: counts.train.get(k) ?? 0,
        valid: counts.valid.get(k) ?? 0,
        test: counts.test.get(k) ?? 0,
      })),
      unreadable: [...unreadable.values()],
      notes: [...notes],
    },
    sheet: () =>
      sheetOf(
        [...classes.keys()].slice(0, mostClasses).map((k) => shown.get(k) ?? []),
        sides,
      ),
  };
}

/** Adds images of the batch, as bytes with channels last, to classes that have too few to be shown. */
function keepSome(shown: Map<number, Buffer[]>, { images, labels }: Batch, source: ImageSource): void {
  const { channels, height, width, mean, std } = source;
  const area = height * width;
  for (const [i, label] of labels.entries()) {
    const some = shown.get(label) ?? [];
    shown.set(label, some);
    if (some.length === perClass) continue;
    const start = i * channels * area;
    some.push(
      Buffer.from(
        Uint8ClampedArray.from({ length: channels * area }, (_, at) => {
          const [channel, place] = [at % channels, Math.floor(at / channels)];
          const value = images[start + channel * area + place] ?? 0;
          return 255 * (value * (std[channel] ?? 1) + (mean[channel] ?? 0));
        }),
      ),
    );
  }
}

/** Space between images, and around them. */
const gap = 2;

async function sheetOf(
  rows: readonly (readonly Buffer[])[],
  { channels, height, width }: Pick<ImageSource, 'channels' | 'height' | 'width'>,
): Promise<Buffer> {
  const raw = { width, height, channels };
  return sharp({
    create: {
      width: gap + perClass * (width + gap),
      height: gap + rows.length * (height + gap),
      channels: 3,
      background: 'white',
    },
  })
    .composite(
      rows.flatMap((images, row) =>
        images.map((input, column) => ({
          input,
          raw,
          left: gap + column * (width + gap),
          top: gap + row * (height + gap),
        })),
      ),
    )
    .png()
    .toBuffer();
}
