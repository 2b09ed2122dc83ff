/**
 * Extents that a file writes as expressions in others, as exporters name them: `past_sequence_length + 1`, `floor(samples/16)`,
 * `2*(width//2)`. What cannot be read as one is a name, whatever signs are in it: `input/shape_0`.
 */

interface Expression {
  readonly names: readonly string[];
  readonly value: (of: (name: string) => number) => number;
}

/** Brackets within brackets beyond this are of a file that was made to have no end. */
const deepest = 100;

/** Whether it is computed from others. */
export function isComputed(dim: string): boolean {
  return expressionIn(dim) !== undefined;
}

/** The names that an extent hangs on: itself, where it is a name. */
export function namesIn(dim: string): readonly string[] {
  return expressionIn(dim)?.names ?? [dim];
}

/** What it is computed as; undefined where it is a name. What is no whole number is rounded down. */
export function computed(dim: string, of: (name: string) => number): number | undefined {
  const value = expressionIn(dim)?.value(of);
  // Nothing times what is negative is -0.
  return value === undefined ? undefined : Math.floor(value) + 0;
}

function expressionIn(dim: string): Expression | undefined {
  if (!/[+\-*/(]/.test(dim)) return undefined;
  const found = new Reader(dim.match(/\/\/|[+\-*/(),=]|[^\s+\-*/(),=]+/g) ?? []).whole();
  return found === undefined || found.names.length === 0 ? undefined : found;
}

/** Reads sums of products of names, numbers, `floor(…)`, `ceil(…)` and brackets. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Expression | undefined {
    const found = this.#sum();
    return this.#at === this.#tokens.length ? found : undefined;
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #sum(): Expression | undefined {
    const isNegative = this.#takes('-');
    const first = this.#product();
    let total = first !== undefined && isNegative ? mapped(first, (value) => -value) : first;
    while (total !== undefined) {
      if (this.#takes('+')) total = joined(total, this.#product(), (a, b) => a + b);
      else if (this.#takes('-')) total = joined(total, this.#product(), (a, b) => a - b);
      else break;
    }
    return total;
  }

  #product(): Expression | undefined {
    let total = this.#factor();
    while (total !== undefined) {
      if (this.#takes('*')) total = joined(total, this.#factor(), (a, b) => a * b);
      else if (this.#takes('//')) total = joined(total, this.#divisor(), (a, b) => Math.floor(a / b));
      else if (this.#takes('/')) total = joined(total, this.#divisor(), (a, b) => a / b);
      else break;
    }
    return total;
  }

  /** By another extent nothing is divided: a name may have a slash in it. */
  #divisor(): Expression | undefined {
    const number = this.#factor();
    return number?.names.length === 0 && number.value(() => 0) > 0 ? number : undefined;
  }

  #factor(): Expression | undefined {
    const token = this.#tokens[this.#at++];
    if (token === undefined || /^[+\-*/),=]/.test(token)) return undefined;
    if (token === '(') return this.#bracketed();
    if (/^\d+$/.test(token)) return { names: [], value: () => Number(token) };
    if (!this.#takes('(')) return { names: [token], value: (of) => of(token) };
    const round = { floor: Math.floor, ceil: Math.ceil, ceiling: Math.ceil }[token.toLowerCase()];
    const inner = this.#bracketed();
    return round === undefined || inner === undefined ? undefined : mapped(inner, round);
  }

  #bracketed(): Expression | undefined {
    if (++this.#depth > deepest) return undefined;
    const inner = this.#sum();
    this.#depth--;
    return this.#takes(')') ? inner : undefined;
  }
}

function mapped({ names, value }: Expression, change: (value: number) => number): Expression {
  return { names, value: (of) => change(value(of)) };
}

function joined(
  a: Expression,
  b: Expression | undefined,
  join: (a: number, b: number) => number,
): Expression | undefined {
  if (b === undefined) return undefined;
  return {
    names: [...new Set([...a.names, ...b.names])],
    value: (of) => join(a.value(of), b.value(of)),
  };
}
