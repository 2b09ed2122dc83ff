import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';

import { drawnLetters, strokes, strokesWidth } from '../../src/draw/strokes.ts';
import { textWidth } from '../../src/draw/svg-text.ts';
import { outlined, pngOf } from '../../src/report/png.ts';
import { rnnGenotypeSvg } from '../../src/report/rnn-svg.ts';
import { svgDocument, textLine } from '../../src/report/svg-document.ts';
import { genotypeSvg } from '../../src/report/svg.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';

const convolutional = genotypeSvg(publishedGenotypes.DARTS_V2, { title: 'A & <b> "c"', theme: 'light' });
const recurrent = rnnGenotypeSvg(publishedRnnGenotypes.DARTS_V1, { theme: 'dark' });

test.each([
  ['convolutional', convolutional],
  ['recurrent', recurrent],
])('all text of a %s drawing is strokes, of the colour that it had', (_, svg) => {
  expect(svg).toContain('<text');
  const drawn = outlined(svg);
  expect(drawn).not.toMatch(/<text|<tspan/);
  const looks = new Set([...drawn.matchAll(/<g class="([\w-]+)-stroke"/g)].map(([, look]) => look ?? ''));
  expect(looks.size).toBeGreaterThan(2);
  for (const look of looks) {
    const fill = new RegExp(`^\\.nascent \\.${look} \\{ fill: (#\\w+); \\}$`, 'm').exec(svg)?.[1];
    expect(drawn).toContain(`.nascent .${look}-stroke { stroke: ${fill}; fill: none; }`);
  }
});

test('a picture is as wide as asked, and as tall as the drawing is for that', async () => {
  const [, width = '', height = ''] = /width="(\d+)" height="(\d+)"/.exec(convolutional) ?? [];
  const png = await sharp(await pngOf(convolutional, 500)).metadata();
  expect(png).toMatchObject({ format: 'png', width: 500, hasAlpha: false });
  expect(Math.abs((png.height ?? 0) - (500 * Number(height)) / Number(width))).toBeLessThanOrEqual(1);
});

/** Pixels that are dark in a white picture of one line of text. */
async function ink(text: string): Promise<number> {
  const line = textLine('ink', { x: 10, y: 40, size: 30 }, text);
  const svg = svgDocument(
    { width: 600, height: 60, lines: [line] },
    { title: 'text', description: 'text', theme: 'light' },
  );
  const pixels = await sharp(await pngOf(svg, 600))
    .greyscale()
    .raw()
    .toBuffer();
  return pixels.reduce((count, value) => count + (value < 128 ? 1 : 0), 0);
}

test('every letter can be seen', async () => {
  expect(await ink('')).toBe(0);
  for (const letter of drawnLetters) {
    if (letter !== ' ') expect(await ink(letter), letter).toBeGreaterThan(2);
  }
  for (let code = 33; code < 127; code++) expect(drawnLetters).toContain(String.fromCodePoint(code));
});

test('letters with accents lose them, and a letter of which no way is known is a box', () => {
  expect(strokes('é')).toEqual(strokes('e'));
  expect(strokes('日')).toEqual(strokes('本'));
  expect(strokes('日')).toHaveLength(1);
});

test('a box that holds a text as estimated holds its strokes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...drawnLetters)), (letters) => {
      const text = letters.join('');
      expect(strokesWidth(text, 20)).toBeLessThanOrEqual(textWidth(text, 20) + 1e-9);
    }),
  );
});

test('a machine without any font draws the same picture', async () => {
  const script = `
    import { pngOf } from ${JSON.stringify(new URL('../../src/report/png.ts', import.meta.url).href)};
    process.stdout.write(await pngOf(process.env.DRAWING, 400));
  `;
  const without = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, DRAWING: recurrent, FONTCONFIG_FILE: '/dev/null', FONTCONFIG_PATH: '/dev/null' },
  });
  expect(without.equals(await pngOf(recurrent, 400))).toBe(true);
});
