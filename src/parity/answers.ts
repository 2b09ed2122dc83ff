/** What the baseline says to every input, kept for all others to be compared with. */
import { NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import type { Reporter } from '../run/reporter.ts';
import type { OpenModel } from './ways.ts';
import { imageFeeds, logitsOf } from '../evaluate/image-batches.ts';
import { requireReadable } from '../evaluate/image-source.ts';
import type { RealImages } from './real-inputs.ts';
import { feedsFrom, type SeededCase } from './seeded-inputs.ts';

export interface PairInputs {
  readonly seeded: readonly SeededCase[];
  readonly real: RealImages | undefined;
}

export interface Answers {
  /** All outputs, by case; undefined where it cannot run the case. */
  readonly seeded: readonly (AnyTensors | undefined)[];
  /** Logits [readable images, classes]; undefined where there are no real images. */
  readonly real: Tensor | undefined;
}

/** Images a run takes from a runtime that is fast. */
export const imageBatch = 100;

/** @throws NascentError 'data/damaged' where no real image can be read; the signal's reason when stopped */
export async function answersOf(
  opened: OpenModel,
  { seeded, real }: PairInputs,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  let first: NascentError | undefined;
  const answers: (AnyTensors | undefined)[] = [];
  let before: AnyTensors | undefined;
  for (const [i, one] of seeded.entries()) {
    reporter.progress(i, seeded.length, 'inputs');
    try {
      before = await opened.run(feedsFrom(one, before));
      answers.push(before);
    } catch (error) {
      // Some models take one batch only and do not say so. A model that takes none of the inputs is another matter.
      const isOnlyThis = error instanceof NascentError && one.carries === undefined;
      if (!isOnlyThis || (i === 0 && seeded.length === 1)) throw error;
      if (i === 0) first = error;
      answers.push(undefined);
      reporter.note(`left out: ${one.label}, batch ${one.batch}: ${error.message}`);
    }
    await pause(signal);
  }
  if (first !== undefined && answers.every((answer) => answer === undefined)) throw first;
  if (real === undefined) return { seeded: answers, real: undefined };
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
  const data = logits.subarray(0, seen * classes);
  return { seeded: answers, real: { dtype: 'float32', shape: [seen, classes], data } };
}

/** A turn of the event loop, without which no word to stop is heard: runtimes work on this very thread. */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
}
