/**
 * Reads the small part of Python that a `Genotype(…)` expression uses: calls, lists, tuples, strings, integers and
 * `range`. Text around it (`DARTS = Genotype(…)`, a time stamp of a log line) is ignored, comments too.
 */
import { NascentError } from '../errors.ts';

/** A value of the notation: string, integer, or a list or tuple of values. */
export type NotationValue = string | number | readonly NotationValue[];

/** What a kind of genotype looks like. */
export interface NotationForm {
  /** In order: values without a name go by position. */
  readonly fields: readonly string[];
  /** A whole expression, for messages. */
  readonly example: string;
}

/** Whether `text` looks like tuple notation, right or wrong. */
export function isNotation(text: string): boolean {
  return /\bGenotype\s*\(/.test(text);
}

/**
 * The fields of the first and only `Genotype(…)` in `text`, whatever their names.
 *
 * @throws NascentError `space/invalid-genotype`, with the position in the text.
 */
export function readNotation(text: string, form: NotationForm): ReadonlyMap<string, NotationValue> {
  const starts = [...text.matchAll(/\bGenotype\s*\(/g)];
  const [start] = starts;
  if (start === undefined) {
    throw invalid("genotype: no 'Genotype(' in the text", `Write it as ${form.example}.`);
  }
  if (starts.length > 1) {
    throw invalid(
      `genotype: the text holds ${starts.length} genotypes`,
      'Pass one of them: a single Genotype(…) expression.',
    );
  }
  return new Reader(text, start.index + start[0].length, form).fields();
}

/**
 * Checks that the fields are those of the form.
 *
 * @throws NascentError `space/invalid-genotype` naming the first that is unknown or missing.
 */
export function requireFields(fields: ReadonlyMap<string, NotationValue>, form: NotationForm): void {
  for (const name of fields.keys()) {
    if (!form.fields.includes(name)) {
      throw invalid(`genotype: unknown field '${name}'`, `Write it as ${form.example}.`);
    }
  }
  for (const name of form.fields) {
    if (!fields.has(name)) {
      throw invalid(`genotype: field '${name}' is missing`, `Write it as ${form.example}.`);
    }
  }
}

/** `('sep_conv_3x3', 0)` as an edge; `where` is for messages. */
export function notationEdge(
  pair: NotationValue,
  where: string,
  example: string,
): { readonly op: string; readonly source: number } {
  const [op, source, ...rest] = isList(pair) ? pair : [];
  if (typeof op !== 'string' || typeof source !== 'number' || rest.length > 0) {
    throw invalid(
      `${where}: expected (op, source), got ${JSON.stringify(pair)}`,
      `An edge is a pair like ${example}: the op, then the number of the state it reads.`,
    );
  }
  return { op, source };
}

/** A run of consecutive states prints as a range, which is what the official search logs. */
export function printStates(states: readonly number[]): string {
  const first = states[0] ?? 0;
  const consecutive = states.length > 1 && states.every((state, i) => state === first + i);
  return consecutive ? `range(${first}, ${first + states.length})` : `[${states.join(', ')}]`;
}

export function isList(value: NotationValue | undefined): value is readonly NotationValue[] {
  return Array.isArray(value);
}

/** A genotype nests three deep; the bound keeps a hostile text from exhausting the stack. */
const deepest = 8;

/** A recursive-descent reader of the arguments of `Genotype(`. */
class Reader {
  readonly #text: string;
  readonly #form: NotationForm;
  #at: number;

  constructor(text: string, start: number, form: NotationForm) {
    this.#text = text;
    this.#at = start;
    this.#form = form;
  }

  /** `name=value, …)` up to the closing parenthesis; values without a name go by position. */
  fields(): ReadonlyMap<string, NotationValue> {
    const fields = new Map<string, NotationValue>();
    for (let position = 0; !this.#take(')'); position++) {
      const named = this.#match(/([A-Za-z_]\w*)\s*=/y);
      const name = named?.[1] ?? this.#form.fields[position] ?? `number ${position + 1}`;
      if (fields.has(name)) this.#fail(`field '${name}' is given twice`);
      fields.set(name, this.#value(0));
      this.#separator(')');
    }
    return fields;
  }

  #value(depth: number): NotationValue {
    if (depth > deepest) return this.#fail(`lists are nested more than ${deepest} deep`);
    if (this.#take('[')) return this.#items(']', depth + 1);
    if (this.#take('(')) return this.#items(')', depth + 1);
    if (this.#match(/range\s*\(/y) !== undefined) return this.#range(depth + 1);
    if (this.#match(/(?:list|tuple)\s*\(/y) !== undefined) return this.#converted(depth + 1);
    const string = this.#match(/'([^'\\\n]*)'|"([^"\\\n]*)"/y);
    if (string !== undefined) return string[1] ?? string[2] ?? '';
    const integer = this.#match(/[+-]?\d+(?![\w.])/y);
    if (integer !== undefined) return Number(integer[0]);
    return this.#fail('expected a list, a tuple, a string, an integer or range(…)');
  }

  #items(close: string, depth: number): readonly NotationValue[] {
    const items: NotationValue[] = [];
    while (!this.#take(close)) {
      items.push(this.#value(depth));
      this.#separator(close);
    }
    return items;
  }

  /** `range(stop)`, `range(start, stop)`, `range(start, stop, step)`, as in Python. */
  #range(depth: number): readonly number[] {
    const values = this.#items(')', depth);
    const numbers = values.filter((value) => typeof value === 'number');
    if (numbers.length !== values.length || numbers.length < 1 || numbers.length > 3) {
      return this.#fail('range takes one to three integers');
    }
    const [first = 0, second, step = 1] = numbers;
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    if (step === 0) return this.#fail('range has step 0');
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (length > 1000) return this.#fail(`range holds ${length} states`);
    return Array.from({ length }, (_, i) => start + i * step);
  }

  #converted(depth: number): NotationValue {
    const items = this.#items(')', depth);
    const [only] = items;
    if (items.length !== 1 || !isList(only)) return this.#fail('expected one list or range inside');
    return only;
  }

  /** A comma, or nothing if `close` is next. */
  #separator(close: string): void {
    if (this.#take(',')) return;
    this.#space();
    if (this.#text[this.#at] !== close) this.#fail(`expected ',' or '${close}'`);
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Matches a sticky pattern at the current position and moves past it. */
  #match(pattern: RegExp): RegExpExecArray | undefined {
    this.#space();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  /** White space and Python comments. */
  #space(): void {
    const pattern = /(?:\s|#[^\n]*)*/y;
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
  }

  #fail(problem: string): never {
    const before = this.#text.slice(0, this.#at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const rest = this.#text.slice(this.#at, this.#at + 20).split('\n')[0] ?? '';
    const found = this.#at >= this.#text.length ? 'the end of the text' : `'${rest}'`;
    throw invalid(
      `genotype: line ${before.length}, column ${column}: ${problem}, found ${found}`,
      `Write it as ${this.#form.example}.`,
    );
  }
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid-genotype', message, { help });
}
