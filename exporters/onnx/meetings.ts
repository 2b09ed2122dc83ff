/**
 * Open extents that must be one for a file to mean anything, gathered while it is read. Whoever reads starts again with one in
 * place of the other; all that meet on the way are gathered before, so that it starts again a few times, and not for each.
 */
import { isName, namesIn, quotient, substituted } from '../../src/graph/extent.ts';
import type { Dim } from '../../src/graph/types.ts';

export class Meetings {
  readonly #replaced: Map<string, Dim>;
  #count = 0;

  /** @param extents what names are from the first */
  constructor(extents: Readonly<Record<string, Dim>>) {
    this.#replaced = new Map(Object.entries(extents));
  }

  /** How many there have been. */
  get count(): number {
    return this.#count;
  }

  /** Whether no name is a number. */
  get areOpen(): boolean {
    return [...this.#replaced.values()].every((extent) => typeof extent === 'string');
  }

  /** What an extent is, as far as is known by now. */
  readonly extentOf = (given: Dim): Dim => {
    let dim = given;
    for (let next: Dim | undefined = dim; next !== undefined; next = this.#of(dim)) dim = next;
    const end = substituted(dim, { get: (name) => this.#of(name) && this.extentOf(name) });
    // Whoever asks again comes there in one step.
    if (isName(given) && end !== given) this.#replaced.set(given, end);
    return end;
  };

  /** Notes that two extents are one. False where no name settles that, or where it is known already. */
  note([one, other]: readonly [Dim, Dim]): boolean {
    const pair = [this.extentOf(one), this.extentOf(other)] as const;
    const meeting = pair[0] === pair[1] ? undefined : settled(pair);
    if (meeting === undefined) return false;
    this.#replaced.set(...meeting);
    this.#count++;
    return true;
  }

  #of(dim: Dim): Dim | undefined {
    return isName(dim) ? this.#replaced.get(dim) : undefined;
  }
}

/** Which name has to be what, for two extents to be one; undefined where no name settles it. */
function settled([a, b]: readonly [Dim, Dim]): readonly [string, Dim] | undefined {
  // The name that came first stays. A name cannot be an expression in itself.
  if (isName(b) && !namesIn(a).includes(b)) return [b, a];
  if (isName(a) && !namesIn(b).includes(a)) return [a, b];
  const [open, number] = typeof a === 'string' ? [a, b] : [b, a];
  if (typeof open !== 'string' || typeof number !== 'number') return undefined;
  const [name] = /[^\s+\-*/(),]*[A-Za-z_][^\s+\-*/(),]*/.exec(open) ?? [];
  if (name === undefined) return undefined;
  const factor = quotient(open, name);
  const extent = typeof factor === 'number' ? quotient(number, factor) : undefined;
  return extent === undefined ? undefined : [name, extent];
}
