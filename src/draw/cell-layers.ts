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

/** What each part is joined to in the layer left of it and in the layer right of it; a part twice, where two wires go there. */
interface Neighbours {
  readonly left: readonly (readonly number[])[];
  readonly right: readonly (readonly number[])[];
}

function neighboursOf(parts: number, wires: readonly Wire[]): Neighbours {
  const left: number[][] = Array.from({ length: parts }, () => []);
  const right: number[][] = Array.from({ length: parts }, () => []);
  for (const { path } of wires) {
    for (const [i, to] of path.slice(1).entries()) {
      const from = path[i] ?? to;
      right[from]?.push(to);
      left[to]?.push(from);
    }
  }
  return { left, right };
}

/** Sweeps of sorting by barycentre, then swaps of neighbours; the best order met is kept. */
function order(
  start: readonly (readonly number[])[],
  wires: readonly Wire[],
): readonly (readonly number[])[] {
  const neighbours = neighboursOf(start.flat().length, wires);
  const count = (layers: readonly (readonly number[])[]): number => {
    const position = positions(layers);
    return layers.reduce((sum, layer) => sum + crossingsAfter(layer, position, neighbours), 0);
  };
  let best = start;
  let fewest = count(best);
  let current = start;
  for (let sweep = 0; sweep < 16 && fewest > 0; sweep++) {
    current = swapNeighbours(sortByBarycentre(current, neighbours, sweep % 2 === 0), neighbours);
    const crossed = count(current);
    if (crossed < fewest) {
      best = current;
      fewest = crossed;
    }
  }
  return best;
}

function positions(layers: readonly (readonly number[])[]): number[] {
  const position: number[] = [];
  for (const layer of layers) for (const [i, part] of layer.entries()) position[part] = i;
  return position;
}

/** Layer 0 is never sorted: c_{k-2} stays above c_{k-1}, as people expect it. */
function sortByBarycentre(
  start: readonly (readonly number[])[],
  neighbours: Neighbours,
  rightwards: boolean,
): readonly (readonly number[])[] {
  const layers = [...start];
  const position = positions(layers);
  const indices = layers.map((_, i) => i).slice(1);
  for (const i of rightwards ? indices : indices.reverse()) {
    const layer = layers[i] ?? [];
    const key = new Map<number, number>();
    for (const part of layer) {
      const beside = (rightwards ? neighbours.left : neighbours.right)[part] ?? [];
      const sum = beside.reduce((total, each) => total + (position[each] ?? 0), 0);
      key.set(part, beside.length > 0 ? sum / beside.length : (position[part] ?? 0));
    }
    const sorted = [...layer].sort((a, b) => (key.get(a) ?? 0) - (key.get(b) ?? 0));
    for (const [at, part] of sorted.entries()) position[part] = at;
    layers[i] = sorted;
  }
  return layers;
}

/** Swaps two neighbours of a layer wherever fewer wires cross so, until none do. */
function swapNeighbours(
  start: readonly (readonly number[])[],
  neighbours: Neighbours,
): readonly (readonly number[])[] {
  const layers = start.map((layer) => [...layer]);
  const position = positions(layers);
  // Only wires of the two can cross otherwise than before.
  const gain = (above: number, below: number): number =>
    [neighbours.left, neighbours.right].reduce((sum, side) => {
      for (const a of side[above] ?? []) {
        for (const b of side[below] ?? []) sum += Math.sign((position[a] ?? 0) - (position[b] ?? 0));
      }
      return sum;
    }, 0);
  for (let improved = true; improved;) {
    improved = false;
    for (const layer of layers.slice(1)) {
      for (let at = 0; at + 1 < layer.length; at++) {
        const [above, below] = [layer[at] ?? 0, layer[at + 1] ?? 0];
        if (gain(above, below) <= 0) continue;
        [layer[at], layer[at + 1]] = [below, above];
        [position[below], position[above]] = [at, at + 1];
        improved = true;
      }
    }
  }
  return layers;
}

/** Pairs of wires that cross between a layer and the next: those whose ends are in opposite order. */
function crossingsAfter(
  layer: readonly number[],
  position: readonly number[],
  { right }: Neighbours,
): number {
  // Downwards on the left, how many of those above end further down? Ends are counted in a Fenwick tree.
  const tree: number[] = [];
  let size = 0;
  for (const part of layer)
    for (const to of right[part] ?? []) size = Math.max(size, (position[to] ?? 0) + 1);
  const upTo = (end: number): number => {
    let sum = 0;
    for (let i = end; i > 0; i -= i & -i) sum += tree[i] ?? 0;
    return sum;
  };
  let crossed = 0;
  let counted = 0;
  for (const part of layer) {
    const ends = (right[part] ?? []).map((to) => position[to] ?? 0);
    for (const end of ends) crossed += counted - upTo(end + 1);
    for (const end of ends) {
      for (let i = end + 1; i <= size; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
    }
    counted += ends.length;
  }
  return crossed;
}
