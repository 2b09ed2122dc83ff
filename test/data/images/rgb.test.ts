import sharp from 'sharp';
import { expect, it } from 'vitest';

import { rgbOf } from '../../../src/data/images/rgb.ts';

it('turns inks into light by (255 − C)(255 − K)/255, in JPEG and in TIFF', async () => {
  const [width, height] = [16, 12];
  const drawn = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 5) % 256);
  for (const format of ['jpeg', 'tiff'] as const) {
    const file = await sharp(drawn, { raw: { width, height, channels: 3 } })
      .toColourspace('cmyk')
      .toFormat(format, { quality: 100 })
      .toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const inks = await sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const { pixels } = await rgbOf(sharp(file));
    const light = (i: number) => {
      const [pixel, colour] = [Math.floor(i / 3), i % 3];
      return Math.round(((255 - (inks[4 * pixel + colour] ?? 0)) * (255 - (inks[4 * pixel + 3] ?? 0))) / 255);
    };
    expect(pixels).toEqual(Uint8Array.from({ length: width * height * 3 }, (_, i) => light(i)));
    // The drawn colours come back, or nearly: inks do not reach all of them, but their order is that of light.
    expect(new Set(pixels).size).toBeGreaterThan(20);
  }
});

it('gives three channels of what has one, two or four, and bytes of what has 16 bits', async () => {
  for (const channels of [1, 2, 3, 4] as const) {
    const raw = { width: 4, height: 4, channels };
    const drawn = Uint8Array.from({ length: 16 * channels }, (_, i) => (channels === 1 ? i * 16 : 100 + i));
    for (const deep of [false, true]) {
      const image = sharp(drawn, { raw });
      const file = await (deep ? image.toColourspace(channels < 3 ? 'grey16' : 'rgb16') : image)
        .png()
        .toBuffer();
      const { pixels } = await rgbOf(sharp(file));
      expect(pixels.length).toBe(48);
      const first = Array.from({ length: 3 }, (_, c) => drawn[channels < 3 ? 0 : c] ?? NaN);
      for (const [c, value] of first.entries()) expect(Math.abs((pixels[c] ?? NaN) - value)).toBeLessThan(2);
    }
  }
});
