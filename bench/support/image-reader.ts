/**
 * The child's side of `bench/images.ts`: goes through the images of a folder once for each line of stdin.
 *
 * Arguments: what reads them, the folder, threads, the size of a batch.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { findImages } from '../../src/data/images/imagenet/folder.ts';
import { openImageNet } from '../../src/data/images/imagenet/source.ts';
import { Random } from '../../src/random.ts';
import { answerLines, costs } from './answer-lines.ts';

const [reader = '', from = '', threadsText, batchText] = process.argv.slice(2);
const [threads, batchSize] = [Number(threadsText), Number(batchText)];
const [resized, side] = [256, 224];

// Nothing is decoded ahead of a run, or after it: that would be on the time of the others.
const readers: Readonly<Record<string, () => Promise<() => Promise<number>>>> = {
  /** Centres of the images, normalised, as a model is validated on them. */
  async centres() {
    const source = await openImageNet({ from, split: 'test', workers: threads, prefetch: 0 });
    return async () => {
      let images = 0;
      for await (const { size } of source.evaluationBatches({ batchSize })) images += size;
      return images;
    };
  },
  /** Random crops in other colours, mirrored or not, as a network is trained on them. */
  async crops() {
    const source = await openImageNet({ from, split: 'train', workers: threads, prefetch: 0 });
    const stream = source.trainBatches({ batchSize, random: new Random(1) });
    return async () => {
      let images = 0;
      do images += (await stream.next()).size;
      while (!stream.atEnd);
      return images;
    };
  },
  /** Bytes of the whole image, and nothing done to them. */
  async decoded() {
    return sharpAlone((path) => sharp(path, { sequentialRead: true }).raw().toBuffer());
  },
  /** The same part as `centres`, as sharp resizes, which decodes a JPEG smaller where it can. */
  async resized() {
    return sharpAlone((path) =>
      sharp(path, { sequentialRead: true })
        .resize(resized, resized, { fit: 'outside' })
        .resize(side, side, { fit: 'cover' })
        .raw()
        .toBuffer(),
    );
  },
};

/** Two images on their way for each thread, as ours has them, so that none waits for its next. */
async function sharpAlone(read: (path: string) => Promise<Uint8Array>): Promise<() => Promise<number>> {
  sharp.concurrency(1);
  sharp.cache(false);
  const { directory, files } = await findImages(from, 'test');
  return async () => {
    const paths = files.map((file) => join(directory, file)).values();
    const lane = async () => {
      for (const path of paths) await read(path);
    };
    await Promise.all(Array.from({ length: 2 * threads }, lane));
    return files.length;
  };
}

const made = readers[reader];
if (made === undefined) throw new Error(`nothing reads images as ${reader}`);
const run = await made();
// Threads start, and files come into the cache of the disk.
const images = await run();
await answerLines({ images }, () => costs(run));
