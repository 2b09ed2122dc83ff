/** What is right on every input, for all runtimes to be compared with. */
import { NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import { silentReporter, type Reporter } from '../run/reporter.ts';
import type { Measurement } from './gates.ts';
import { standInName } from './pairs.ts';
import type { Spread } from './truth/spread.ts';
import { besideEachOther } from './processes/beside.ts';
import type { Truths } from './truth/truths.ts';
import { ProcessLost } from './processes/spawn.ts';
import type { OpenModel } from './ways.ts';
import { imageFeeds, logitsOf } from '../evaluate/image-batches.ts';
import { requireReadable } from '../evaluate/image-source.ts';
import type { RealImages } from './real-inputs.ts';
import { feedsFrom, type SeededCase, type SpecialKind } from './seeded-inputs.ts';

export interface PairInputs {
  readonly seeded: readonly SeededCase[];
  readonly real: RealImages | undefined;
}

/** What is right on one input, as far as it is known. */
export interface Answer {
  readonly outputs: AnyTensors;
  /** By output, where the outputs are the truth; undefined where they are those of `standIn`. */
  readonly spreads: ReadonlyMap<string, Spread> | undefined;
  /** Where numbers that are computed choose what comes out: what float32 may choose instead (`Measured`). */
  readonly chosen?: readonly AnyTensors[];
  /** Whether whole numbers on the way are beyond those that a graph keeps: only what runs the file is held to it. */
  readonly isBeyondGraphs?: boolean;
}

export interface Answers {
  /** By case; undefined where the case is left out. */
  readonly seeded: readonly (Answer | undefined)[];
  /** Logits [readable images, classes] of the stand-in; undefined where there are no real images. */
  readonly real: Tensor | undefined;
  /** Inputs of which the truth is known, each a row of a batch. */
  readonly truths: number;
  /** Why the truth is not known of any, or of no more. */
  readonly untold: string | null;
  /** What float32 costs, output by output. */
  readonly measured: readonly Measurement[];
  /** Who gave them: the truth, or the stand-in where nothing is known of that. */
  readonly by: string;
  /** How much is computed for the truth of one input. */
  readonly workAnInput: number;
  /** Why the stand-in is gone, where nobody has answered anything. */
  readonly lost?: NascentError | undefined;
  /** What the stand-in said, where it ran: it is not asked again. */
  readonly standIn: Recorded | undefined;
  /** The most memory that it took, in bytes; 0 where that is not known. */
  readonly peak: number;
}

/** What a runtime said to the same inputs before. */
export interface Recorded {
  readonly seeded: readonly (AnyTensors | undefined)[];
  readonly real: Tensor | undefined;
}

/** Images a run takes from a runtime that is fast. */
export const imageBatch = 100;

/**
 * The truth on as many inputs as `seconds` allow, one at least, and what a runtime that is fast says to the others: the
 * stand-in, which is held to the truth like any other.
 *
 * @param truths undefined where the graph was not read
 * @throws NascentError of the stand-in where nothing is known of any input, 'data/damaged' where no real image can be
 *   read; the signal's reason when stopped
 */
export async function answersOf(
  truths: Truths | undefined,
  standIn: () => Promise<OpenModel>,
  inputs: PairInputs,
  seconds: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  const own = await standInAnswers(standIn, inputs, reporter, signal);
  const finishing = async (of: Reporter) => finished(own, inputs.real, of, signal);
  const telling = async () =>
    truths === undefined ? noTruth : toldBy(truths, inputs.seeded, own, seconds, reporter, signal);
  // Truths and images are for different processes; where there is one place only, images come first.
  const [{ real, failure, peak }, told] =
    truths === undefined || truths.atOnce === 1
      ? [await finishing(reporter), await telling()]
      : await Promise.all([finishing(silentReporter), telling()]);
  const isMeasured = told.answers.some((answer) => answer !== undefined);
  const seeded = inputs.seeded.map(({ label }, i): Answer | undefined => {
    const outputs = own.seeded[i];
    // Whether what is too small for a normal number may be 0 in this model, the truth alone says; and what numbers cost that are
    // far larger, where others are held to what they cost.
    const isUsual =
      label !== ('denormals' satisfies SpecialKind) &&
      (label !== ('extremes' satisfies SpecialKind) || told.beyond.has(i) || !isMeasured);
    const isTold = outputs !== undefined && isUsual;
    const stood = isTold ? { outputs, spreads: undefined, isBeyondGraphs: told.beyond.has(i) } : undefined;
    return told.answers[i] ?? stood;
  });
  const isUnknown = failure !== undefined && seeded.every((answer) => answer === undefined);
  // What took too much of something is one runtime's result: others may do with less.
  const lost = isUnknown && failure instanceof ProcessLost && truths !== undefined ? failure : undefined;
  if (isUnknown && lost === undefined) throw failure;
  const truthCount = inputs.seeded.reduce(
    (sum, { batch }, i) => sum + (told.answers[i] === undefined ? 0 : batch),
    0,
  );
  return {
    seeded,
    real,
    truths: truthCount,
    untold: told.untold,
    workAnInput: told.workAnInput,
    measured: measurementsOf(seeded),
    by: lost !== undefined ? 'nothing that is known' : truthCount > 0 ? 'the truth' : standInName,
    lost,
    standIn: failure === undefined ? { seeded: own.seeded, real } : undefined,
    peak,
  };
}

interface StandIn {
  /** To be asked of images; undefined where it is gone. */
  readonly opened: OpenModel | undefined;
  readonly seeded: readonly (AnyTensors | undefined)[];
  /** Why it cannot run the model at all. */
  readonly failure: NascentError | undefined;
}

/** Tells each reason for which inputs are left out once, with the first of them; then how many more there are. */
class LeftOut {
  readonly #reporter: Reporter;
  readonly #counts = new Map<string, number>();

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  add(input: string, reason: string): void {
    // The shapes in it are those of the input.
    const kind = reason.replaceAll(/\d+/g, '#');
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    if (count === 0) this.#reporter.note(`left out: ${input}: ${reason}`);
  }

  close(): void {
    const more = [...this.#counts.values()].reduce((sum, count) => sum + count - 1, 0);
    if (more > 0) this.#reporter.note(`left out for the like: ${more} more`);
  }
}

async function standInAnswers(
  open: () => Promise<OpenModel>,
  { seeded }: PairInputs,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<StandIn> {
  reporter.stage('parity', `${standInName} on every input, in case one has no truth`);
  const leftOut = new LeftOut(reporter);
  const answers: (AnyTensors | undefined)[] = [];
  let opened: OpenModel | undefined;
  let failure: NascentError | undefined;
  try {
    opened = await open();
    let before: AnyTensors | undefined;
    for (const [i, one] of seeded.entries()) {
      reporter.progress(i, seeded.length, 'inputs');
      before = await opened.run(feedsFrom(one, before)).catch((error: unknown) => {
        // Some models take one batch only and do not say so. What goes on from an input that failed cannot go on.
        if (!(error instanceof NascentError) || one.carries !== undefined) throw error;
        failure ??= error;
        leftOut.add(`${one.label}, batch ${one.batch}`, error.message);
        return undefined;
      });
      answers.push(before);
      await pause(signal);
    }
    leftOut.close();
    if (answers.some((answer) => answer !== undefined)) failure = undefined;
    return { opened, seeded: answers, failure };
  } catch (error) {
    opened?.dispose();
    if (signal.aborted || !(error instanceof NascentError)) throw error;
    return { opened: undefined, seeded: answers, failure: error };
  }
}

interface Finished {
  readonly real: Tensor | undefined;
  readonly failure: NascentError | undefined;
  /** The most memory that it took, in bytes. */
  readonly peak: number;
}

/** What it says of real images; then it is closed. */
async function finished(
  { opened, failure }: StandIn,
  images: RealImages | undefined,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Finished> {
  if (opened === undefined) return { real: undefined, failure, peak: 0 };
  try {
    const real = await realAnswers(opened, images, reporter, signal);
    return { real, failure, peak: opened.peak?.() ?? 0 };
  } catch (error) {
    if (signal.aborted || !(error instanceof NascentError) || error.code === 'data/damaged') throw error;
    return { real: undefined, failure: error, peak: opened.peak?.() ?? 0 };
  } finally {
    opened.dispose();
  }
}

/** The logits of all readable images. */
export async function realAnswers(
  opened: OpenModel,
  real: RealImages | undefined,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Tensor | undefined> {
  if (real === undefined) return undefined;
  const { model, source } = real;
  const { count } = source;
  const classes = source.classes.length;
  const logits = new Float32Array(count * classes);
  let seen = 0;
  for await (const batch of imageFeeds(model, source, { batchSize: imageBatch })) {
    const { data } = logitsOf(model, await opened.run(batch.feeds), batch, classes);
    logits.set(data, batch.first * classes);
    seen = batch.first + batch.size;
    reporter.progress(Math.min(seen + source.unreadable.length, count), count, 'img');
    await pause(signal);
  }
  requireReadable(source, seen);
  return { dtype: 'float32', shape: [seen, classes], data: logits.subarray(0, seen * classes) };
}

interface Told {
  readonly answers: readonly (Answer | undefined)[];
  /** Places of inputs that lead to what is not held in a graph. */
  readonly beyond: ReadonlySet<number>;
  readonly untold: string | null;
  readonly workAnInput: number;
}

const noTruth: Told = { answers: [], beyond: new Set(), untold: 'the graph was not read', workAnInput: 0 };

/** What the truth of a large model computes in a second, about; of a small one, for which it matters little, less. */
const workASecond = 2e8;
/** A machine may be so many times slower before the clock ends what was counted on. */
const patience = 6;

/**
 * How many rows have been told by the time that each case has been, in this order. Which of them are told goes by what they
 * cost as it is counted, so that a file is held to the same truths however much else is at work.
 */
function rowsUpTo(order: readonly number[], cases: readonly SeededCase[]): ReadonlyMap<number, number> {
  let rows = 0;
  return new Map(order.map((i) => [i, (rows += (cases[i]?.batch ?? 0) * (cases[i]?.weight ?? 1))]));
}

const plainKinds: ReadonlySet<string> = new Set<SpecialKind>(['zeros', 'ones']);

/** For less than this, no second process is begun. */
const worthAProcess = 2_000;

/** Several at once, but what goes on from an input goes on from the truth of it. */
async function toldBy(
  { measure, atOnce }: Truths,
  cases: readonly SeededCase[],
  own: StandIn,
  seconds: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Told> {
  reporter.stage('parity', 'reference, in double precision and rounded to float32: the truth and its spread');
  const answers: (Answer | undefined)[] = cases.map(() => undefined);
  const started = performance.now();
  let untold: string | null = null;
  /** Of inputs that lead to what is not held in a graph: which they are, and what was said of the first. */
  const beyond = new Set<number>();
  let beyondWhy: string | null = null;
  /** Rows, and the time that they took together, also where it was the same time. */
  let [rows, spent, seen] = [0, 0, 0];
  let isBroken = false;
  /** Of the first, which is the same one every time. */
  let workAnInput: number | undefined;
  const isLeftOut = (i: number): boolean => own.failure === undefined && own.seeded[i] === undefined;
  // Where nothing is found, little is told: that comes last.
  const isEmpty = ([at = 0]: readonly number[]): boolean =>
    [...(own.seeded[at]?.values() ?? [])].some(({ data }) => data.length === 0);
  // Of what is drawn as usual and of the largest it is told before it is of zeros and ones, which leave much untouched.
  const isPlain = ([at = 0]: readonly number[]): boolean => plainKinds.has(cases[at]?.label ?? '');
  const [first = [], ...others] = chainsOf(cases).toSorted(
    (a, b) => Number(isEmpty(a)) - Number(isEmpty(b)) || Number(isPlain(a)) - Number(isPlain(b)),
  );
  const upTo = rowsUpTo(
    [first, ...others].flat().filter((i) => !isLeftOut(i)),
    cases,
  );
  const tellChain = async (chain: readonly number[]): Promise<void> => {
    let before: AnyTensors | undefined;
    for (const i of chain) {
      const one = cases[i];
      if (one === undefined || isLeftOut(i)) continue;
      if (isBroken) return;
      const work = (upTo.get(i) ?? 0) * (workAnInput ?? 0);
      const isLate = rows > 0 && performance.now() - started > patience * 1000 * seconds;
      if (rows > 0 && (work > workASecond * seconds || isLate)) {
        untold ??= `it takes ${(spent / rows / 1000).toFixed(1)} s an input`;
        return;
      }
      const begun = performance.now();
      try {
        const measured = await measure(feedsFrom(one, before));
        before = measured.outputs;
        answers[i] = measured;
        workAnInput ??= measured.work / one.batch;
      } catch (error) {
        if (signal.aborted || !(error instanceof NascentError)) throw error;
        if (error.code === 'input/invalid') {
          beyond.add(i);
          beyondWhy ??= error.message;
        } else {
          untold ??= error.message;
          isBroken = true;
        }
        return;
      }
      spent += performance.now() - begun;
      rows += one.batch;
      reporter.progress(++seen, cases.length, 'inputs');
      await pause(signal);
    }
  };
  // How long one takes says whether it is worth to begin another process.
  await tellChain(first);
  const left = others.flat().reduce((sum, i) => sum + (cases[i]?.batch ?? 0), 0);
  const isWorth = left * (spent / Math.max(1, rows)) > worthAProcess;
  await besideEachOther(others, { atOnce: isWorth ? atOnce : 1 }, tellChain);
  return { answers, beyond, untold: untold ?? beyondWhy, workAnInput: workAnInput ?? 0 };
}

/** Places of cases, those that go on from each other together. */
function chainsOf(cases: readonly SeededCase[]): readonly (readonly number[])[] {
  const chains: number[][] = [];
  for (const [i, { carries }] of cases.entries()) {
    const last = carries === undefined ? undefined : chains.at(-1);
    if (last === undefined) chains.push([i]);
    else last.push(i);
  }
  return chains;
}

function measurementsOf(seeded: readonly (Answer | undefined)[]): readonly Measurement[] {
  return seeded.flatMap((answer): Measurement[] =>
    [...(answer?.spreads ?? [])].flatMap(([output, spread]) => {
      const truth = answer?.outputs.get(output);
      return truth === undefined ? [] : [{ output, truth, spread }];
    }),
  );
}

/** A turn of the event loop, without which no word to stop is heard: runtimes work on this very thread. */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
}
