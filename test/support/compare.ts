/** Whether two runtimes gave the same, and where they first did not. */
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';

/** Values a and b agree where |a − b| ≤ absolute + relative·|b|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Undefined where every output agrees; else a sentence about the first that does not. */
export function difference(given: Tensors, expected: Tensors, tolerance: Tolerance): string | undefined {
  const [names, wanted] = [[...given.keys()].sort(), [...expected.keys()].sort()];
  if (names.join() !== wanted.join()) return `outputs are ${names.join()}, not ${wanted.join()}`;
  for (const [name, tensor] of expected) {
    const found = given.get(name);
    const sentence = found === undefined ? 'missing' : tensorDifference(found, tensor, tolerance);
    if (sentence !== undefined) return `${name} ${sentence}`;
  }
  return undefined;
}

function tensorDifference(a: Tensor, b: Tensor, { absolute, relative }: Tolerance): string | undefined {
  const [typeA, typeB] = [a, b].map(({ dtype, shape }) => `${dtype}[${shape.join(', ')}]`);
  if (typeA !== typeB) return `is ${typeA}, not ${typeB}`;
  if (a.data.length !== b.data.length) return `has ${a.data.length} values, not ${b.data.length}`;
  const exact = b.dtype !== 'float32';
  for (const [i, expected] of b.data.entries()) {
    const given = a.data[i] ?? NaN;
    const allowed = exact ? 0 : absolute + relative * Math.abs(expected);
    const same = Object.is(given, expected) || Math.abs(given - expected) <= allowed;
    if (!same) return `[${i}] is ${given}, not ${expected} (±${allowed.toExponential(1)})`;
  }
  return undefined;
}
