/**
 * Whether an output is what was expected, as ONNX's own backend tests ask: of the same type and shape, and each element
 * within `atol` + `rtol` · |expected|, or two steps of bfloat16 where that is more; NaN where NaN is expected.
 */
import type { OnnxTensor } from '../../proto/onnx.ts';
import { numbersOf } from '../tensors/numbers.ts';

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** What ONNX's backend tests allow. */
export const conformance: Tolerance = { rtol: 1e-3, atol: 1e-7 };

/** Two steps from a number to its neighbours: one for the result, one for what was rounded on the way. */
const bfloat16Step = 2 ** -6;

export interface OutputComparison {
  readonly name: string;
  readonly passed: boolean;
  /** Why it cannot be compared element by element. */
  readonly reason?: string;
  readonly elements: number;
  /** How many are farther off than is allowed. */
  readonly mismatched: number;
  /** The largest difference; infinite where one of the two is not finite and the other another. */
  readonly largest?: {
    readonly difference: number;
    readonly at: readonly number[];
    readonly expected: number | string;
    readonly given: number | string;
  };
  /** Of the elements that are not 0 where they are expected. */
  readonly largestRelative?: number;
}

/** @param name of the output */
export function compareOutput(
  name: string,
  given: OnnxTensor,
  expected: OnnxTensor,
  tolerance: Tolerance,
): OutputComparison {
  const elements = count(expected.dims);
  const refused = (reason: string) => ({ name, passed: false, reason, elements, mismatched: elements });
  const [ours, theirs] = [given, expected].map(({ dtype, dims }) => `${dtype}[${dims.join(', ')}]`);
  if (ours !== theirs) return refused(`it is ${ours}, and ${theirs} was expected`);
  if (given.dtype === 'string' || expected.dtype === 'string') {
    return compareText(
      name,
      given.data as readonly string[],
      expected.data as readonly string[],
      expected.dims,
    );
  }
  const [a, b] = [numbersOf(given), numbersOf(expected)];
  if (a === undefined || b === undefined) return refused(`tensors of type ${given.dtype} are not compared`);
  // Whoever rounds otherwise than was expected is a step off: of bfloat16, more than a thousandth.
  const rtol = Math.max(tolerance.rtol, tolerance.rtol > 0 && given.dtype === 'bfloat16' ? bfloat16Step : 0);
  let mismatched = 0;
  let largestRelative = 0;
  let worst = { difference: -1, index: 0 };
  for (let i = 0; i < elements; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    const difference = differenceOf(x, y);
    const allowed = tolerance.atol + rtol * Math.abs(y);
    // Where infinity is expected, only that will do.
    if (difference > (Number.isFinite(allowed) ? allowed : 0)) mismatched++;
    if (difference > worst.difference) worst = { difference, index: i };
    if (y !== 0 && Number.isFinite(y)) largestRelative = Math.max(largestRelative, difference / Math.abs(y));
  }
  if (elements === 0) return { name, passed: true, elements, mismatched };
  const largest = {
    difference: worst.difference,
    at: position(worst.index, expected.dims),
    expected: b[worst.index] ?? 0,
    given: a[worst.index] ?? 0,
  };
  return { name, passed: mismatched === 0, elements, mismatched, largest, largestRelative };
}

function differenceOf(x: number, y: number): number {
  if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const difference = Math.abs(x - y);
  return Number.isNaN(difference) ? Infinity : difference;
}

function compareText(
  name: string,
  given: readonly string[],
  expected: readonly string[],
  dims: readonly number[],
): OutputComparison {
  const wrong = expected.flatMap((text, i) => (given[i] === text ? [] : [i]));
  const [first] = wrong;
  return {
    name,
    passed: first === undefined,
    elements: expected.length,
    mismatched: wrong.length,
    ...(first !== undefined && {
      largest: {
        difference: Infinity,
        at: position(first, dims),
        expected: expected[first] ?? '',
        given: given[first] ?? '',
      },
    }),
  };
}

function count(dims: readonly number[]): number {
  return dims.reduce((product, extent) => product * extent, 1);
}

/** Which element of a shape the one at `index` in a row is. */
function position(index: number, dims: readonly number[]): readonly number[] {
  const at: number[] = [];
  let rest = index;
  for (const extent of dims.toReversed()) {
    at.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return at;
}
