/**
 * Answers whose rows are chosen by numbers that are computed, such as the boxes that a detector keeps: which are chosen, and in
 * which order, may hang on the last bit of a score. What float32 itself chooses is as right as the truth (`truth.ts`), so a
 * runtime is held to whichever of these it is nearest to, row by row, and may choose a few rows otherwise.
 */
import { mostOf } from '../extremes.ts';
import { isFloat, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import type { Answer } from './answers.ts';
import type { Allowance } from './comparison.ts';
import { allowanceOf, spreadMultiple, type Gate } from './gates.ts';

/** At least nine of ten rows are the same, whatever float32 chooses. */
const mostOtherwise = 1 / 10;
/** Where none of three ways to round chooses otherwise, that may be luck: it says that fewer than a row in three inputs is. */
const leastOpen = 1 / 3;
/** Beyond this, rows are compared as they come. */
const mostRows = 10_000;

/** The same, with how many rows may be in one of the two only. */
export interface HeldRows extends ChosenRows {
  readonly most: number;
}

type AllowanceOf = (output: string) => Allowance;

/**
 * Finds the rows of one input that are to be compared; undefined where nothing is chosen by numbers that are computed.
 *
 * @param names of outputs that have as many rows as are chosen
 */
export function choicesOf(
  answers: readonly (Answer | undefined)[],
  gate: Gate,
  names: ReadonlySet<string>,
): ((given: AnyTensors, answer: Answer) => HeldRows | undefined) | undefined {
  const choosing = answers
    .filter((answer) => answer !== undefined)
    .filter(({ chosen }) => chosen !== undefined);
  if (gate.kind === 'noise') return undefined;
  const allowanceIn =
    ({ outputs, spreads }: Answer): AllowanceOf =>
    (name) =>
      allowanceOf(gate, name, outputs.get(name) ?? nothing, spreads?.get(name));
  if (choosing.length === 0) {
    // How much float32 leaves open is not known, as is what it costs.
    if (gate.kind !== 'share' || names.size === 0) return undefined;
    return (given, answer) => asChosen(given, answer, Infinity, allowanceIn(answer), names);
  }
  const open = new Map(choosing.map((answer) => [answer, openRows(answer, allowanceIn(answer))]));
  const most = mostOf(open.values());
  return (given, answer) => asChosen(given, answer, open.get(answer) ?? most, allowanceIn(answer), names);
}

const nothing: AnyTensor = { dtype: 'float32', shape: [0], data: new Float32Array(0) };

/** What is to be compared: the rows that both chose, in one order. */
export interface ChosenRows {
  readonly given: AnyTensors;
  readonly wanted: AnyTensors;
  /** Rows, and how many of them are in one of the two only. */
  readonly rows: number;
  readonly otherwise: number;
  /** The outputs whose rows stand in another order now, or are fewer. */
  readonly picked: ReadonlySet<string>;
}

/**
 * The rows of `given` that are those of the answer, or of what float32 chooses instead.
 *
 * @param open how many rows float32 leaves open (`openRows`)
 * @param names of outputs that numbers choose
 * @returns undefined where what differs is not of rows, or as many of them are there and differ by more than that accounts for
 */
export function asChosen(
  given: AnyTensors,
  { outputs, chosen = [] }: Answer,
  open: number,
  allowed: AllowanceOf,
  names: ReadonlySet<string>,
): HeldRows | undefined {
  let nearest: ChosenRows | undefined;
  for (const choice of [new Map<string, AnyTensor>(), ...chosen]) {
    const matched = matchedRows(given, new Map([...outputs, ...choice]), allowed, names);
    if (matched !== undefined && matched.otherwise < (nearest?.otherwise ?? Infinity)) nearest = matched;
  }
  if (nearest === undefined) return undefined;
  const most = Math.floor(Math.min(spreadMultiple * Math.max(open, leastOpen), mostOtherwise * nearest.rows));
  const isAsLarge = [...outputs].every(([name, { data }]) => given.get(name)?.data.length === data.length);
  // Of as many rows, how far the worst is off says more than how many are.
  return nearest.otherwise > most && isAsLarge ? undefined : { ...nearest, most };
}

/** In how many rows what float32 chooses differs from what float32 chooses where it sums in another order. */
export function openRows({ chosen = [] }: Answer, allowed: AllowanceOf): number {
  const pairs = chosen.flatMap((one, i) => chosen.slice(i + 1).map((other) => [one, other] as const));
  const apart = ([one, other]: readonly [AnyTensors, AnyTensors]): number =>
    matchedRows(one, other, allowed, new Set(one.keys()))?.otherwise ?? Infinity;
  return mostOf([0, ...pairs.map(apart)]);
}

/** Rows along an axis before which there is nothing. */
interface Rows {
  readonly axis: number;
  readonly given: number;
  readonly wanted: number;
}

/**
 * @param chosen outputs that rows are chosen of
 * @returns undefined where what differs is not of rows that belong together
 */
export function matchedRows(
  given: AnyTensors,
  wanted: AnyTensors,
  allowed: AllowanceOf,
  chosen: ReadonlySet<string>,
): ChosenRows | undefined {
  const names = [...wanted.keys()];
  const off = names.filter((name) => !isNear(given.get(name), wanted.get(name), allowed(name)));
  const [first] = off;
  if (first === undefined) return { given, wanted, rows: 0, otherwise: 0, picked: new Set() };
  const rows = rowsOf(given.get(first), wanted.get(first));
  if (rows === undefined || Math.max(rows.given, rows.wanted) > mostRows) return undefined;
  const sides = names.flatMap((name): Side[] => {
    const [own, other] = [given.get(name), wanted.get(name)];
    if (!chosen.has(name) || own === undefined || other === undefined) return [];
    if (!isOfRows(own, other, rows)) return [];
    return [{ name, given: own, wanted: other, allowance: allowed(name) }];
  });
  if (off.some((name) => !sides.some((side) => side.name === name))) return undefined;
  // What is in order by a score stays so: a row comes no earlier than its score says.
  const isRanked = (of: 'given' | 'wanted') => (side: Side) =>
    side[of].data.length === rows[of] && isInOrder(side[of], side);
  if (sides.filter(isRanked('wanted')).some((side) => !isRanked('given')(side))) return undefined;
  const [from, to] = pairedRows(sides, rows);
  const picked = new Set(sides.map(({ name }) => name));
  const kept = (all: AnyTensors, count: number, places: readonly number[]): AnyTensors =>
    new Map(
      [...all].map(([name, tensor]) => [name, picked.has(name) ? rowsAt(tensor, count, places) : tensor]),
    );
  const most = Math.max(rows.given, rows.wanted);
  return {
    given: kept(given, rows.given, from),
    wanted: kept(wanted, rows.wanted, to),
    rows: most,
    otherwise: most - from.length,
    picked,
  };
}

interface Side {
  readonly name: string;
  readonly given: AnyTensor;
  readonly wanted: AnyTensor;
  readonly allowance: Allowance;
}

/** Whether they are numbers that never rise, beyond what they may be off. */
function isInOrder({ dtype, data }: AnyTensor, { allowance }: Side): boolean {
  return (
    isFloat(dtype) &&
    data.every((value, i) => {
      const before = data[i - 1] ?? value;
      return value <= before + allowance.absolute + allowance.relative * Math.abs(before);
    })
  );
}

function rowsOf(given: AnyTensor | undefined, wanted: AnyTensor | undefined): Rows | undefined {
  if (given === undefined || given.shape.length !== wanted?.shape.length) return undefined;
  const differs = wanted.shape.findIndex((extent, i) => extent !== given.shape[i]);
  const axis = differs < 0 ? wanted.shape.findIndex((extent) => extent > 1) : differs;
  const [own = 1, other = 1] = [given.shape[axis], wanted.shape[axis]];
  const rows = { axis, given: own, wanted: other };
  return axis >= 0 && isOfRows(given, wanted, rows) ? rows : undefined;
}

/** Whether they have as many rows: nothing but them is beside each other, and they are of one size. */
function isOfRows(given: AnyTensor, wanted: AnyTensor, rows: Rows): boolean {
  const axis = wanted.shape.findIndex((extent, i) => extent === rows.wanted && given.shape[i] === rows.given);
  if (axis < 0 || given.shape.length !== wanted.shape.length) return false;
  return wanted.shape.every((extent, i) =>
    i < axis ? extent === 1 && given.shape[i] === 1 : i === axis || extent === given.shape[i],
  );
}

/** Places of rows that are the same, in the order of what is wanted; each is looked for farther and farther from its own. */
function pairedRows(sides: readonly Side[], rows: Rows): readonly [readonly number[], readonly number[]] {
  const taken = new Set<number>();
  const isSame = (from: number, to: number): boolean =>
    from >= 0 &&
    from < rows.given &&
    !taken.has(from) &&
    sides.every(({ given, wanted, allowance }) => {
      const width = wanted.data.length / rows.wanted;
      for (let i = 0; i < width; i++) {
        if (!near(given.data[from * width + i], wanted.data[to * width + i], allowance)) return false;
      }
      return true;
    });
  const [from, to]: [number[], number[]] = [[], []];
  for (let row = 0; row < rows.wanted; row++) {
    for (let step = 0; step < Math.max(rows.given, rows.wanted); step++) {
      const found = [row - step, row + step].find((place) => isSame(place, row));
      if (found === undefined) continue;
      taken.add(found);
      from.push(found);
      to.push(row);
      break;
    }
  }
  return [from, to];
}

function isNear(given: AnyTensor | undefined, wanted: AnyTensor | undefined, allowance: Allowance): boolean {
  if (given === undefined || wanted === undefined) return false;
  return (
    given.shape.length === wanted.shape.length &&
    wanted.shape.every((extent, i) => extent === given.shape[i]) &&
    wanted.data.every((value, i) => near(given.data[i], value, allowance))
  );
}

function near(
  given: number | undefined,
  wanted: number | undefined,
  { absolute, relative }: Allowance,
): boolean {
  if (given === undefined || wanted === undefined) return false;
  return Object.is(given, wanted) || Math.abs(given - wanted) <= absolute + relative * Math.abs(wanted);
}

function rowsAt(tensor: AnyTensor, count: number, rows: readonly number[]): AnyTensor {
  const width = count === 0 ? 0 : tensor.data.length / count;
  const data = tensor.data.slice(0, rows.length * width);
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) data[i * width + j] = tensor.data[row * width + j] ?? 0;
  });
  const axis = Math.max(
    0,
    tensor.shape.findIndex((extent) => extent === count),
  );
  return { ...tensor, shape: tensor.shape.map((extent, i) => (i === axis ? rows.length : extent)), data };
}
