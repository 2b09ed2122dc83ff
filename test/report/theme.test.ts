import { expect, test } from 'vitest';

import { dark, light, type Palette } from '../../src/report/theme.ts';

/** Relative luminance and contrast of WCAG 2.1. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const texts = ({ background, panel, ink, muted, heat, good, bad, node, nodeInk, families }: Palette) =>
  [
    [ink, background],
    [muted, background],
    [ink, panel],
    [muted, panel],
    // All shades of a heat map lie between the panel and this.
    [ink, heat],
    [good, background],
    [bad, background],
    [nodeInk, node],
    ...Object.values(families).map(([fill, , text]) => [text, fill] as const),
  ] as const;

const shapes = ({ background, panel, wire, families, series }: Palette) => [
  ...series.map((colour) => [colour, background] as const),
  [wire, panel] as const,
  // The edge of a chip is decoration beside its name; a wire must be seen on its panel.
  ...Object.values(families).map(([, line]) => [line, panel] as const),
];

test.each([
  ['light', light],
  ['dark', dark],
])('text and lines can be seen in %s', (_, palette) => {
  // Levels AA: 4.5 for text (1.4.3), 3 for what must be seen to understand a graph (1.4.11).
  for (const [text, on] of texts(palette))
    expect.soft(contrast(text, on), `${text} on ${on}`).toBeGreaterThanOrEqual(4.5);
  for (const [line, on] of shapes(palette))
    expect.soft(contrast(line, on), `${line} on ${on}`).toBeGreaterThanOrEqual(3);
});
