/** What cannot be read, told all at once: one line for what several nodes have in common, with their number. */
import type { OnnxNode } from '../../proto/onnx.ts';
import { sentenceOf } from './sentence.ts';
import { showNode } from './show-node.ts';

/**
 * `type`: the file says one type of a value, and its node gives another. `shape`: a node is given what its op forbids
 * (`check/rules/`). `lack`: it uses what there is not here. `endless`: it has no end in any runtime. `wide`: it makes more than can be
 * held.
 */
export type ProblemCode = 'type' | 'shape' | 'lack' | 'endless' | 'drawn' | 'wide';

export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

/** The cause of an import's error: its problems one by one. */
export class UnreadableModel extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ text }) => text).join('\n'));
    this.problems = problems;
  }
}

interface Line {
  readonly code: ProblemCode;
  readonly first: string;
  readonly rest: string;
  count: number;
}

export class Problems {
  readonly #lines = new Map<string, Line>();

  get count(): number {
    return this.#lines.size;
  }

  /** A problem of the file. */
  add(line: string, code: ProblemCode = 'lack'): void {
    this.#lines.set(line, { code, first: line, rest: '', count: 1 });
  }

  /** A problem of a node; `message` goes on from the node's name. */
  addNode(node: OnnxNode, message: string, code: ProblemCode = 'lack'): void {
    const key = `${node.domain}|${node.opType}|${message}`;
    const known = this.#lines.get(key);
    if (known === undefined) this.#lines.set(key, { code, first: showNode(node), rest: message, count: 1 });
    else known.count++;
  }

  list(): readonly Problem[] {
    return [...this.#lines.values()].map(({ code, first, rest, count }) => {
      const more = count === 1 ? '' : ` and ${count - 1} more of its kind`;
      return { code, text: sentenceOf(`${first}${more}${rest}`) };
    });
  }
}
