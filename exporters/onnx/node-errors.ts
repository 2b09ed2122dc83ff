/** What it means that the reading of a node failed. */
import { NascentError } from '../../src/errors.ts';
import { BrokenRule, ExtentsMeet } from '../../src/graph/infer/rule.ts';
import type { Dim } from '../../src/graph/types.ts';
import { Unread, Unreadable } from './node-reader.ts';
import type { File } from './surroundings.ts';

/** Two extents must be one for the file to mean anything: reading starts again with one in place of the other. */
export class Meeting extends Error {
  readonly extents: readonly [Dim, Dim];
  constructor(extents: readonly [Dim, Dim]) {
    super(`${extents[0]} meets ${extents[1]}`);
    this.extents = extents;
  }
}

/** What is wrong with a node, as it goes on from the node's name; undefined where it is told already. */
export function messageOf(error: unknown, file: File): string | undefined {
  if (error instanceof Unread) return undefined;
  if (error instanceof Unreadable) return ` ${error.message}`;
  const cause = ruleOf(error);
  if (cause instanceof ExtentsMeet && file.mayMeet(cause.extents)) throw new Meeting(cause.extents);
  if (cause instanceof BrokenRule) return `: ${cause.message}`;
  throw error;
}

/** The rule that was broken, where that is the cause. */
export function ruleOf(error: unknown): unknown {
  return error instanceof NascentError && error.cause instanceof BrokenRule ? error.cause : error;
}
