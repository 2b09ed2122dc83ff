/** Loss and accuracy, averaged over the images seen. */
import type { Batch } from '../data/images/batches.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Program } from '../runtime/runtime.ts';
import { imageFeed } from './programs.ts';

export class Meter {
  #loss = 0;
  #correct = 0;
  #images = 0;

  /** A meter as `state` of another one has it; an empty list is a new one. */
  static from(state: readonly number[]): Meter {
    const meter = new Meter();
    [meter.#loss = 0, meter.#correct = 0, meter.#images = 0] = state;
    return meter;
  }

  /** Sums of loss and hits, and the number of images: plain data, for a checkpoint. */
  get state(): readonly number[] {
    return [this.#loss, this.#correct, this.#images];
  }

  /** `loss` is the mean over the batch, `correct` the number of hits in it. */
  add(loss: number, correct: number, images: number): void {
    this.#loss += loss * images;
    this.#correct += correct;
    this.#images += images;
  }

  get images(): number {
    return this.#images;
  }

  get loss(): number {
    return this.#images === 0 ? 0 : this.#loss / this.#images;
  }

  /** From 0 to 1. */
  get accuracy(): number {
    return this.#images === 0 ? 0 : this.#correct / this.#images;
  }

  /** For a progress bar. */
  get note(): string {
    return `loss ${this.loss.toFixed(3)} · ${(100 * this.accuracy).toFixed(1)} % right`;
  }
}

/** What to say beside the progress of a measurement after an epoch, counted from 0; `on` such as `test images`. */
export function measuringNote(on: string, epoch: number, epochs: number): string {
  return `measuring on the ${on} after epoch ${epoch + 1} of ${epochs}`;
}

/**
 * Loss and accuracy of a program with the input `image` and the output `logits` over batches.
 *
 * @param onBatch is told how many images have been measured
 * @throws the signal's reason when stopped.
 */
export async function measure(
  program: Program,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  signal: AbortSignal,
  onBatch: (images: number) => void = () => {},
): Promise<Meter> {
  const meter = new Meter();
  let images = 0;
  for await (const batch of batches) {
    signal.throwIfAborted();
    const logits = (await program.run(imageFeed(batch))).get('logits');
    if (logits !== undefined) addLogits(meter, logits, batch.labels);
    images += batch.size;
    onBatch(images);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return meter;
}

/** Adds cross-entropy and hits of logits [N, classes]. */
export function addLogits(meter: Meter, { shape, data }: Tensor, labels: Int32Array): void {
  const classes = shape[1] ?? 0;
  for (let n = 0; n < labels.length; n++) {
    let [best, highest] = [-1, -Infinity];
    for (let k = 0; k < classes; k++) {
      const logit = data[n * classes + k] ?? 0;
      if (logit > highest) [best, highest] = [k, logit];
    }
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp((data[n * classes + k] ?? 0) - highest);
    const label = labels[n] ?? 0;
    const right = data[n * classes + label] ?? -Infinity;
    meter.add(Math.log(total) + highest - right, best === label ? 1 : 0, 1);
  }
}
