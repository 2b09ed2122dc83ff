/**
 * How far a runtime may be from what it is held against.
 *
 * Never an absolute number of ours: outputs of 5e-5 may be wholly wrong within 1e-4, and logits near 1e3 are right to no
 * better than 1e-4. What float32 costs this model on this input is measured (`truth.ts`), and a runtime may cost a multiple
 * of it; where it cannot be measured, what is allowed goes by the size of the output on the very input.
 */
import type { OnnxModel } from '../../proto/onnx.ts';
import { mostOf } from '../extremes.ts';
import { isFloat, type AnyTensor } from '../runtime/any-tensor.ts';
import { halfUnits, stepPush } from '../runtime/reference/arithmetic.ts';
import { isDouble, type Precision } from './coarse.ts';
import { computesDoubles, type Pair } from './pairs.ts';
import { negligible, type Allowance } from './comparison.ts';
import { allowedOf, usualParts, type UsualParts } from './part-gates.ts';
import type { Spread } from './truth/spread.ts';

export type Gate =
  /** As somebody said. */
  | { readonly kind: 'given'; readonly absolute: number; readonly relative: number }
  /** As somebody said, of all elements of an output on an input together. */
  | { readonly kind: 'noise'; readonly decibels: number }
  /** A share of the largest value of the output on the same input. */
  | { readonly kind: 'share'; readonly share: number; readonly why: string; readonly finer?: number }
  /** A multiple of what float32 costs, by output; of the cost as a share of the largest value where it is not known. */
  | {
      readonly kind: 'derived';
      /** What is rounded to. */
      readonly by: Derivation;
      /** The least that float32 costs, as a share of the largest value; by output, where it is more than that. */
      readonly least: number;
      readonly leasts: ReadonlyMap<string, number>;
      readonly usual: ReadonlyMap<string, number>;
      readonly largest: ReadonlyMap<string, number>;
      /** The share of elements that hang on what the last digits decide; by output, where some do. */
      readonly undecided: ReadonlyMap<string, number>;
      /** How much further off these may be, as a share of the largest value. */
      readonly jumps: ReadonlyMap<string, number>;
      /** What is usual of the parts of each output that is put together of several. */
      readonly parts: ReadonlyMap<string, UsualParts>;
      /** Whether some is held to less, being far smaller than the rest of its output. */
      readonly isApart: boolean;
      /** The part of all this that is allowed (`doubleShare`); 1 where it is not said. */
      readonly finer?: number;
    };

/**
 * How many times the spread of float32 a runtime may be off. Over 7 models, 5 that torch wrote and 2 that were
 * searched, onnxruntime, TensorFlow and tfjs were off by at most 2.9 times the spread; a shifted pad or another epsilon is off by thousands. The rest is for cards, which add in stranger orders.
 */
export const spreadMultiple = 16;
/** The same of narrower floats: no card rounds oftener than at every op, which is what is measured. */
export const narrowMultiple = 4;

/** What a spread is measured in, how many times it a runtime may be off, and by which share of the largest value anyway. */
type Derivation = 'float32' | 'rough' | 'float16' | 'bfloat16' | 'steps';

/** A sum of float32 in another order differs by 1e-6 of the largest output, a wrong pad or epsilon by 1e-3 and more. */
const float32Share = 1e-4;
/** Where what a file computes in is not told, and may be four bits: one step is a hundredth and more. */
const coarseShare = 2e-2;

/**
 * The same where powers are taken: onnxruntime's powf was 40 units in the last place off (2.4e-6 of the value) on large
 * arguments, of which the ways to round that are measured know nothing. Sixteen times this is 7.6e-6.
 */
const roughShare = 8 * halfUnits.float32;

const derivations: Readonly<Record<Derivation, { readonly multiple: number; readonly least: number }>> = {
  // Half a unit in the last place: no spread is less, and a spread of 0 may be luck.
  float32: { multiple: spreadMultiple, least: halfUnits.float32 },
  rough: { multiple: spreadMultiple, least: roughShare },
  // Of what hangs on nothing that is narrow; what does has a least of its own, and counts in part (`truth.ts`).
  float16: { multiple: spreadMultiple, least: roughShare },
  bfloat16: { multiple: spreadMultiple, least: roughShare },
  // Which numbers take the other step is measured generously; twice, since they come together otherwise in every runtime.
  steps: { multiple: 2, least: spreadMultiple * roughShare },
};
/** Where the truth is not known: a share of the largest value. */
const unmeasuredShares: Readonly<Record<Derivation, number>> = {
  float32: float32Share,
  rough: float32Share,
  float16: coarseShare,
  bfloat16: 8 * coarseShare,
  steps: coarseShare,
};
/**
 * The part of what float32 costs that a runtime may cost that computes in double precision: the step of a double is 2⁻²⁹ of
 * float32's, and the truth is of doubles, too, with functions that are right to a few of their last digits.
 */
export const doubleShare = 2 ** -24;

/** What a runtime is held to: to less where it computes in double precision, as the file does. */
export function ownGate(gate: Gate, model: OnnxModel, pair: Pair): Gate {
  if (gate.kind !== 'derived' && gate.kind !== 'share') return gate;
  return isDouble(model) && computesDoubles(pair) ? { ...gate, finer: doubleShare } : gate;
}

/**
 * Where files have steps inside, whole numbers of which fewer come to another step are made at once of what is rounded; of more,
 * each hangs on many steps, which come together otherwise in every runtime.
 */
const fewSteps = 0.02;

/** How many times what is moved up or down moves a number that hangs on many decisions, a runtime may. */
const manyDecisions = 2;

/** The same as `negligible`, of doubles. */
const negligibleDouble = 2 ** -1018;

/** Whole numbers that stand for fractions, as what is quantised does. */
const levels: ReadonlySet<string> = new Set(['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4']);

/** By how many times the spread of one input may be less than is usual by luck. */
const luck = 8;

/** One output on one input, with its spread. */
export interface Measurement {
  readonly output: string;
  readonly truth: AnyTensor;
  readonly spread: Spread;
}

/** What an order may say of it. */
export interface GivenGate {
  readonly atol?: number | undefined;
  readonly rtol?: number | undefined;
  /** In decibels. */
  readonly minSnr?: number | undefined;
}

/** The gate: what was given; else what was measured, of a file that computes in float32; else a share. */
export function gateOf(
  { atol, rtol, minSnr }: GivenGate,
  precision: Precision,
  measured: readonly Measurement[],
): Gate {
  if (atol !== undefined || rtol !== undefined) {
    // A share of what is next to nothing is held to by no runtime that takes it for 0.
    return { kind: 'given', absolute: atol ?? negligible, relative: rtol ?? 0 };
  }
  if (minSnr !== undefined) return { kind: 'noise', decibels: minSnr };
  if (precision === 'coarse') {
    return {
      kind: 'share',
      share: coarseShare,
      why: 'the file computes in a few bits, in several kinds of them, or in what it does not tell, and one step may be a hundredth',
    };
  }
  // What is empty, where nothing was found, tells nothing.
  const telling = measured.filter(({ truth }) => truth.data.length > 0);
  if (telling.length === 0) {
    return {
      kind: 'share',
      share: unmeasuredShares[precision],
      why: `what ${costOf(precision)} costs this file could not be measured`,
    };
  }
  const shares = new Map<string, number[]>();
  const leasts = new Map<string, number>();
  const open = new Map<string, number[]>();
  const jumps = new Map<string, number>();
  for (const { output, truth, spread } of telling) {
    const size = scaleOf(truth);
    const share = size === 0 ? 0 : spread.largest / size;
    shares.set(output, [...(shares.get(output) ?? []), share]);
    if (spread.least !== undefined) leasts.set(output, spread.least);
    open.set(output, [...(open.get(output) ?? []), shareUndecided(spread.undecided)]);
    const jump = size === 0 ? 0 : largestOf(spread.undecided) / size;
    if (isFloat(truth.dtype) && jump > 0) jumps.set(output, Math.max(jump, jumps.get(output) ?? 0));
  }
  const sorted = [...shares].map(([output, each]) => [output, each.toSorted((a, b) => a - b)] as const);
  return {
    kind: 'derived',
    by: precision,
    least: derivations[precision].least,
    leasts,
    usual: new Map(sorted.map(([output, each]) => [output, each[Math.floor(each.length / 2)] ?? 0])),
    largest: new Map(sorted.map(([output, each]) => [output, each.at(-1) ?? 0])),
    undecided: new Map([...open].map(([output, each]) => [output, usualShare(each)])),
    jumps,
    parts: usualParts(telling),
    isApart: telling.some(
      ({ spread: { parts, small } }) => small !== undefined || parts?.isSmall.includes(1) === true,
    ),
  };
}

/**
 * What the elements of one output on one input may be off.
 *
 * @param spread where `expected` is the truth; without it, `expected` is as far from the truth as others may be, and two
 *   that are both right are off by twice that
 */
export function allowanceOf(
  gate: Gate,
  output: string,
  expected: AnyTensor,
  spread: Spread | undefined,
): Allowance {
  const isFine = gate.kind === 'derived' && gate.finer !== undefined;
  // What is beyond float32 is a number all the same where doubles are computed in.
  return { ...heldTo(gate, output, expected, spread), loose: isFine ? undefined : spread?.loose };
}

/** A whole number is the same one or another. */
export const wholeAllowance = 0.5;

function heldTo(gate: Gate, output: string, expected: AnyTensor, spread: Spread | undefined): Allowance {
  if (gate.kind === 'given') return gate;
  if (gate.kind === 'noise') return { absolute: 0, relative: 0, decibels: gate.decibels };
  const size = scaleOf(expected);
  const { finer = 1 } = gate;
  if (gate.kind === 'share') {
    const share = finer * gate.share;
    // Of classes and places, the share is of how many there are: how far one is from another says nothing.
    if (!isFloat(expected.dtype) && !levels.has(expected.dtype)) {
      return { absolute: wholeAllowance, relative: 0, otherwise: Math.floor(share * expected.data.length) };
    }
    return { absolute: Math.max(share * size, negligible), relative: 0 };
  }
  const open = spread === undefined ? gate.undecided.get(output) : shareUndecided(spread.undecided);
  if (!isFloat(expected.dtype) && (gate.by !== 'steps' || (open ?? 0) <= fewSteps)) {
    // A whole number is the same one or another. Where it is not known which hang on the last digits, as many may be others.
    const otherwise = Math.ceil(spreadMultiple * (open ?? 0) * expected.data.length);
    const own = spread === undefined ? { otherwise } : { undecided: spread.undecided };
    return { absolute: wholeAllowance, relative: 0, ...own };
  }
  const least = Math.max(gate.least, spread?.least ?? gate.leasts.get(output) ?? 0);
  const floor = isFloat(expected.dtype) ? least * size : 0;
  if (spread === undefined && !gate.largest.has(output)) {
    return {
      absolute: Math.max(finer * unmeasuredShares[gate.by] * (floor === 0 ? 0 : size), negligible),
      relative: 0,
    };
  }
  // One unlucky or lucky input says less than all of them. But luck has its bounds: what others cost that choose by the last
  // bit, as of scores that tie, is not what this one costs.
  const own = Math.max(spread?.largest ?? 0, floor);
  const usual = (gate.usual.get(output) ?? 0) * size;
  const cost =
    spread === undefined
      ? 2 * Math.max((gate.largest.get(output) ?? 0) * size, floor)
      : Math.max(own, gate.by === 'steps' ? usual : Math.min(usual, luck * own));
  const next = finer < 1 ? negligibleDouble : negligible;
  const isFew = (spread === undefined ? (open ?? 0) : (spread.mixed ?? 0)) <= fewSteps;
  // What hangs on many decisions at once comes together otherwise in every runtime.
  const jump = isFew
    ? 0
    : spread === undefined
      ? (gate.jumps.get(output) ?? 0) * size
      : largestOf(spread.undecided);
  const allowed = (of: number) =>
    Math.max(finer * derivations[gate.by].multiple * of, next) + manyDecisions * jump;
  const few =
    spread === undefined
      ? { otherwise: Math.ceil(spreadMultiple * (open ?? 0) * expected.data.length) }
      : { undecided: spread.undecided };
  // Of whole numbers that hang on many steps, what each is off is in what all may be.
  const each = isFew && isFloat(expected.dtype) ? few : {};
  const small = spread?.small && {
    below: spread.small.below,
    absolute: allowed(Math.max(spread.small.largest, least * spread.small.size)),
  };
  const parts = spread?.parts && {
    of: spread.parts.of,
    absolute: allowedOf(
      spread.parts,
      spread.largest,
      allowed(cost),
      gate.parts.get(output),
      gate.by === 'float16' || gate.by === 'bfloat16',
      least,
      allowed,
    ),
  };
  if (gate.finer !== undefined && spread?.doubles !== undefined) {
    // What float32 takes for 0 it does not tell the cost of.
    const fine = Math.max(spread.doubles, finer * (size > negligible ? cost : floor));
    const absolute = Math.max(spreadMultiple * fine, next) + manyDecisions * jump;
    return { absolute, relative: 0, small, ...each };
  }
  return { absolute: allowed(cost), relative: 0, small, parts, ...each };
}

function costOf(precision: Derivation): string {
  if (precision === 'steps') return 'one step of whole numbers';
  return precision === 'rough' ? 'float32' : precision;
}

/** The most of what is few; where each input leaves much open, what is usual. An input of zeros may leave all of it open. */
function usualShare(shares: readonly number[]): number {
  const few = shares.filter((share) => share <= fewSteps);
  return few.length > 0 ? mostOf(few) : (shares.toSorted((a, b) => a - b)[shares.length >> 1] ?? 0);
}

function largestOf(undecided: Float64Array | undefined): number {
  return undecided?.reduce((largest, off) => Math.max(largest, off), 0) ?? 0;
}

/** Which part of numbers hangs on what the last digits of others decide. */
export function shareUndecided(undecided: Float64Array | undefined): number {
  if (undecided === undefined) return 0;
  return undecided.reduce((sum, off) => sum + (off > 0 ? 1 : 0), 0) / undecided.length;
}

/** The largest of its finite values. */
export function scaleOf({ data }: AnyTensor): number {
  let largest = 0;
  for (const value of data) {
    const size = Math.abs(value);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

/** What it is told of a file that computes in double precision. */
export function doublesText(gate: Gate): string {
  if (gate.kind !== 'derived' && gate.kind !== 'share') return '';
  return ` Where a runtime computes in double precision, as the file does, what that costs it: about ${doubleShare.toExponential(0)} of it.`;
}

/** What it is told of a file that gives whole numbers. */
export function wholeText(gate: Gate): string {
  if (gate.kind === 'share')
    return ' Of whole numbers that stand for no fractions, such a share may be others.';
  if (gate.kind !== 'derived') return '';
  return ' Whole numbers are the same, but for those that change where what decides them is moved by as much.';
}

/** What it is told of a file that gives numbers made of what is decided inside. */
export function stepsText(gate: Gate): string {
  if (gate.kind !== 'derived' || gate.jumps.size === 0) return '';
  return ' What Round, Floor and comparisons decide may be decided otherwise where it changes when that which they are given is moved by as much.';
}

/** What it is told of a file with outputs that hold values of several sizes. */
export function apartText(gate: Gate): string {
  if (gate.kind !== 'derived' || !gate.isApart) return '';
  return ' What is far smaller than the rest of its output, such as scores beside boxes, is held to what it costs itself.';
}

/** The sentence that explains a gate. */
export function gateText(gate: Gate): string {
  if (gate.kind === 'given') {
    const relative = gate.relative === 0 ? [] : [`${gate.relative.toExponential()} of the value`];
    const isShare = gate.relative > 0 && gate.absolute <= negligible;
    const allowed = isShare ? relative : [gate.absolute.toExponential(), ...relative];
    return `Allowed: ${allowed.join(' + ')}, as given.`;
  }
  if (gate.kind === 'noise') {
    return (
      `Allowed: noise that is ${gate.decibels} dB below the signal of the output on the same input, as given; ` +
      'the largest difference does not decide.'
    );
  }
  if (gate.kind === 'share') {
    return `Allowed: ${gate.share.toExponential()} of the largest value of the output on the same input, because ${gate.why}.`;
  }
  if (gate.by === 'steps') {
    return (
      'Allowed: twice as far as the output moves on the same input where every number that becomes a whole one is first ' +
      `moved up, or down, by ${stepPush} times what float32 can be off: those near the middle between two steps take the other.`
    );
  }
  if (gate.by === 'float16' || gate.by === 'bfloat16') {
    return (
      `Allowed: ${narrowMultiple} times what ${gate.by} costs this model on the same input, which is how far the graph with ` +
      `every op rounded to ${gate.by} that the file computes in it, and the others to float32, is from the graph in double ` +
      `precision; ${spreadMultiple} times what float32 costs where that is more.`
    );
  }
  return (
    `Allowed: ${spreadMultiple} times what float32 costs this model on the same input, which is how far the graph rounded ` +
    'to float32, its sums in several orders, is from the graph in double precision' +
    (gate.by === 'rough'
      ? `; ${(spreadMultiple * gate.least).toExponential(1)} of the largest value at least, because it takes powers, which libraries round roughly.`
      : '.')
  );
}
