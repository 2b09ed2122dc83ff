/**
 * One cell as SVG elements, at the origin: wires first, so that everything else lies on top of them.
 */
import type { OpFamily } from '../space/images/primitives.ts';
import type { DrawnCell } from '../draw/cell-layers.ts';
import { type Box, layoutCell, type PlacedNode, type PlacedWire, sizes } from '../draw/cell-layout.ts';
import { type Drawing, textLine } from './svg-document.ts';
import { coordinate as n } from '../draw/svg-text.ts';

/** What a kind of cell looks like, besides its shape. */
export interface CellLook {
  /** The colour of an edge, by its op. */
  readonly family: (op: string) => OpFamily;
  readonly terminals: readonly [first: TerminalName, second: TerminalName, output: TerminalName];
}

/** A letter, and what stands below it. */
export type TerminalName = readonly [letter: string, subscript: string];

export function drawCell(cell: DrawnCell, look: CellLook): Drawing {
  const layout = layoutCell(cell);
  const [first, second] = layout.inputs;
  return {
    width: layout.width,
    height: layout.height,
    lines: [
      ...layout.wires.map((wire) => wirePath(wire, look)),
      ...layout.nodes.flatMap((node) => drawNode(node, look)),
      ...terminal(first, look.terminals[0]),
      ...terminal(second, look.terminals[1]),
      ...terminal(layout.output, look.terminals[2]),
    ],
  };
}

function wirePath({ input, stretches }: PlacedWire, { family }: CellLook): string {
  let path = '';
  let x = 0;
  let y = 0;
  for (const stretch of stretches) {
    if (path === '') {
      path = `M${n(stretch.left)} ${n(stretch.y)}`;
    } else {
      const middle = (x + stretch.left) / 2;
      path += `C${n(middle)} ${n(y)} ${n(middle)} ${n(stretch.y)} ${n(stretch.left)} ${n(stretch.y)}`;
      if (stretch.right !== stretch.left) path += `H${n(stretch.right)}`;
    }
    x = stretch.right;
    y = stretch.y;
  }
  return wireElement(input === undefined || input.op === '' ? undefined : family(input.op), path);
}

/** In the colour of an op, or in none. */
function wireElement(family: OpFamily | undefined, path: string): string {
  const look = family === undefined ? 'wire' : `${family}-wire`;
  const width = family === undefined ? 1.3 : 1.7;
  return `<path class="${look}" fill="none" stroke-width="${width}" d="${path}"/>`;
}

function drawNode({ node, centre, chips }: PlacedNode, look: CellLook): readonly string[] {
  const entry = centre.x - sizes.nodeRadius;
  const lines = chips.flatMap(({ input, box }) => {
    const right = box.x + box.width;
    const middle = (right + entry) / 2;
    const y = box.y + box.height / 2;
    const fan = `${n(right)} ${n(y)}C${n(middle)} ${n(y)} ${n(middle)} ${n(centre.y)} ${n(entry)} ${n(centre.y)}`;
    // Nothing to say: the wire goes on where the chip would be.
    if (input.op === '') return [wireElement(undefined, `M${n(box.x)} ${n(y)}L${fan}`)];
    const family = look.family(input.op);
    return [
      wireElement(family, `M${fan}`),
      `<rect class="${family}-chip" x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" ` +
        `height="${n(box.height)}" rx="${n(box.height / 2)}" stroke-width="1.2"/>`,
      textLine(
        `${family}-text`,
        { x: box.x + box.width / 2, y: y + 4, size: sizes.chipText, anchor: 'middle' },
        input.op,
      ),
    ];
  });
  lines.push(
    `<circle class="node" cx="${n(centre.x)}" cy="${n(centre.y)}" r="${sizes.nodeRadius}"/>`,
    textLine(
      'node-ink',
      { x: centre.x, y: centre.y + 4.5, size: 12.5, anchor: 'middle' },
      String(node),
      'bold',
    ),
  );
  return lines;
}

/** An input or the output of the cell. */
function terminal(box: Box, [letter, subscript]: TerminalName): readonly string[] {
  const x = n(box.x + box.width / 2);
  const y = n(box.y + box.height / 2 + 3.5);
  return [
    `<rect class="terminal" x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" height="${n(box.height)}" ` +
      `rx="7" stroke-width="1.3"/>`,
    `<text class="ink" x="${x}" y="${y}" font-size="14" text-anchor="middle"><tspan font-style="italic">${letter}</tspan>` +
      `<tspan dy="3.5" font-size="9.5">${subscript}</tspan></text>`,
  ];
}
