/**
 * Whether an output is held to anything: where float32 leaves it as far open as it is large, as where what is chosen hangs on
 * scores that tie, whatever a runtime gives is within what is allowed.
 */
import { isFloat, type AnyTensor } from '../runtime/any-tensor.ts';
import type { Allowance } from './comparison.ts';
import { scaleOf, shareUndecided } from './gates.ts';

/** A share of the largest value: a runtime that is off by so much does something else. */
const open = 0.5;

export class Held {
  /** By output, on how many inputs it is told, and on how many of them it is open. */
  readonly #outputs = new Map<string, { told: number; open: number }>();

  add(output: string, expected: AnyTensor, { absolute, undecided, otherwise = 0 }: Allowance): void {
    const size = scaleOf(expected);
    // A whole number that may not be off by one is held, but for those that hang on the last digits.
    const isEach = !isFloat(expected.dtype) && absolute < 1;
    // Of zeros, and of numbers that some take for 0, no share can be said.
    if (!isEach && size <= absolute && size <= 2 ** -100) return;
    const counts = this.#outputs.get(output) ?? { told: 0, open: 0 };
    counts.told += 1;
    // A float that hangs on a decision is open where it may be off by as much as the output is large.
    const far = isEach ? undecided : undecided?.map((off) => (off >= open * size ? off : 0));
    const part = Math.max(shareUndecided(far), otherwise / Math.max(1, expected.data.length));
    if (part >= open || (!isEach && absolute >= open * size)) counts.open += 1;
    this.#outputs.set(output, counts);
  }

  /** What is open on some inputs, and held on others. */
  get notes(): readonly string[] {
    return [...this.#outputs].flatMap(([name, { told, open: some }]) =>
      some > 0 && some < told
        ? [
            `"${name}" is held on ${told - some} of ${told} inputs: on the others the rounding of its own types leaves it as far open as it is large`,
          ]
        : [],
    );
  }

  /** What is held on no input. */
  get failures(): readonly string[] {
    return [...this.#outputs].flatMap(([name, { told, open: all }]) =>
      all === told
        ? [
            `"${name}" is held to nothing: on every input the rounding of its own types leaves it as far open as it is large`,
          ]
        : [],
    );
  }
}
