/** What cannot be read, told all at once: one line for what several nodes have in common, with their number. */
import type { OnnxNode } from '../../proto/onnx.ts';
import { showNode } from './check.ts';

export class Problems {
  readonly #lines = new Map<string, { readonly first: string; readonly rest: string; count: number }>();

  get count(): number {
    return this.#lines.size;
  }

  /** A problem of the file. */
  add(line: string): void {
    this.#lines.set(line, { first: line, rest: '', count: 1 });
  }

  /** A problem of a node; `message` goes on from the node's name. */
  addNode(node: OnnxNode, message: string): void {
    const key = `${node.domain}|${node.opType}|${message}`;
    const known = this.#lines.get(key);
    if (known === undefined) this.#lines.set(key, { first: showNode(node), rest: message, count: 1 });
    else known.count++;
  }

  list(): readonly string[] {
    return [...this.#lines.values()].map(({ first, rest, count }) => {
      const more = count === 1 ? '' : ` and ${count - 1} more of its kind`;
      return `${first}${more}${rest}`;
    });
  }
}
