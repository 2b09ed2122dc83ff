import { describe, expect, it } from 'vitest';

import { cellSize, origin, terminalSvg } from '../../docs/make/terminal-svg.ts';
import { testTerminal } from '../support/terminal.ts';

async function svgOf(written: string): Promise<string> {
  const terminal = testTerminal(20, 2);
  terminal.stream.write(written);
  await terminal.settled();
  return terminalSvg(terminal.cells(), 'a <title>');
}

/** Where the phrases lie, in cells, with how many cells each is set to. */
function textsOf(svg: string): readonly (readonly [string, number, number])[] {
  return [...svg.matchAll(/<text x="([\d.]+)" textLength="([\d.]+)"[^>]*>([^<]*)</g)].map(
    ([, x, length, text = '']) => [
      text,
      (Number(x) - origin.x) / cellSize.width,
      Number(length) / cellSize.width,
    ],
  );
}

describe('a terminal as SVG', () => {
  it('escapes what XML has for itself', async () => {
    const svg = await svgOf('a<b>&c');
    expect(textsOf(svg)).toEqual([['a&lt;b&gt;&amp;c', 0, 6]]);
    expect(svg).toContain('<title>a &lt;title&gt;</title>');
  });

  it('sets words where their cells are, and as wide', async () => {
    expect(textsOf(await svgOf(' one two   \u001B[31mred\u001B[0m 漢x'))).toEqual([
      ['one two', 1, 7],
      ['red', 11, 3],
      ['漢', 15, 2],
      ['x', 17, 1],
    ]);
  });

  it('draws a block from the foot of its cell, and no text for it', async () => {
    const svg = await svgOf(' ▄');
    const { width, height } = cellSize;
    expect(textsOf(svg)).toEqual([]);
    expect(svg).toContain(
      `<rect x="${origin.x + width}" y="${origin.y + height / 2}" width="${width}" height="${height / 2}"`,
    );
  });

  it('draws as many dots as braille has', async () => {
    const circles = (svg: string) => svg.split('<circle').length;
    expect(circles(await svgOf('⣿⠁'))).toBe(circles(await svgOf('')) + 9);
  });

  it('lets text and background change places', async () => {
    const [plain, inverse] = [await svgOf('x'), await svgOf('\u001B[7mx')];
    const ink = /fill="(#\w+)" xml:space/.exec(plain)?.[1];
    expect(inverse).toMatch(new RegExp(`<rect [^>]*width="${cellSize.width}" [^>]*fill="${ink}"`));
  });
});
