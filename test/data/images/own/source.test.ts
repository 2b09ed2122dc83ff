import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { expect, it } from 'vitest';

import { openOwnImages } from '../../../../src/data/images/own/source.ts';
import { readPicture } from '../../../../src/data/images/picture.ts';
import type { Batch } from '../../../../src/data/images/batches.ts';
import type { ImageSource, UnreadableImage } from '../../../../src/data/images/source.ts';
import { Random } from '../../../../src/random.ts';
import { temporaryFolder } from '../../temporary.ts';

/** Two classes of twelve images with a gradient across and another down, so that turning and mirroring shows. */
async function drawn(side = 16): Promise<string> {
  const folder = await temporaryFolder();
  for (const [label, name] of ['dark', 'light'].entries()) {
    await mkdir(join(folder, name));
    for (let number = 0; number < 12; number++) {
      const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
        const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
        return 40 + 90 * label + 3 * x + 2 * y + number + (i % 3);
      });
      await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toFile(join(folder, name, `${number}.png`));
    }
  }
  return folder;
}

it('measures mean and deviation on the training images, and normalises both splits by them', async () => {
  const from = await drawn();
  const train = await openOwnImages({ split: 'train', from });
  const test = await openOwnImages({ split: 'test', from });
  expect([train.count, test.count, train.height]).toEqual([20, 4, 16]);
  expect(test).toMatchObject({ mean: train.mean, std: train.std, classes: ['dark', 'light'] });
  const sums = [0, 0];
  let values = 0;
  for await (const { images } of train.evaluationBatches({ batchSize: 7 })) {
    for (const value of images) {
      sums[0] = (sums[0] ?? 0) + value;
      sums[1] = (sums[1] ?? 0) + value * value;
    }
    values += images.length;
  }
  expect((sums[0] ?? 0) / values).toBeCloseTo(0, 5);
  expect((sums[1] ?? 0) / values).toBeCloseTo(1, 5);
});

it('gives out the same test images from memory as decoded on the way', async () => {
  const from = await drawn();
  const options = { split: 'test', from, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } } as const;
  const inMemory = await openOwnImages(options);
  const streamed = await openOwnImages(options, 0);
  const all = await firstBatch(inMemory);
  const others = await firstBatch(streamed);
  await streamed.close();
  expect(others?.labels).toEqual(all?.labels);
  expect(others?.images.length).toBe(all?.images.length);
  const off = all?.images.map((value, i) => Math.abs(value - (others?.images[i] ?? NaN)));
  expect(Math.max(...(off ?? [NaN]))).toBeLessThan(1e-6);
});

it('reads every format and kind as predict does', async () => {
  const from = await temporaryFolder();
  const gradient = (channels: 1 | 3 | 4) =>
    sharp(
      Uint8Array.from({ length: 20 * 24 * channels }, (_, i) => (i * 7) % 251),
      { raw: { width: 20, height: 24, channels } },
    );
  for (const name of ['a', 'b']) await mkdir(join(from, name));
  await gradient(3).webp({ lossless: true }).toFile(join(from, 'a/one.webp'));
  await gradient(3).avif().toFile(join(from, 'a/two.avif'));
  await gradient(3).tiff().toFile(join(from, 'a/three.tif'));
  await gradient(3).gif().toFile(join(from, 'a/four.gif'));
  await gradient(3).jpeg().withMetadata({ orientation: 6 }).toFile(join(from, 'b/turned.jpg'));
  await gradient(1).png().toFile(join(from, 'b/grey.png'));
  await gradient(4).png().toFile(join(from, 'b/clear.png'));
  await gradient(3).toColourspace('rgb16').png().toFile(join(from, 'b/deep.png'));
  const normalisation = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const values: number[] = [];
  for (const split of ['train', 'test'] as const) {
    const source = await openOwnImages({ split, from, size: 16, normalisation });
    for await (const { images } of source.evaluationBatches({ batchSize: 1 })) values.push(sum(images));
  }
  const names = [
    'a/one.webp',
    'a/two.avif',
    'a/three.tif',
    'a/four.gif',
    'b/turned.jpg',
    'b/grey.png',
    'b/clear.png',
    'b/deep.png',
  ];
  const expected = await Promise.all(
    names.map(async (name) =>
      sum(await readPicture(join(from, name), { size: 16, resize: 16, normalisation })),
    ),
  );
  const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);
  const found = sorted(values);
  expect(found).toHaveLength(8);
  // In memory a pixel is a byte.
  for (const [i, value] of sorted(expected).entries())
    expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThan(2);
});

it('gives grey images one channel, from memory and decoded on the way, unless another number is asked for', async () => {
  const from = await temporaryFolder();
  for (const [label, name] of ['dark', 'light'].entries()) {
    await mkdir(join(from, name));
    for (let number = 0; number < 6; number++) {
      const pixels = Uint8Array.from({ length: 64 }, (_, i) => 100 * label + 5 * number + i);
      await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toFile(join(from, name, `${number}.png`));
    }
  }
  const notes: string[] = [];
  const grey = await openOwnImages({ split: 'train', from, onNote: (note) => notes.push(note) });
  expect(grey).toMatchObject({
    channels: 1,
    height: 8,
    mean: [expect.any(Number)],
    std: [expect.any(Number)],
  });
  expect(notes.join('\n')).toContain('the images are grey: they have one channel');
  const streamed = await openOwnImages({ split: 'train', from }, 0);
  const [held, decoded] = [await firstBatch(grey), await firstBatch(streamed)];
  await streamed.close();
  expect(held?.shape).toEqual([10, 1, 8, 8]);
  expect(decoded?.shape).toEqual([10, 1, 8, 8]);
  // What is written in a grey file is what is read, whether a byte or a fraction.
  const [mean = 0] = grey.mean;
  const [std = 1] = grey.std;
  for (const [i, value] of (held?.images ?? []).entries()) {
    const byte = 255 * (value * std + mean);
    expect(Math.abs(byte - Math.round(byte))).toBeLessThan(1e-4);
    expect(Math.abs(value - (decoded?.images[i] ?? NaN))).toBeLessThan(1e-5);
  }
  const coloured = await openOwnImages({ split: 'train', from, channels: 3 });
  const [red] = coloured.mean;
  expect(coloured).toMatchObject({ channels: 3, mean: [red, red, red] });
  expect(red).toBeCloseTo(mean, 10);
  // One image in colours among grey ones, and the images are in colours.
  for (const name of ['red', 'crimson', 'scarlet']) {
    // Three, since two of nine are set aside for the test.
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toFile(join(from, `dark/${name}.png`));
  }
  expect(await openOwnImages({ split: 'train', from })).toMatchObject({ channels: 3 });
  const light = await openOwnImages({
    split: 'train',
    from,
    channels: 1,
    normalisation: { mean: [0], std: [1] },
  });
  const seen: number[] = [];
  for await (const { images } of light.evaluationBatches({ batchSize: 20 })) seen.push(...images);
  expect(seen.some((value) => Math.abs(value - 0.299) < 0.002)).toBe(true);
});

it('cuts little off small images that are decoded on the way, and leaves their colours alone', async () => {
  // Half black, half grey: a crop of a small part would be of one of them.
  const from = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(from, name));
    for (let number = 0; number < 10; number++) {
      const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) =>
        Math.floor(i / 3) % 32 < 16 ? 0 : 200,
      );
      await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toFile(join(from, name, `${number}.png`));
    }
  }
  const normalisation = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const source = await openOwnImages({ split: 'train', from, normalisation }, 0);
  const batches = source.trainBatches({ batchSize: 16, random: new Random(1) });
  const { images, size } = await batches.next();
  await source.close();
  const values = 3 * 32 * 32;
  for (let image = 0; image < size; image++) {
    const own = images.subarray(image * values, (image + 1) * values);
    // A crop has 27 columns of 32 at least, of which no more than 16 are of one kind.
    const white = own.filter((value) => value > 0.39).length / values;
    expect(white).toBeGreaterThan(0.33);
    expect(white).toBeLessThan(0.67);
    expect(Math.max(...own)).toBeCloseTo(200 / 255, 5);
    expect(Math.min(...own)).toBe(0);
  }
});

it('passes over a file that cannot be read, says it, and refuses a folder of them', async () => {
  const from = await drawn();
  await writeFile(join(from, 'dark/0.png'), 'not an image');
  await writeFile(join(from, 'light/0.png'), '');
  const unreadable: UnreadableImage[] = [];
  const onUnreadable = (image: UnreadableImage) => unreadable.push(image);
  const sources = [
    await openOwnImages({ split: 'train', from, onUnreadable }),
    await openOwnImages({ split: 'test', from, onUnreadable }),
  ];
  expect(unreadable.map(({ path }) => path).toSorted()).toEqual([
    join(from, 'dark/0.png'),
    join(from, 'light/0.png'),
  ]);
  expect(sources.map(({ count }) => count).reduce((a, b) => a + b)).toBe(22);
  for (let number = 1; number < 6; number++) await writeFile(join(from, `dark/${number}.png`), 'x');
  await expect(openOwnImages({ split: 'train', from })).rejects.toMatchObject({
    code: 'data/damaged',
    message: expect.stringMatching(/of 20 images cannot be read: .*dark/),
  });
  await expect(openOwnImages({ split: 'train' })).rejects.toMatchObject({ code: 'input/invalid' });
});

/** `drawn`, in train, but for the first image of each class, which is in test. */
async function drawnSplits(): Promise<string> {
  const from = await drawn();
  await mkdir(join(from, 'train'));
  for (const name of ['dark', 'light']) {
    await rename(join(from, name), join(from, 'train', name));
    await mkdir(join(from, 'test', name), { recursive: true });
    await rename(join(from, 'train', name, '0.png'), join(from, 'test', name, '0.png'));
  }
  return from;
}

it('says where the same image is in two classes, whatever its file is called', async () => {
  const from = await drawnSplits();
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  await openOwnImages({ split: 'train', from, onNote });
  expect(notes).toEqual([]);
  await copyFile(join(from, 'train/dark/3.png'), join(from, 'train/light/other.png'));
  await copyFile(join(from, 'train/dark/4.png'), join(from, 'train/dark/again.png'));
  await openOwnImages({ split: 'train', from, onNote });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^the same image is in two classes, 1 time: /);
  expect(notes[0]).toContain('dark/3.png');
  expect(notes[0]).toContain('light/other.png');
});

it('says where an image that is tested on is trained on, too, from memory and decoded on the way', async () => {
  const from = await drawnSplits();
  const [seen, wrong] = [join(from, 'test/dark/seen.png'), join(from, 'test/light/wrong.png')];
  await copyFile(join(from, 'train/dark/3.png'), seen);
  await copyFile(join(from, 'train/dark/4.png'), wrong);
  for (const most of [2 ** 30, 0]) {
    const notes: string[] = [];
    const source = await openOwnImages({ split: 'train', from, onNote: (note) => notes.push(note) }, most);
    await source.close();
    const of = (what: string) => notes.filter((note) => note.startsWith(`the same image is in ${what}, `));
    expect(of('two classes')).toEqual([
      `the same image is in two classes, 1 time: ${join(from, 'train/dark/4.png')} and ${wrong}`,
    ]);
    expect(of('two of training, validation and test')).toEqual([
      `the same image is in two of training, validation and test, 1 time: ${join(from, 'train/dark/3.png')} and ${seen}`,
    ]);
  }
});

it('says of which classes no image can be read', async () => {
  const from = await drawnSplits();
  await mkdir(join(from, 'train/broken'));
  await writeFile(join(from, 'train/broken/0.png'), 'not an image');
  const notes: string[] = [];
  await openOwnImages({ split: 'train', from, onNote: (note) => notes.push(note) });
  expect(notes).toContain('no image can be read of broken');
  notes.length = 0;
  await openOwnImages({ split: 'test', from, onNote: (note) => notes.push(note) });
  expect(notes.filter((note) => note.startsWith('no image can be read'))).toEqual([]);
});

it('names an image of which the middle is but a small part, and no panorama', async () => {
  const from = await drawnSplits();
  const sized = (width: number, height: number, file: string) =>
    sharp({ create: { width, height, channels: 3, background: 'red' } })
      .png()
      .toFile(join(from, 'train/dark', file));
  await sized(128, 16, 'long.png');
  await sized(16, 2000, 'high.png');
  await sized(64, 16, 'panorama.png');
  const notes: string[] = [];
  await openOwnImages({ split: 'train', from, size: 16, channels: 3, onNote: (note) => notes.push(note) });
  const [note] = notes.filter((each) => each.startsWith('only a small part'));
  expect(note).toContain('of 2 long images (');
  expect(note).toContain(`${join(from, 'train/dark/long.png')} is 128×16`);
  expect(note).toContain(`${join(from, 'train/dark/high.png')} is 16×2000`);
});

it('says how far it is with the files of a folder, first read and then decoded, and reads none twice for it', async () => {
  const from = await drawnSplits();
  const told: string[] = [];
  const onProgress = (doing: string, done: number, total: number) => told.push(`${doing} ${done}/${total}`);
  await openOwnImages({ split: 'train', from, onNote: () => undefined, onProgress });
  expect(told).toEqual(['surveyed 24/24', 'decoded 22/22']);
  told.length = 0;
  await openOwnImages({ split: 'test', from, onNote: () => undefined, onProgress });
  await openOwnImages({ split: 'train', from, onProgress });
  expect(told).toEqual(['decoded 2/2', 'decoded 22/22']);
});

it('reads a file of another format than its name says by its content, and says so', async () => {
  const from = await drawn();
  for (let number = 0; number < 12; number++) {
    const file = join(from, `light/${number}.png`);
    await rename(file, join(from, 'light', `${number}.jpg`));
  }
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const { count } = await openOwnImages({ split: 'train', from, onNote });
  expect(count).toBe(20);
  const note = notes.find((each) => each.startsWith('read '));
  expect(note).toMatch(/^read 10 files by content: .*light\/\d+\.jpg is PNG, .* and 5 more\)$/);
});

async function firstBatch(source: ImageSource): Promise<Batch | undefined> {
  for await (const batch of source.evaluationBatches({ batchSize: 10 })) return batch;
  return undefined;
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
