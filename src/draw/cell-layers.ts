/**
 * Where the parts of a cell go, before coordinates: layers from left to right, and an order within each layer with few
 * crossings (the first two steps of Sugiyama, Tagawa and Toda, 1981).
 *
 * A part is an input of the cell, a node with its incoming ops, the output, or a lane: the free strip that a wire takes
 * through a layer it only passes. Because of lanes, no wire can run over a node or a label.
 */

/** An edge as it is drawn: what is done, nothing said where `op` is empty, and the state it is done to. */
export interface DrawnInput {
  readonly op: string;
  readonly source: number;
}

/** A cell as it is drawn: two inputs, states 0 and 1, and then the nodes. A convolutional cell is one as it is. */
export interface DrawnCell {
  readonly nodes: readonly (readonly DrawnInput[])[];
  /** The states that go into the output. */
  readonly concat: readonly number[];
}

export type Part =
  | { readonly kind: 'input'; readonly state: 0 | 1 }
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'output' }
  | { readonly kind: 'lane' };

/** A connection from a state to a node's input or to the output, and the parts it runs through. */
export interface Wire {
  readonly source: number;
  /** Undefined where the state goes to the output. */
  readonly input: DrawnInput | undefined;
  /** Part numbers: source, lanes, target. Each is one layer further right than the one before. */
  readonly path: readonly number[];
}

export interface Layers {
  readonly parts: readonly Part[];
  readonly wires: readonly Wire[];
  /** Part numbers, top to bottom, for each layer. */
  readonly layers: readonly (readonly number[])[];
}

export function layerCell(cell: DrawnCell): Layers {
  const parts: Part[] = [
    { kind: 'input', state: 0 },
    { kind: 'input', state: 1 },
  ];
  parts.push(...cell.nodes.map((_, node): Part => ({ kind: 'node', node })), { kind: 'output' });
  const layerOf = longestPaths(cell);
  const output = parts.length - 1;

  const wires: Wire[] = [];
  const connect = (source: number, target: number, input: DrawnInput | undefined): void => {
    const from = layerOf[source] ?? 0;
    const to = layerOf[target] ?? 0;
    const path = [source];
    for (let layer = from + 1; layer < to; layer++) {
      path.push(parts.length);
      layerOf.push(layer);
      parts.push({ kind: 'lane' });
    }
    wires.push({ source, input, path: [...path, target] });
  };
  // The number of a state is the number of its part: inputs first, then nodes.
  for (const [node, inputs] of cell.nodes.entries()) {
    for (const input of inputs) connect(input.source, node + 2, input);
  }
  for (const state of cell.concat) connect(state, output, undefined);

  const layers: number[][] = Array.from({ length: (layerOf[output] ?? 0) + 1 }, () => []);
  for (const [part, layer] of layerOf.entries()) layers[layer]?.push(part);
  return { parts, wires, layers: order(layers, wires) };
}

/** A node lies one layer right of its rightmost source; the output right of everything. */
function longestPaths(cell: DrawnCell): number[] {
  const layerOf = [0, 0];
  for (const inputs of cell.nodes) {
    layerOf.push(1 + Math.max(...inputs.map(({ source }) => layerOf[source] ?? 0)));
  }
  layerOf.push(1 + Math.max(...layerOf));
  return layerOf;
}

/** A stretch of a wire between two neighbouring layers. */
type Segment = readonly [from: number, to: number];

/** Sweeps of sorting by barycentre, then swaps of neighbours; the best order met is kept. */
function order(
  start: readonly (readonly number[])[],
  wires: readonly Wire[],
): readonly (readonly number[])[] {
  const segments = wires.flatMap(({ path }) => path.slice(1).map((to, i): Segment => [path[i] ?? to, to]));
  const gaps = start.map((layer) => segments.filter(([from]) => layer.includes(from)));
  const count = (layers: readonly (readonly number[])[]): number => {
    const position = positions(layers);
    return gaps.reduce((sum, gap) => sum + crossings(position, gap), 0);
  };
  let best = start;
  let fewest = count(best);
  let current = start;
  for (let sweep = 0; sweep < 16 && fewest > 0; sweep++) {
    current = swapNeighbours(sortByBarycentre(current, segments, sweep % 2 === 0), count);
    const crossed = count(current);
    if (crossed < fewest) {
      best = current;
      fewest = crossed;
    }
  }
  return best;
}

function positions(layers: readonly (readonly number[])[]): readonly number[] {
  const position: number[] = [];
  for (const layer of layers) for (const [i, part] of layer.entries()) position[part] = i;
  return position;
}

/** Layer 0 is never sorted: c_{k-2} stays above c_{k-1}, as people expect it. */
function sortByBarycentre(
  start: readonly (readonly number[])[],
  segments: readonly Segment[],
  rightwards: boolean,
): readonly (readonly number[])[] {
  const layers = [...start];
  const indices = layers.map((_, i) => i).slice(1);
  for (const i of rightwards ? indices : indices.reverse()) {
    const position = positions(layers);
    const key = new Map<number, number>();
    for (const part of layers[i] ?? []) {
      const neighbours = segments
        .filter(([from, to]) => (rightwards ? to : from) === part)
        .map(([from, to]) => position[rightwards ? from : to] ?? 0);
      const sum = neighbours.reduce((total, at) => total + at, 0);
      key.set(part, neighbours.length > 0 ? sum / neighbours.length : (position[part] ?? 0));
    }
    layers[i] = [...(layers[i] ?? [])].sort((a, b) => (key.get(a) ?? 0) - (key.get(b) ?? 0));
  }
  return layers;
}

function swapNeighbours(
  start: readonly (readonly number[])[],
  count: (layers: readonly (readonly number[])[]) => number,
): readonly (readonly number[])[] {
  let layers = start;
  let fewest = count(layers);
  for (let improved = true; improved;) {
    improved = false;
    for (let i = 1; i < layers.length; i++) {
      for (let at = 0; at + 1 < (layers[i]?.length ?? 0); at++) {
        const swapped = layers.map((layer, j) => (j === i ? swap(layer, at) : layer));
        const crossed = count(swapped);
        if (crossed < fewest) {
          layers = swapped;
          fewest = crossed;
          improved = true;
        }
      }
    }
  }
  return layers;
}

function swap(layer: readonly number[], at: number): readonly number[] {
  const [a, b] = layer.slice(at, at + 2);
  return a === undefined || b === undefined ? layer : [...layer.slice(0, at), b, a, ...layer.slice(at + 2)];
}

/** Pairs of segments of one gap whose ends are in opposite order. */
function crossings(position: readonly number[], gap: readonly Segment[]): number {
  let crossed = 0;
  for (const [i, [fromA, toA]] of gap.entries()) {
    for (const [fromB, toB] of gap.slice(i + 1)) {
      const left = (position[fromA] ?? 0) - (position[fromB] ?? 0);
      const right = (position[toA] ?? 0) - (position[toB] ?? 0);
      if (left * right < 0) crossed++;
    }
  }
  return crossed;
}
