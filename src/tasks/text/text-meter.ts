/** The mean negative log-likelihood over the rows seen. */
import type { TextSlice } from '../../data/text/batches.ts';

export class TextMeter {
  #sum = 0;
  #rows = 0;

  /** A meter as `state` of another one has it; an empty list is a new one. */
  static from(state: readonly number[]): TextMeter {
    const meter = new TextMeter();
    [meter.#sum = 0, meter.#rows = 0] = state;
    return meter;
  }

  /** The sum over rows, and their number: plain data, for a checkpoint. */
  get state(): readonly number[] {
    return [this.#sum, this.#rows];
  }

  /** `likelihood` is the mean over a slice. */
  add(likelihood: number, { length }: TextSlice): void {
    this.#sum += likelihood * length;
    this.#rows += length;
  }

  /** In nats a word. */
  get loss(): number {
    return this.#rows === 0 ? 0 : this.#sum / this.#rows;
  }

  /** For a progress bar. */
  get note(): string {
    return `perplexity ${Math.exp(this.loss).toFixed(1)}`;
  }
}
