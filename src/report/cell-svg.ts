/**
 * One cell as SVG elements, at the origin: wires first, so that everything else lies on top of them.
 */
import type { CellGenotype } from '../space/genotype.ts';
import { opFamily } from '../space/primitives.ts';
import { type Box, layoutCell, type PlacedNode, type PlacedWire, sizes } from './cell-layout.ts';
import { type Drawing, textLine } from './svg-document.ts';
import { coordinate as n } from './svg-text.ts';

export function drawCell(cell: CellGenotype): Drawing {
  const layout = layoutCell(cell);
  const [first, second] = layout.inputs;
  return {
    width: layout.width,
    height: layout.height,
    lines: [
      ...layout.wires.map(wirePath),
      ...layout.nodes.flatMap(drawNode),
      ...terminal(first, 'k−2'),
      ...terminal(second, 'k−1'),
      ...terminal(layout.output, 'k'),
    ],
  };
}

function wirePath({ input, stretches }: PlacedWire): string {
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
  const look = input === undefined ? 'wire' : `${opFamily(input.op)}-wire`;
  const width = input === undefined ? 1.3 : 1.7;
  return `<path class="${look}" fill="none" stroke-width="${width}" d="${path}"/>`;
}

function drawNode({ node, centre, chips }: PlacedNode): readonly string[] {
  const entry = centre.x - sizes.nodeRadius;
  const lines = chips.flatMap(({ input, box }) => {
    const family = opFamily(input.op);
    const right = box.x + box.width;
    const middle = (right + entry) / 2;
    const y = box.y + box.height / 2;
    return [
      `<path class="${family}-wire" fill="none" stroke-width="1.7" ` +
        `d="M${n(right)} ${n(y)}C${n(middle)} ${n(y)} ${n(middle)} ${n(centre.y)} ${n(entry)} ${n(centre.y)}"/>`,
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

/** An input or the output of the cell: c with a subscript. */
function terminal(box: Box, subscript: string): readonly string[] {
  const x = n(box.x + box.width / 2);
  const y = n(box.y + box.height / 2 + 3.5);
  return [
    `<rect class="terminal" x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" height="${n(box.height)}" ` +
      `rx="7" stroke-width="1.3"/>`,
    `<text class="ink" x="${x}" y="${y}" font-size="14" text-anchor="middle"><tspan font-style="italic">c</tspan>` +
      `<tspan dy="3.5" font-size="9.5">${subscript}</tspan></text>`,
  ];
}
