/**
 * How high each part of a drawn cell lies.
 *
 * Wires should be straight, so each part wants to be level with its neighbours. One layer at a time, the parts get the
 * heights nearest to the wanted ones that keep their order and their distance: isotonic regression, solved exactly by
 * pooling adjacent violators. A few dozen sweeps over the layers settle.
 */
import type { Layers, Part, Wire } from './cell-layers.ts';

export interface Levels {
  /** The height of each part's centre; the topmost edge of all is at 0. */
  readonly centres: readonly number[];
  /** Where each wire arrives at its target. */
  readonly arrivals: ReadonlyMap<Wire, number>;
}

export interface Spacing {
  /** How tall a part is. */
  readonly height: (part: Part) => number;
  /** Free height between two neighbours of a layer. */
  readonly gap: (above: Part, below: Part) => number;
  /** From one arriving wire to the next. */
  readonly pitch: (target: Part) => number;
}

const sweeps = 60;

export function levelParts(layers: Layers, spacing: Spacing): Levels {
  const { parts } = layers;
  const heights = parts.map(spacing.height);
  const centres = parts.map(() => 0);
  const settle = (layer: readonly number[], wanted: readonly number[]): void => {
    const distances = layer.slice(1).map((part, i) => {
      const above = layer[i] ?? part;
      return (at(heights, above) + at(heights, part)) / 2 + gapBetween(parts, above, part, spacing);
    });
    const placed = keepDistance(wanted, distances);
    for (const [i, part] of layer.entries()) centres[part] = at(placed, i);
  };

  for (const layer of layers.layers)
    settle(
      layer,
      layer.map(() => 0),
    );
  const arriving = arrivingAt(layers);
  const through = placesOf(layers);
  let offsets = portOffsets(layers, arriving, centres, spacing);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers.layers : [...layers.layers].reverse()) {
      settle(
        layer,
        layer.map((part) => wantedLevel(part, layers.parts, through[part] ?? [], centres, offsets)),
      );
    }
    offsets = portOffsets(layers, arriving, centres, spacing);
  }

  const top = Math.min(...centres.map((centre, part) => centre - at(heights, part) / 2));
  const fromTop = centres.map((centre) => centre - top);
  const arrivals = layers.wires.map((wire): [Wire, number] => [
    wire,
    at(fromTop, wire.path.at(-1) ?? 0) + (offsets.get(wire) ?? 0),
  ]);
  return { centres: fromTop, arrivals: new Map(arrivals) };
}

function gapBetween(parts: readonly Part[], above: number, below: number, spacing: Spacing): number {
  const [first, second] = [parts[above], parts[below]];
  return first === undefined || second === undefined ? 0 : spacing.gap(first, second);
}

/** The wires that end at each part. */
function arrivingAt({ parts, wires }: Layers): readonly (readonly Wire[])[] {
  const arriving: Wire[][] = parts.map(() => []);
  for (const wire of wires) arriving[wire.path.at(-1) ?? 0]?.push(wire);
  return arriving;
}

/** A wire through a part, and the part's place in its path. */
interface Place {
  readonly wire: Wire;
  readonly place: number;
}

function placesOf({ parts, wires }: Layers): readonly (readonly Place[])[] {
  const places: Place[][] = parts.map(() => []);
  for (const wire of wires)
    for (const [place, part] of wire.path.entries()) places[part]?.push({ wire, place });
  return places;
}

/** Wires arrive at a part in the order in which they come, so that they do not cross in front of it. */
function portOffsets(
  { parts }: Layers,
  arriving: readonly (readonly Wire[])[],
  centres: readonly number[],
  spacing: Spacing,
): Map<Wire, number> {
  const offsets = new Map<Wire, number>();
  for (const [part, kind] of parts.entries()) {
    const wires = [...(arriving[part] ?? [])].sort(
      (a, b) => at(centres, a.path.at(-2) ?? 0) - at(centres, b.path.at(-2) ?? 0),
    );
    for (const [i, wire] of wires.entries()) {
      offsets.set(wire, (i - (wires.length - 1) / 2) * spacing.pitch(kind));
    }
  }
  return offsets;
}

/** The mean of the heights at which each wire through the part would be straight. */
function wantedLevel(
  part: number,
  parts: readonly Part[],
  through: readonly Place[],
  centres: readonly number[],
  offsets: ReadonlyMap<Wire, number>,
): number {
  let sum = 0;
  let total = 0;
  for (const { wire, place } of through) {
    const offsetOf = (index: number): number =>
      index === wire.path.length - 1 ? (offsets.get(wire) ?? 0) : 0;
    for (const other of [place - 1, place + 1]) {
      const neighbour = wire.path[other];
      if (neighbour === undefined) continue;
      const weight = straightness(parts[part], parts[neighbour]);
      sum += weight * (at(centres, neighbour) + offsetOf(other) - offsetOf(place));
      total += weight;
    }
  }
  return total > 0 ? sum / total : at(centres, part);
}

/** A bend in the middle of a long wire shows more than one at its end. */
function straightness(a: Part | undefined, b: Part | undefined): number {
  const lanes = [a, b].filter((part) => part?.kind === 'lane').length;
  return lanes === 2 ? 8 : lanes === 1 ? 2 : 1;
}

/**
 * The values nearest to `wanted` (least squares) of which each is at least `distances[i]` above the one before.
 */
export function keepDistance(wanted: readonly number[], distances: readonly number[]): readonly number[] {
  // Shifted by the distances, "far enough apart" becomes "not decreasing".
  const shifts = [0];
  for (const distance of distances) shifts.push((shifts.at(-1) ?? 0) + distance);
  const pools: { mean: number; size: number }[] = [];
  for (const [i, value] of wanted.entries()) {
    let pool = { mean: value - at(shifts, i), size: 1 };
    for (let before = pools.at(-1); before !== undefined && before.mean > pool.mean; before = pools.at(-1)) {
      const size = before.size + pool.size;
      pool = { mean: (before.mean * before.size + pool.mean * pool.size) / size, size };
      pools.pop();
    }
    pools.push(pool);
  }
  const means = pools.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean));
  return means.map((mean, i) => mean + at(shifts, i));
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
