/** What names of a file stand for, in a graph, or in the branch or function that is read inside it. */
import type { Entry } from './node-reader.ts';

export class Scope {
  /** Of the operator sets that its nodes are of. */
  readonly opset: number;
  readonly #entries = new Map<string, Entry>();
  readonly #outer: ((name: string) => Entry | undefined) | undefined;

  constructor(opset: number, outer?: (name: string) => Entry | undefined) {
    this.opset = opset;
    this.#outer = outer;
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name) ?? this.#outer?.(name);
  }

  set(name: string, entry: Entry): void {
    if (name !== '') this.#entries.set(name, entry);
  }
}
