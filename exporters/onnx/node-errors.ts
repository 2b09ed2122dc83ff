/** What it means that the reading of a node failed. */
import { NascentError } from '../../src/errors.ts';
import { BrokenRule } from '../../src/graph/infer/rule.ts';
import { Unread, Unreadable } from './node-reader.ts';

/** Extents in a body must be one: reading starts again with one in place of the other. */
export class Meeting extends Error {}

/** What is wrong with a node, as it goes on from the node's name; undefined where it is told already. */
export function messageOf(error: unknown): string | undefined {
  if (error instanceof Unread) return undefined;
  if (error instanceof Unreadable) return ` ${error.message}`;
  const cause = ruleOf(error);
  if (cause instanceof BrokenRule) return `: ${cause.message}`;
  throw error;
}

/** The rule that was broken, where that is the cause. */
export function ruleOf(error: unknown): unknown {
  return error instanceof NascentError && error.cause instanceof BrokenRule ? error.cause : error;
}
