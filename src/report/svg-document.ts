/** The frame around every drawing, and the few elements that all of them use. */
import { coordinate as n, escapeXml } from '../draw/svg-text.ts';
import { styleSheet, type Theme } from './theme.ts';

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** SVG elements, a line each, with the drawing's top left corner at the origin. */
  readonly lines: readonly string[];
}

/** A whole SVG file of a drawing, on its background. `description` is what a screen reader says. */
export function svgDocument(
  drawing: Drawing,
  about: { readonly title: string; readonly description: string; readonly theme: Theme },
): string {
  const width = Math.ceil(drawing.width);
  const height = Math.ceil(drawing.height);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" class="nascent" role="img" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(about.title)}</title>`,
    `<desc>${escapeXml(about.description)}</desc>`,
    `<style>\n${styleSheet(about.theme)}\n</style>`,
    `<rect class="background" width="${width}" height="${height}"/>`,
    ...drawing.lines,
    '</svg>',
  ].join('\n')}\n`;
}

/** The same drawing, shown so many pixels wide: its `viewBox` stays. */
export function sized(svg: string, width: number): string {
  return svg.replace(/ width="(\d+)" height="(\d+)" /, (_, from: string, tall: string) => {
    const height = Math.max(1, Math.round((width * Number(tall)) / Number(from)));
    return ` width="${width}" height="${height}" `;
  });
}

/** Pixels that a drawing is wide where nobody says otherwise. */
export function widthOf(svg: string): number {
  return Number(/ width="(\d+)"/.exec(svg)?.[1]);
}

/** A drawing as part of a page, whose own style sheet has the colours once for all. */
export function embedded(svg: string): string {
  return svg.replace(/<style>[^<]*<\/style>\n/, '');
}

/** One line of text with its baseline at y; `look` is a class of the style sheet. */
export function textLine(
  look: string,
  place: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly anchor?: 'middle' | 'end';
  },
  content: string,
  weight?: 'bold',
): string {
  const anchor = place.anchor === undefined ? '' : ` text-anchor="${place.anchor}"`;
  const bold = weight === undefined ? '' : ' font-weight="600"';
  return (
    `<text class="${look}" x="${n(place.x)}" y="${n(place.y)}" font-size="${n(place.size)}"${anchor}${bold}>` +
    `${escapeXml(content)}</text>`
  );
}

export function moved(drawing: Drawing, x: number, y: number): readonly string[] {
  return [`<g transform="translate(${n(x)} ${n(y)})">`, ...drawing.lines, '</g>'];
}
