/**
 * An input on which a runtime is further off than on those that were drawn: a search that climbs what it uses of its
 * allowance, from the input where that was most. Each step changes the best input so far and is kept where it is worse.
 */
import { NascentError } from '../errors.ts';
import { Random } from '../random.ts';
import { isFloat, type AnyTensor, type AnyTensors, type Numbers } from '../runtime/any-tensor.ts';
import { heldAs } from '../tensors/numbers.ts';
import { pause } from './answers.ts';
import { together, Comparison, type Worst } from './comparison.ts';
import { allowanceOf, type Gate } from './gates.ts';
import type { Measured } from './truth/truth.ts';
import type { NamedMeasure } from './truth/truths.ts';

/** What a search is told. */
export interface Climbing {
  readonly measure: NamedMeasure;
  readonly seed: number;
  readonly steps: number;
  /** For the runs of the runtime: it ends with the step that goes beyond. */
  readonly seconds: number;
}

/** Where a search begins. */
export interface Start {
  readonly feeds: AnyTensors;
  /** Inputs of one name are one input, whoever searches from it. */
  readonly name: string;
  /** How the runtime does on it, where that is known. */
  readonly off?: Off | undefined;
}

/** What came of it. */
export interface Climb {
  /** How many inputs were tried. */
  readonly steps: number;
  /** The share of its allowance that the runtime uses of the input that it began with, and of the worst that was found. */
  readonly from: number;
  readonly used: number;
  readonly notFinite: number;
  readonly worst: Worst | null;
}

export interface Searched {
  readonly climb: Climb;
  /** The worst input itself. */
  readonly feeds: AnyTensors;
}

/** What an input is called that a search found. */
export const searchedName = 'an input that was searched for';

/** How a runtime does on an input. */
export type Off = Pick<Climb, 'used' | 'notFinite' | 'worst'>;

/**
 * Searches.
 *
 * @throws the signal's reason when stopped; what a runtime throws ends the search
 */
export async function climb(
  { measure, seed, steps, seconds }: Climbing,
  run: (feeds: AnyTensors) => Promise<AnyTensors>,
  gate: Gate,
  { feeds, name, off: known }: Start,
  signal: AbortSignal,
): Promise<Searched | undefined> {
  const random = new Random(seed).fork('climb');
  const own = { ms: 0 };
  const off = async (given: AnyTensors, path: string) => {
    const measured = await measure(given, path);
    const started = performance.now();
    const outputs = await run(given);
    own.ms += performance.now() - started;
    return offOn(gate, measured, outputs);
  };
  try {
    const start = known ?? (await off(feeds, name));
    let [best, at, path, tried] = [start, feeds, name, 0];
    while (tried < steps && own.ms < 1000 * seconds && badness(best) <= 1) {
      const changed = changedFeeds(at, random.fork(`step ${tried}`));
      const changedPath = `${path}, step ${tried}`;
      const found = await off(changed, changedPath);
      tried += 1;
      if (badness(found) > badness(best)) [best, at, path] = [found, changed, changedPath];
      await pause(signal);
    }
    return { climb: { steps: tried, from: start.used, ...best }, feeds: at };
  } catch (error) {
    if (signal.aborted || !(error instanceof NascentError)) throw error;
    return undefined;
  }
}

function badness({ used, notFinite }: Off): number {
  return notFinite > 0 ? Infinity : used;
}

function offOn(gate: Gate, { outputs, spreads }: Measured, given: AnyTensors): Off {
  const each = [...outputs].flatMap(([name, truth]) => {
    const tensor = given.get(name);
    if (tensor?.data.length !== truth.data.length || isFloat(tensor.dtype) !== isFloat(truth.dtype))
      return [];
    const comparison = new Comparison();
    const allowance = allowanceOf(gate, name, truth, spreads.get(name));
    comparison.add(name, tensor, truth, allowance, () => searchedName);
    return [comparison];
  });
  const { used, notFinite, worst } = together(each);
  return { used: Math.max(0, used), notFinite, worst };
}

/** No value is larger than the extremes among the drawn ones. */
const largest: Readonly<Record<string, number>> = { float16: 64 };
const usualLargest = 1e4;

/** The same with one input changed in one way. */
function changedFeeds(feeds: AnyTensors, random: Random): AnyTensors {
  const names = [...feeds.keys()];
  const chosen = names[random.integer(Math.max(1, names.length))];
  return new Map(
    [...feeds].map(([name, tensor]) => [name, name === chosen ? changed(tensor, random) : tensor]),
  );
}

function changed(tensor: AnyTensor, random: Random): AnyTensor {
  const data = tensor.data.slice();
  if (isFloat(tensor.dtype)) changeFloats(data, random, largest[tensor.dtype] ?? usualLargest);
  else changeWholes(data, random);
  return { ...tensor, data: heldAs(tensor.dtype, data) };
}

/** The ways to change floats: each is what some kind of network is sensitive to. */
const floatChanges: readonly ((data: Numbers, random: Random, size: number) => void)[] = [
  // Larger or smaller as a whole: activations that saturate, and those that do not.
  (data, random) => {
    const factor = 2 ** (random.integer(13) - 6);
    map(data, (value) => value * factor);
  },
  // A little otherwise: what is near a kink.
  (data, random, size) => map(data, (value) => value + 0.1 * size * random.normal()),
  // A few far larger than the others: sums in which the small are lost.
  (data, random) => map(data, (value) => (random.integer(16) === 0 ? 16 * value : value)),
  // Half of it gone: sparse products.
  (data, random) => map(data, (value) => (random.integer(2) === 0 ? 0 : value)),
  // Far from 0 and nearly alike: what takes a mean away.
  (data, random, size) => {
    const offset = 8 * size * random.normal();
    map(data, (value) => 0.1 * value + offset);
  },
];

function changeFloats(data: Numbers, random: Random, most: number): void {
  let squares = 0;
  for (const value of data) squares += value * value;
  const size = Math.sqrt(squares / Math.max(1, data.length)) || 1;
  floatChanges[random.integer(floatChanges.length)]?.(data, random, size);
  map(data, (value) => Math.max(-most, Math.min(most, value)));
}

/** An eighth of them become others of them, which the model knows all of. */
function changeWholes(data: Numbers, random: Random): void {
  const before = data.slice();
  map(data, (value) => (random.integer(8) === 0 ? (before[random.integer(before.length)] ?? value) : value));
}

function map(data: Numbers, change: (value: number) => number): void {
  for (let i = 0; i < data.length; i++) data[i] = change(data[i] ?? 0);
}
