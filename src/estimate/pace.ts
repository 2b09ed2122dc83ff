/** How long the steps of a search or a training take, and what is measured after an epoch: a few of them, timed. */
import type { Progress } from '../tasks/task.ts';
import type { Reported, Steps } from '../learn/loop.ts';

/** How long steps take. */
export interface Pace {
  /** Seconds for one of what is counted: of all steps but the first the median, or the first where there is no other. */
  readonly each: number;
  /** How much of it a step is, the usual one. */
  readonly perStep: number;
  /** How many steps that is from. */
  readonly steps: number;
  /** Between these the middle half of them lies: seconds for one of what is counted. */
  readonly middle: readonly [least: number, most: number];
}

/** Steps as far as they are timed. */
export interface Timed extends Pick<Steps<unknown>, 'step'> {
  progress(epoch: number): Pick<Reported, 'done'>;
}

/** When to leave off: after so many, or as soon as so many seconds have gone by, and never before the first. */
export interface Enough {
  readonly most: number;
  readonly seconds: number;
}

/** How time is told and taken; all of it may be left out. */
export interface Watch {
  readonly signal: AbortSignal;
  /** In seconds. */
  readonly now?: () => number;
  /** Told after each step how many have been taken. */
  readonly onStep?: (taken: number) => void;
}

const clock = () => performance.now() / 1000;

/**
 * Takes steps of an epoch and times them. The first is dearer than the others, for what is compiled or allocated when it
 * is needed, and does not count where there are others.
 *
 * @param epoch the one that is pretended: in those that warm up, alphas stay as they are
 * @throws the signal's reason when stopped, between two steps
 */
export async function paceOf(
  steps: Timed,
  epoch: number,
  { most, seconds }: Enough,
  { signal, now = clock, onStep }: Watch,
): Promise<Pace> {
  const taken: { readonly each: number; readonly size: number }[] = [];
  const begun = now();
  do {
    await breathe();
    signal.throwIfAborted();
    const [before, at] = [steps.progress(0).done, now()];
    // What is not finite takes as long as what is.
    await steps.step(epoch);
    const { done } = steps.progress(0);
    // The first step after an epoch's end begins another.
    const size = done > before ? done - before : done;
    taken.push({ each: (now() - at) / size, size });
    onStep?.(taken.length);
  } while (taken.length < most && now() - begun < seconds);
  const counted = taken.length > 1 ? taken.slice(1) : taken;
  const each = counted.map((step) => step.each).toSorted((a, b) => a - b);
  const quarter = Math.floor(each.length / 4);
  return {
    each: median(each),
    perStep: median(taken.map(({ size }) => size)),
    steps: counted.length,
    middle: [each[quarter] ?? Number.NaN, each[each.length - 1 - quarter] ?? Number.NaN],
  };
}

/**
 * Seconds to measure all of what is measured, from its first batches; 0 where nothing is.
 *
 * @throws the signal's reason when stopped
 */
export async function secondsToMeasure(
  measure: (
    signal: AbortSignal,
    onProgress: (progress: Pick<Progress, 'done' | 'total'>) => void,
  ) => Promise<unknown>,
  { most, seconds }: Enough,
  { signal, now = clock }: Watch,
): Promise<number> {
  const enough = new AbortController();
  const begun = now();
  const seen: { readonly done: number; readonly total: number; readonly at: number }[] = [];
  try {
    await measure(AbortSignal.any([signal, enough.signal]), ({ done, total }) => {
      seen.push({ done, total, at: now() - begun });
      if (seen.length >= most || now() - begun >= seconds) enough.abort();
    });
  } catch (error) {
    if (signal.aborted || !enough.signal.aborted) throw error;
  }
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return 0;
  // The first batch is dearer, as the first step is.
  const each = last === first ? first.at / first.done : (last.at - first.at) / (last.done - first.done);
  return first.at + each * (first.total - first.done);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length - 1 - half] ?? Number.NaN, sorted[half] ?? Number.NaN];
  return (low + high) / 2;
}

/** Lets a stop be heard. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
