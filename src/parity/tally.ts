/** What a runtime has shown so far on the inputs that it was compared on, and what is worth a note in it. */
import type { AnyTensors } from '../runtime/any-tensor.ts';
import { together, Top1, type Comparison } from './comparison.ts';
import { Held } from './held.ts';
import { otherClass } from './parity-report.ts';

export interface Tally {
  /** By output. */
  readonly outputs: Map<string, Comparison>;
  readonly seeded: Top1;
  /** The input of which most of the allowance is used, as it was fed. */
  worst:
    | { readonly feeds: AnyTensors; readonly name: string; readonly batch: number; readonly weight: number }
    | undefined;
  worstUsed: number;
  readonly real: Top1;
  seededInputs: number;
  realImages: number;
  realCorrect: number;
  /** Inputs on which rows of equal rank came in another order. */
  reordered: number;
  /** Rows that are chosen otherwise than where they are held to, of all on inputs where some are. */
  otherwise: { readonly rows: number; readonly of: number };
  readonly held: Held;
  /** The first input on which there are too many of those. */
  misfound: string | undefined;
}

export function emptyTally(): Tally {
  return {
    outputs: new Map(),
    seeded: new Top1(),
    worst: undefined,
    worstUsed: -1,
    real: new Top1(),
    seededInputs: 0,
    realImages: 0,
    realCorrect: 0,
    reordered: 0,
    otherwise: { rows: 0, of: 0 },
    held: new Held(),
    misfound: undefined,
  };
}

/** How many inputs there are. */
export interface Counted {
  readonly seededOf: number;
  /** Undefined where there are no real ones. */
  readonly realOf: number | undefined;
  /** Inputs that the runtime is not held to. */
  readonly passedOver: number;
}

/**
 * What a reader of the figures has to know.
 *
 * @param by what the runtime is held to
 * @param isEnded whether it ran to its end
 */
export function notesOn(tally: Tally, counted: Counted, by: string, isEnded: boolean): readonly string[] {
  const notes: string[] = [];
  const { seededOf, realOf, passedOver } = counted;
  if (passedOver > 0) {
    const lead = passedOver === 1 ? 'input leads' : 'inputs lead';
    notes.push(
      `${passedOver} ${lead} to whole numbers beyond 32 bits, which a graph does not keep: not compared`,
    );
  }
  if (isEnded && (tally.seededInputs < seededOf || tally.realImages < (realOf ?? 0))) {
    const images = realOf === undefined ? '' : `${tally.realImages} of ${realOf} real images and `;
    const what = images === '' ? 'inputs' : 'seeded inputs';
    notes.push(`slow: ${images}${tally.seededInputs} of ${seededOf} ${what}`);
  }
  const { used, notFiniteAlike, elements } = together(tally.outputs.values());
  if (used <= 1 && tally.real.agreement.agreed < tally.real.agreement.total) {
    notes.push(`${otherClass(tally.real.agreement)}, where the two likeliest are closer than is allowed`);
  }
  if (tally.reordered > 0) {
    notes.push(
      `rows that rank alike come in another order on ${tally.reordered} inputs: compared in that of ${by}`,
    );
  }
  const { rows, of } = tally.otherwise;
  if (rows > 0 && tally.misfound === undefined) {
    notes.push(
      `${rows} of ${of} rows are chosen otherwise, which hangs on how float32 is rounded: the others are compared`,
    );
  }
  if (notFiniteAlike > 0) {
    notes.push(
      `${notFiniteAlike} values are NaN or infinite on both sides alike, or on one where float32 decides it`,
    );
  }
  const others = [...tally.outputs.values()].reduce((sum, { otherwise }) => sum + otherwise, 0);
  if (others > 0) {
    const are = others === 1 ? 'is another' : 'are others';
    notes.push(
      `of ${elements} values ${others} ${are}: the last digits of what they are made of decide which they are`,
    );
  }
  return [...notes, ...tally.held.notes];
}
