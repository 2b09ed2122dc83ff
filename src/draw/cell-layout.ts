/**
 * Coordinates for the drawing of a cell.
 *
 * Each node is drawn as in the NASNet paper: its ops as a stack of labelled chips, and right of them the circle in
 * which they are added. A label is thus a place of its own in the layout, not a text laid over a line, and no two can
 * overlap; wires cross a layer in lanes of their own (`cell-layers.ts`), so none runs over a label or a node.
 */
import { NascentError } from '../errors.ts';
import {
  type DrawnCell,
  type DrawnInput,
  layerCell,
  type Layers,
  type Part,
  type Wire,
} from './cell-layers.ts';
import { levelParts, type Levels } from './cell-levels.ts';
import { textWidth } from './svg-text.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedChip {
  readonly input: DrawnInput;
  readonly box: Box;
}

export interface PlacedNode {
  readonly node: number;
  readonly centre: Point;
  readonly chips: readonly PlacedChip[];
}

/** A level stretch; a curve joins it to the next. Where a wire starts and ends, it has no length. */
export interface Stretch {
  readonly y: number;
  readonly left: number;
  readonly right: number;
}

export interface PlacedWire {
  /** Undefined for a wire into the output. */
  readonly input: DrawnInput | undefined;
  readonly stretches: readonly Stretch[];
}

export interface CellLayout {
  readonly width: number;
  readonly height: number;
  /** States 0 and 1. */
  readonly inputs: readonly [Box, Box];
  readonly nodes: readonly PlacedNode[];
  readonly output: Box;
  readonly wires: readonly PlacedWire[];
}

/** In pixels. */
export const sizes = {
  chipHeight: 22,
  chipPitch: 27,
  chipText: 11.5,
  chipPadding: 9,
  /** From the chips to the circle. */
  fanIn: 20,
  nodeRadius: 14,
  terminalWidth: 50,
  terminalHeight: 30,
  outputPitch: 14,
  betweenParts: 24,
  betweenLanes: 14,
  betweenInputs: 44,
  /** Between two layers: at least `gapLeast`, and wider the higher wires must climb in it. */
  gapLeast: 54,
  gapMost: 110,
} as const;

/** The most nodes that are laid out: a chain of so many takes seconds, and of 3,000 it would take hours. */
export const mostDrawnNodes = 128;

/** @throws NascentError 'input/invalid' for a cell of more than `mostDrawnNodes` */
export function layoutCell(cell: DrawnCell): CellLayout {
  if (cell.nodes.length > mostDrawnNodes) {
    throw new NascentError(
      'input/invalid',
      `a cell of ${cell.nodes.length} nodes is too large to draw: the most is ${mostDrawnNodes}`,
      { help: 'Write a file that ends in .dot, which has no limit, and draw that with Graphviz.' },
    );
  }
  const layers = layerCell(cell);
  const heightOf = (part: Part): number => partHeight(part, cell);
  const levels = levelParts(layers, { height: heightOf, gap, pitch });
  const labels = cell.nodes.flat().map(({ op }) => textWidth(op, sizes.chipText));
  const chipWidth = Math.ceil(Math.max(...labels) + 2 * sizes.chipPadding);
  const columns = columnsOf(layers, levels, chipWidth);

  const terminal = (part: number): Box => {
    const kind = layers.parts[part];
    const height = kind === undefined ? 0 : heightOf(kind);
    const y = (levels.centres[part] ?? 0) - height / 2;
    return { x: columnOf(columns, part).left, y, width: sizes.terminalWidth, height };
  };
  const nodes = cell.nodes.map((_, node): PlacedNode => {
    const { left, right } = columnOf(columns, node + 2);
    const chips = layers.wires.flatMap((wire): PlacedChip[] => {
      if (wire.input === undefined || wire.path.at(-1) !== node + 2) return [];
      const y = (levels.arrivals.get(wire) ?? 0) - sizes.chipHeight / 2;
      return [{ input: wire.input, box: { x: left, y, width: chipWidth, height: sizes.chipHeight } }];
    });
    return { node, centre: { x: right - sizes.nodeRadius, y: levels.centres[node + 2] ?? 0 }, chips };
  });
  const bottoms = layers.parts.map((part, i) => (levels.centres[i] ?? 0) + heightOf(part) / 2);
  const output = terminal(cell.nodes.length + 2);
  return {
    width: output.x + output.width,
    height: Math.max(...bottoms),
    inputs: [terminal(0), terminal(1)],
    nodes,
    output,
    wires: layers.wires.map((wire) => placeWire(wire, levels, columns)),
  };
}

function placeWire(wire: Wire, levels: Levels, columns: readonly Column[]): PlacedWire {
  const last = wire.path.length - 1;
  const stretches = wire.path.map((part, i): Stretch => {
    const { left, right } = columnOf(columns, part);
    const y = levelOn(wire, i, levels);
    if (i === 0) return { y, left: right, right };
    return { y, left, right: i === last ? left : right };
  });
  return { input: wire.input, stretches };
}

/** The height of a wire at place `i` of its path. */
function levelOn(wire: Wire, i: number, levels: Levels): number {
  const level = i === wire.path.length - 1 ? levels.arrivals.get(wire) : levels.centres[wire.path[i] ?? 0];
  return level ?? 0;
}

/** The x extent of the layer that a part lies in, indexed by part. */
interface Column {
  readonly left: number;
  readonly right: number;
}

function columnOf(columns: readonly Column[], part: number): Column {
  return columns[part] ?? { left: 0, right: 0 };
}

function columnsOf(layers: Layers, levels: Levels, chipWidth: number): readonly Column[] {
  const columns: Column[] = [];
  const nodeWidth = chipWidth + sizes.fanIn + 2 * sizes.nodeRadius;
  const steepest = steepestClimbs(layers, levels);
  let left = 0;
  for (const [i, layer] of layers.layers.entries()) {
    const terminals = i === 0 || i === layers.layers.length - 1;
    const right = left + (terminals ? sizes.terminalWidth : nodeWidth);
    for (const part of layer) columns[part] = { left, right };
    // A steep climb needs room to look like a curve.
    left = right + Math.min(sizes.gapMost, Math.max(sizes.gapLeast, (steepest[i] ?? 0) * 0.6));
  }
  return columns;
}

/** How high the steepest wire climbs after each layer. */
function steepestClimbs({ layers, wires }: Layers, levels: Levels): readonly number[] {
  const layerOf: number[] = [];
  for (const [i, layer] of layers.entries()) for (const part of layer) layerOf[part] = i;
  const steepest = layers.map(() => 0);
  for (const wire of wires) {
    for (const [i, part] of wire.path.slice(0, -1).entries()) {
      const layer = layerOf[part] ?? 0;
      const climb = Math.abs(levelOn(wire, i + 1, levels) - levelOn(wire, i, levels));
      steepest[layer] = Math.max(steepest[layer] ?? 0, climb);
    }
  }
  return steepest;
}

function partHeight(part: Part, cell: DrawnCell): number {
  if (part.kind === 'lane') return 0;
  if (part.kind === 'input') return sizes.terminalHeight;
  if (part.kind === 'output') {
    return Math.max(sizes.terminalHeight, (cell.concat.length + 1) * sizes.outputPitch);
  }
  const chips = cell.nodes[part.node]?.length ?? 0;
  return Math.max(2 * sizes.nodeRadius, (chips - 1) * sizes.chipPitch + sizes.chipHeight);
}

function gap(above: Part, below: Part): number {
  if (above.kind === 'input' && below.kind === 'input') return sizes.betweenInputs;
  return above.kind === 'lane' || below.kind === 'lane' ? sizes.betweenLanes : sizes.betweenParts;
}

function pitch(target: Part): number {
  return target.kind === 'output' ? sizes.outputPitch : sizes.chipPitch;
}
