/**
 * Arithmetic on extents that are known only when a graph runs.
 *
 * What follows from an open extent is an expression in it, kept as text in one canonical form, so that equal extents
 * are equal texts: `49*batch`, `height+2`, `floor((height-1)/2)+1`. An expression is a polynomial over names and
 * `floor(…/k)`, with whole coefficients. What is a number stays a number.
 */
import { BrokenRule } from './infer/rule.ts';
import type { Dim, Shape } from './types.ts';

/** Coefficients by monomial: the sorted factors, joined by `*`; '' is the constant. */
type Polynomial = ReadonlyMap<string, number>;

const floorCall = 'floor(';

/** An expression of more letters, or a product of more terms, is of a file that was made to have no end. */
const mostLetters = 10_000;
const mostTerms = 10_000;

/** An extent that is computed of others is longer than any model needs, or is of numbers that are not exact. */
export class LongExtent extends BrokenRule {
  constructor() {
    super(
      `an extent is computed of open ones in more than ${mostLetters} letters, or with numbers beyond 2^53`,
      'Give numbers to open extents.',
    );
  }
}

/** A name that cannot be mistaken for an expression. */
export function extentName(name: string): string {
  const plain = name.replaceAll(/[\s+\-*/(),=]/g, '_');
  return /^\d/.test(plain) ? `n${plain}` : plain;
}

/** Whether an extent is a name, not a number and not computed. */
export function isName(dim: Dim): dim is string {
  return typeof dim === 'string' && !/[+\-*/()]/.test(dim);
}

/** Whether an extent is computed from others. */
export function isComputed(dim: Dim): boolean {
  return typeof dim === 'string' && !isName(dim);
}

export function plus(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return text(sum(polynomial(a), polynomial(b), 1));
}

export function minus(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return text(sum(polynomial(a), polynomial(b), -1));
}

export function times(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return text(product(polynomial(a), polynomial(b)));
}

/** The number of elements of a shape. */
export function elementsOf(shape: Shape): Dim {
  return shape.reduce<Dim>(times, 1);
}

/** ⌊a / by⌋, for a positive whole number `by`. */
export function floorDivide(a: Dim, by: number): Dim {
  if (typeof a === 'number') return Math.floor(a / by);
  const whole = new Map<string, number>();
  const rest = new Map<string, number>();
  for (const [monomial, factor] of polynomial(a)) {
    const share = Math.floor(factor / by);
    // Only the constant can be split: of another term nothing says what is left over.
    if (factor % by === 0) whole.set(monomial, factor / by);
    else if (monomial === '') {
      whole.set('', share);
      rest.set('', factor - share * by);
    } else rest.set(monomial, factor);
  }
  const open = [...rest.keys()].some((monomial) => monomial !== '');
  if (!open) return text(whole);
  const call = `${floorCall}(${String(text(rest))})/${by})`;
  return text(sum(whole, new Map([[call, 1]]), 1));
}

/** a / b where that comes out even whatever the open extents are; undefined where it does not, or cannot be told. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    return b !== 0 && a % b === 0 ? a / b : undefined;
  }
  if (a === b) return 1;
  const [divisor, more] = [...polynomial(b)];
  if (divisor === undefined || more !== undefined) return undefined;
  const [monomial, factor] = divisor;
  const result = new Map<string, number>();
  for (const [own, coefficient] of polynomial(a)) {
    const factors = own === '' ? [] : splitOutside(own, '*');
    for (const one of monomial === '' ? [] : splitOutside(monomial, '*')) {
      const at = factors.indexOf(one);
      if (at < 0) return undefined;
      factors.splice(at, 1);
    }
    if (coefficient % factor !== 0) return undefined;
    result.set(factors.join('*'), coefficient / factor);
  }
  return text(result);
}

/** What an extent is, once names are known; undefined where one of them is not. */
export function evaluated(dim: Dim, binding: ReadonlyMap<string, number>): number | undefined {
  if (typeof dim === 'number') return dim;
  const known = binding.get(dim);
  if (known !== undefined || isName(dim)) return known;
  let total = 0;
  for (const [monomial, coefficient] of polynomial(dim)) {
    let term = coefficient;
    for (const factor of monomial === '' ? [] : splitOutside(monomial, '*')) {
      const value = factorOf(factor, binding);
      if (value === undefined) return undefined;
      term *= value;
    }
    total += term;
  }
  return total;
}

/** The extent with names replaced, also those in an expression. */
export function substituted(dim: Dim, replaced: Pick<ReadonlyMap<string, Dim>, 'get'>): Dim {
  if (typeof dim === 'number') return dim;
  if (isName(dim)) return replaced.get(dim) ?? dim;
  if (!namesIn(dim).some((name) => replaced.get(name) !== undefined)) return dim;
  let total: Dim = 0;
  for (const [monomial, coefficient] of polynomial(dim)) {
    let term: Dim = coefficient;
    for (const factor of monomial === '' ? [] : splitOutside(monomial, '*')) {
      term = times(term, substitutedFactor(factor, replaced));
    }
    total = plus(total, term);
  }
  return total;
}

/** The names that an extent hangs on. */
export function namesIn(dim: Dim): readonly string[] {
  if (typeof dim === 'number') return [];
  return dim.split(/floor\(|[\s+\-*/()]+/).filter((part) => part !== '' && !/^\d/.test(part));
}

function substitutedFactor(factor: string, replaced: Pick<ReadonlyMap<string, Dim>, 'get'>): Dim {
  if (!factor.startsWith(floorCall)) return replaced.get(factor) ?? factor;
  const { inner, by } = floorParts(factor);
  return floorDivide(substituted(inner, replaced), by);
}

function factorOf(factor: string, binding: ReadonlyMap<string, number>): number | undefined {
  if (!factor.startsWith(floorCall)) return binding.get(factor);
  const { inner, by } = floorParts(factor);
  const value = evaluated(inner, binding);
  return value === undefined ? undefined : Math.floor(value / by);
}

/** Of `floor((inner)/by)`. */
function floorParts(call: string): { readonly inner: string; readonly by: number } {
  const within = call.slice(floorCall.length, -1);
  const slash = within.lastIndexOf('/');
  return { inner: within.slice(1, slash - 1), by: Number(within.slice(slash + 1)) };
}

function polynomial(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const terms = new Map<string, number>();
  for (const term of splitOutside(dim, '+')) {
    const negative = term.startsWith('-');
    const factors = splitOutside(negative ? term.slice(1) : term, '*');
    const numbers = factors.filter((factor) => /^\d+$/.test(factor));
    const names = factors.filter((factor) => !/^\d+$/.test(factor));
    const coefficient = numbers.reduce((value, factor) => value * Number(factor), negative ? -1 : 1);
    add(terms, names.toSorted().join('*'), coefficient);
  }
  return terms;
}

/** Parts of a text between separators that stand outside brackets. */
function splitOutside(source: string, separator: '+' | '*'): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const letter of source) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    const splits = depth === 0 && (letter === separator || (separator === '+' && letter === '-'));
    if (splits) {
      if (part !== '') parts.push(part);
      part = letter === '-' ? '-' : '';
    } else part += letter;
  }
  if (part !== '') parts.push(part);
  return parts;
}

function text(value: Polynomial): Dim {
  const terms = [...value].filter(([, coefficient]) => coefficient !== 0);
  if (terms.every(([monomial]) => monomial === '')) return terms[0]?.[1] ?? 0;
  terms.sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  const whole = terms
    .map(([monomial, coefficient], i) => {
      const sign = coefficient < 0 ? '-' : i === 0 ? '' : '+';
      const size = Math.abs(coefficient);
      const factor = monomial === '' ? `${size}` : size === 1 ? monomial : `${size}*${monomial}`;
      return `${sign}${factor}`;
    })
    .join('');
  const isExact = terms.every(([, coefficient]) => Math.abs(coefficient) <= Number.MAX_SAFE_INTEGER);
  if (whole.length > mostLetters || !isExact) throw new LongExtent();
  return whole;
}

function sum(a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial {
  const total = new Map(a);
  for (const [monomial, coefficient] of b) add(total, monomial, sign * coefficient);
  return total;
}

function product(a: Polynomial, b: Polynomial): Polynomial {
  if (a.size * b.size > mostTerms) throw new LongExtent();
  const total = new Map<string, number>();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const factors = [left, right].flatMap((one) => (one === '' ? [] : splitOutside(one, '*')));
      add(total, factors.toSorted().join('*'), x * y);
    }
  }
  return total;
}

function add(terms: Map<string, number>, monomial: string, coefficient: number): void {
  terms.set(monomial, (terms.get(monomial) ?? 0) + coefficient);
}
