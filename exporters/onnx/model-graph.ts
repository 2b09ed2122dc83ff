/** What can be said of a file's graph before it is read. */
import type { OnnxFunction, OnnxNode } from '../../proto/onnx.ts';

/** How deep functions may call each other, and branches lie in branches. */
export const deepest = 100;

/**
 * Means and variances of batch norms: kept, not trained. Also where the batch norm is within a function that is called.
 *
 * @param functionOf the function that a node calls, if it calls one
 */
export function runningStatistics(
  nodes: readonly OnnxNode[],
  functionOf: (node: OnnxNode) => OnnxFunction | undefined,
): ReadonlySet<string> {
  /** Inputs of a function, by their place, that are statistics within it. */
  const places = new Map<OnnxFunction, readonly number[]>();
  const placesOf = (called: OnnxFunction, depth: number): readonly number[] => {
    const known = places.get(called);
    // A file that calls itself, or deeper than anybody means to, is refused elsewhere.
    if (known !== undefined || depth > deepest) return known ?? [];
    places.set(called, []);
    const within = of(called.nodes, depth);
    const found = called.inputs.flatMap((name, place) => (within.has(name) ? [place] : []));
    places.set(called, found);
    return found;
  };
  const of = (among: readonly OnnxNode[], depth: number): ReadonlySet<string> =>
    new Set(
      among.flatMap((node) => {
        if (node.opType === 'BatchNormalization' && node.domain === '') return node.inputs.slice(3, 5);
        const called = functionOf(node);
        return called === undefined
          ? []
          : placesOf(called, depth + 1).flatMap((place) => node.inputs[place] ?? []);
      }),
    );
  return of(nodes, 0);
}

/** What a function and its calls have in common. */
export function functionKey(of: {
  domain: string;
  overload?: string;
  name: string;
  opType?: string;
}): string {
  return [of.domain, of.opType ?? of.name, of.overload ?? ''].join('|');
}
