/** A drawing as a picture made of pixels. */
import { NascentError } from '../errors.ts';
import { strokes, strokesWidth, unitsPerSize } from '../draw/strokes.ts';
import { coordinate as n } from '../draw/svg-text.ts';
import { sized } from './svg-document.ts';

/**
 * A PNG file, so many pixels wide. The text in it is drawn, so that it needs no font: the same on every machine.
 *
 * @param svg a drawing of ours, its theme fixed
 * @throws NascentError 'runtime/unavailable' where sharp cannot be loaded
 */
export async function pngOf(svg: string, width: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new NascentError('runtime/unavailable', 'what makes pictures, sharp, cannot be loaded', {
      help: 'Install it for this machine: npm install sharp. Or write the drawing as SVG: --format svg.',
      cause,
    });
  });
  const drawn = Buffer.from(outlined(sized(svg, width)));
  return sharp(drawn, { limitInputPixels: false }).removeAlpha().png({ compressionLevel: 9 }).toBuffer();
}

/** The drawing with its text as strokes. */
export function outlined(svg: string): string {
  return (
    svg
      // A stroke has the colour that the text was filled with.
      .replaceAll(
        /^\.nascent \.([\w-]+) \{ fill: (#\w+); \}$/gm,
        '$&\n.nascent .$1-stroke { stroke: $2; fill: none; }',
      )
      .replaceAll(
        /<text class="([\w-]+)" x="([^"]+)" y="([^"]+)" font-size="([^"]+)"(?: text-anchor="(\w+)")?( font-weight="600")?>(.*?)<\/text>/g,
        (
          _,
          look: string,
          x: string,
          y: string,
          size: string,
          anchor: string | undefined,
          bold: string | undefined,
          content: string,
        ) => {
          const runs = runsOf(content, Number(size));
          const width = runs.reduce((sum, run) => sum + strokesWidth(run.text, run.size), 0);
          const left = Number(x) - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
          return drawn(runs, `${look}-stroke`, left, Number(y), bold === undefined ? regular : heavy);
        },
      )
  );
}

/** Width of the pen, in the units of the letters. */
const regular = 1.6;
const heavy = 2.4;

interface TextRun {
  readonly text: string;
  readonly size: number;
  readonly down: number;
  readonly italic: boolean;
}

/** Text, or the spans of a letter and its subscript. */
function runsOf(content: string, size: number): readonly TextRun[] {
  const spans = [
    ...content.matchAll(
      /<tspan( font-style="italic")?(?: dy="([^"]+)" font-size="([^"]+)")?>(.*?)<\/tspan>/g,
    ),
  ];
  if (spans.length === 0) return [{ text: unescaped(content), size, down: 0, italic: false }];
  return spans.map(([, italic, down = '0', smaller = String(size), text = '']) => ({
    text: unescaped(text),
    size: Number(smaller),
    down: Number(down),
    italic: italic !== undefined,
  }));
}

function drawn(runs: readonly TextRun[], look: string, left: number, y: number, pen: number): string {
  let x = left;
  return runs
    .map(({ text, size, down, italic }) => {
      const scale = size / unitsPerSize;
      const at = x;
      x += strokesWidth(text, size);
      let along = 0;
      const letters = strokes(text).map(([advance, path]) => {
        const from = along;
        along += advance;
        return path === '' ? '' : `<path transform="translate(${n(from)} 0)" d="${path}"/>`;
      });
      return (
        `<g class="${look}" stroke-width="${pen}" stroke-linecap="round" stroke-linejoin="round" ` +
        `transform="translate(${n(at)} ${n(y + down)}) scale(${scale})${italic ? ' skewX(-10)' : ''}">` +
        `${letters.join('')}</g>`
      );
    })
    .join('');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot);/g, (entity, name: string) => entities[name] ?? entity);
}
