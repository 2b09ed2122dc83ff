/** What the baseline says to every input, kept for all others to be compared with. */
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runner } from './contestants.ts';
import { imageFeeds, logitsOf } from './image-batches.ts';
import type { RealImages } from './real-inputs.ts';
import { feedsFrom, type SeededCase } from './seeded-inputs.ts';

export interface PairInputs {
  readonly seeded: readonly SeededCase[];
  readonly real: RealImages | undefined;
}

export interface Answers {
  /** All outputs, by case. */
  readonly seeded: readonly Tensors[];
  /** Logits [images, classes]; undefined where there are no real images. */
  readonly real: Tensor | undefined;
}

/** Images a run takes from a runtime that is fast. */
export const imageBatch = 100;

/** @throws the signal's reason when stopped */
export async function answersOf(
  runner: Runner,
  { seeded, real }: PairInputs,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  const answers: Tensors[] = [];
  for (const one of seeded) {
    answers.push(await runner.run(feedsFrom(one, answers.at(-1))));
    await pause(signal);
  }
  if (real === undefined) return { seeded: answers, real: undefined };
  const { model, dataset } = real;
  const classes = dataset.classes.length;
  const logits = new Float32Array(dataset.count * classes);
  for (const batch of imageFeeds(model, dataset, { start: 0, end: dataset.count, batchSize: imageBatch })) {
    const { data } = logitsOf(model, await runner.run(batch.feeds), batch, classes);
    logits.set(data, batch.first * classes);
    reporter.progress(batch.first + batch.size, dataset.count, 'img');
    await pause(signal);
  }
  return { seeded: answers, real: { dtype: 'float32', shape: [dataset.count, classes], data: logits } };
}

/** A turn of the event loop, without which no word to stop is heard: runtimes work on this very thread. */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
}
