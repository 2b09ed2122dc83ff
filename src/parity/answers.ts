/** What is right on every input, for all runtimes to be compared with. */
import { internal, NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Measurement } from './gates.ts';
import { standInName } from './pairs.ts';
import type { Spread } from './truth.ts';
import type { OpenModel } from './ways.ts';
import { imageFeeds, logitsOf } from '../evaluate/image-batches.ts';
import { requireReadable } from '../evaluate/image-source.ts';
import type { RealImages } from './real-inputs.ts';
import { feedsFrom, type SeededCase } from './seeded-inputs.ts';

export interface PairInputs {
  readonly seeded: readonly SeededCase[];
  readonly real: RealImages | undefined;
}

/** What is right on one input, as far as it is known. */
export interface Answer {
  readonly outputs: AnyTensors;
  /** By output, where the outputs are the truth; undefined where they are those of `standIn`. */
  readonly spreads: ReadonlyMap<string, Spread> | undefined;
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
}

/** Images a run takes from a runtime that is fast. */
export const imageBatch = 100;

/**
 * The truth on as many inputs as `seconds` allow, one at least, and what a runtime that is fast says to the others: the
 * stand-in, which is held to the truth like any other.
 *
 * @param truth undefined where the graph was not read
 * @throws NascentError of the stand-in where nothing is known of any input, 'data/damaged' where no real image can be
 *   read; the signal's reason when stopped
 */
export async function answersOf(
  truth: (() => Promise<OpenModel>) | undefined,
  standIn: () => Promise<OpenModel>,
  inputs: PairInputs,
  seconds: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  const own = await standInAnswers(standIn, inputs, reporter, signal);
  const told =
    truth === undefined ? noTruth : await truths(truth, inputs.seeded, own, seconds, reporter, signal);
  const seeded = inputs.seeded.map((_, i): Answer | undefined => {
    const outputs = own.seeded[i];
    return told.answers[i] ?? (outputs === undefined ? undefined : { outputs, spreads: undefined });
  });
  if (own.failure !== undefined && seeded.every((answer) => answer === undefined)) throw own.failure;
  const truthCount = inputs.seeded.reduce(
    (sum, { batch }, i) => sum + (told.answers[i] === undefined ? 0 : batch),
    0,
  );
  return {
    seeded,
    real: own.real,
    truths: truthCount,
    untold: told.untold,
    measured: measurementsOf(seeded),
    by: truthCount > 0 ? 'the truth' : standInName,
  };
}

interface StandIn {
  readonly seeded: readonly (AnyTensors | undefined)[];
  readonly real: Tensor | undefined;
  /** Why it cannot run the model at all. */
  readonly failure: NascentError | undefined;
}

async function standInAnswers(
  open: () => Promise<OpenModel>,
  { seeded, real }: PairInputs,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<StandIn> {
  reporter.stage('parity', `${standInName}, for inputs that the truth takes too long for`);
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
        reporter.note(`left out: ${one.label}, batch ${one.batch}: ${error.message}`);
        return undefined;
      });
      answers.push(before);
      await pause(signal);
    }
    if (answers.some((answer) => answer !== undefined)) failure = undefined;
    return { seeded: answers, real: await realAnswers(opened, real, reporter, signal), failure };
  } catch (error) {
    if (signal.aborted || !(error instanceof NascentError) || error.code === 'data/damaged') throw error;
    return { seeded: answers, real: undefined, failure: error };
  } finally {
    opened?.dispose();
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
  readonly untold: string | null;
}

const noTruth: Told = { answers: [], untold: 'the graph was not read' };

/** In order, so that what goes on from an input goes on from the truth of it. */
async function truths(
  open: () => Promise<OpenModel>,
  cases: readonly SeededCase[],
  own: StandIn,
  seconds: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Told> {
  reporter.stage('parity', 'reference, in double precision and rounded to float32: the truth and its spread');
  const answers: (Answer | undefined)[] = [];
  let opened: OpenModel | undefined;
  try {
    opened = await open();
    const { measure } = opened;
    if (measure === undefined) throw internal('the truth is not measured');
    const started = performance.now();
    let rows = 0;
    let before: AnyTensors | undefined;
    for (const [i, one] of cases.entries()) {
      reporter.progress(i, cases.length, 'inputs');
      const isLeftOut = own.failure === undefined && own.seeded[i] === undefined;
      if (isLeftOut) {
        answers.push(undefined);
        continue;
      }
      const spent = performance.now() - started;
      if (rows > 0 && spent + (spent / rows) * one.batch > 1000 * seconds) {
        return { answers, untold: `it takes ${(spent / rows / 1000).toFixed(1)} s an input` };
      }
      const { outputs, spreads } = await measure(feedsFrom(one, before));
      before = outputs;
      answers.push({ outputs, spreads });
      rows += one.batch;
      await pause(signal);
    }
    return { answers, untold: null };
  } catch (error) {
    if (signal.aborted || !(error instanceof NascentError)) throw error;
    return { answers, untold: error.message };
  } finally {
    opened?.dispose();
  }
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
