/** The part of some lines that a pane has room for. Where not all fit, its last line says how many are missing. */

import { span } from '../theme.ts';
import type { Talk } from '../theme.ts';

export interface ClipOptions {
  /** How many lines were scrolled away above; what is more than there are is the end. */
  readonly top?: number;
  /** How the others can be seen. */
  readonly hint?: string | undefined;
}

export function clipped(
  lines: readonly Talk[],
  height: number,
  { top = 0, hint }: ClipOptions = {},
): readonly Talk[] {
  if (lines.length <= height) return lines;
  const first = Math.max(0, Math.min(mostTop(lines.length, height), top));
  const kept = lines.slice(first, first + Math.max(0, height));
  const below = lines.length - first - height;
  // The lines that say so are in the place of others.
  if (first > 0 && height > 2) kept[0] = span('quiet', `… ${first + 1} lines above`);
  if (below > 0 && height > 0) {
    const more = `… ${below + 1} more lines`;
    kept[height - 1] = span('quiet', hint === undefined ? more : `${more}; ${hint}`);
  }
  return kept;
}

/** How far so many lines can be scrolled. */
export function mostTop(count: number, height: number): number {
  return Math.max(0, count - Math.max(0, height));
}
