/**
 * The smallest part of a list that still fails: delta debugging.
 *
 * Source: A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002: `ddmin`.
 */

export interface Shrunk<T> {
  readonly items: readonly T[];
  /** Whether it is known that none of them alone can be left out; otherwise time was up. */
  readonly minimal: boolean;
}

/**
 * @param items that fail together, in order
 * @param fails whether a part of them, in order, still fails
 * @param isSpent whether time is up: then what was found until then is the answer
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
  isSpent: () => boolean = () => false,
): Promise<Shrunk<T>> {
  let kept = items;
  let parts = 2;
  while (kept.length > 1) {
    const pieces = split(kept, Math.min(parts, kept.length));
    const smaller = await firstFailing(kept, pieces, fails, isSpent);
    if (smaller === 'spent') return { items: kept, minimal: false };
    if (smaller !== undefined) {
      parts = smaller.isPiece ? 2 : Math.max(parts - 1, 2);
      kept = smaller.items;
    } else if (parts < kept.length) parts = Math.min(kept.length, 2 * parts);
    else break;
  }
  return { items: kept, minimal: true };
}

/** A piece, or all but a piece, that still fails. */
async function firstFailing<T>(
  kept: readonly T[],
  pieces: readonly (readonly T[])[],
  fails: (part: readonly T[]) => Promise<boolean>,
  isSpent: () => boolean,
): Promise<{ readonly items: readonly T[]; readonly isPiece: boolean } | 'spent' | undefined> {
  for (const piece of pieces) {
    if (isSpent()) return 'spent';
    if (await fails(piece)) return { items: piece, isPiece: true };
  }
  // Of two pieces, each is all but the other.
  for (const piece of pieces.length > 2 ? pieces : []) {
    if (isSpent()) return 'spent';
    const without = new Set(piece);
    const rest = kept.filter((item) => !without.has(item));
    if (await fails(rest)) return { items: rest, isPiece: false };
  }
  return undefined;
}

function split<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  return Array.from({ length: parts }, (_, i) =>
    items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)),
  );
}
