/**
 * Draws `fixtures/imagenet`: `node --import tsx test/data/imagenet/make-fixture.ts`. A class is a colour and a pattern;
 * among the images are the odd ones that the real ImageNet has, and one that is broken.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import sharp from 'sharp';
import type { Sharp } from 'sharp';

const root = fileURLToPath(new URL('../../../../fixtures/imagenet', import.meta.url));
const classes = ['n01440764', 'n01443537', 'n01484850'];
const perClass = 10;

type Encode = (image: Sharp) => Promise<Buffer>;
const jpeg: Encode = (image) => image.jpeg({ quality: 80 }).toBuffer();

/** By class and number; all others are plain JPEGs. */
const odd: Readonly<Record<string, Encode>> = {
  '0/3': (image) => jpeg(image.greyscale()),
  '0/7': (image) => image.png({ palette: true, colours: 16 }).toBuffer(),
  '1/2': (image) => jpeg(image.toColourspace('cmyk')),
  '1/5': async (image) => (await jpeg(image)).subarray(0, 400),
  '2/4': (image) => image.ensureAlpha(0.5).resize(16, 12).png().toBuffer(),
};

function draw(label: number, number: number): Sharp {
  const width = 36 + ((number * 13 + label * 5) % 37);
  const height = 36 + ((number * 29 + label * 11) % 31);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = Math.sin((label === 0 ? y : label === 1 ? x : x + y) * 0.5 + number);
      for (let channel = 0; channel < 3; channel++) {
        const tint = channel === label ? 70 : 0;
        pixels[(y * width + x) * 3 + channel] = Math.round(
          90 + tint + 50 * wave + (30 * x) / width - 4 * (number % perClass),
        );
      }
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function save(path: string, data: Buffer | string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), data);
}

for (const split of ['train', 'val']) await rm(join(root, split), { recursive: true, force: true });
for (const [label, name] of classes.entries()) {
  for (let number = 0; number < perClass; number++) {
    const encode = odd[`${label}/${number}`] ?? jpeg;
    await save(`train/${name}/${name}_${number}.JPEG`, await encode(draw(label, number)));
  }
}

/** Ids in the challenge's order, which is not the sorted one, as in the real file. */
const ids = [2, 0, 1];
const truth = [1, 3, 2, 2, 1, 3, 3, 1, 2];
for (const [i, id] of truth.entries()) {
  const number = String(i + 1).padStart(8, '0');
  await save(`val/ILSVRC2012_val_${number}.JPEG`, await jpeg(draw(ids[id - 1] ?? 0, 20 + i)));
}
await save('ILSVRC2012_validation_ground_truth.txt', `${truth.join('\n')}\n`);
await save('map_clsloc.txt', ids.map((label, i) => `${classes[label]} ${i + 1} pattern_${label}\n`).join(''));
