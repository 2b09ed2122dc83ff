/** Loss, and how often the network was right, averaged over what was seen: images, or rows of text. */
export class Meter {
  #loss = 0;
  #correct = 0;
  #count = 0;

  /** A meter as `state` of another one has it; an empty list is a new one. */
  static from(state: readonly number[]): Meter {
    const meter = new Meter();
    [meter.#loss = 0, meter.#correct = 0, meter.#count = 0] = state;
    return meter;
  }

  /** Sums of loss and hits, and how many were seen: plain data, for a checkpoint. */
  get state(): number[] {
    return [this.#loss, this.#correct, this.#count];
  }

  /** @param loss the mean over `count`; `correct` of them were right */
  add(loss: number, count: number, correct = 0): void {
    this.#loss += loss * count;
    this.#correct += correct;
    this.#count += count;
  }

  get count(): number {
    return this.#count;
  }

  get loss(): number {
    return this.#count === 0 ? 0 : this.#loss / this.#count;
  }

  /** From 0 to 1. */
  get accuracy(): number {
    return this.#count === 0 ? 0 : this.#correct / this.#count;
  }
}
