/**
 * The tuple notation of papers, logs and the official DARTS code:
 *
 *     Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), …], normal_concat=range(2, 6),
 *              reduce=[…], reduce_concat=[2, 3, 4, 5])
 *
 * It is Python, so what is read here is the small part of Python that such an expression uses: calls, lists, tuples,
 * strings, integers and `range`. Text around it (`DARTS = Genotype(…)`, a time stamp of a log line) is ignored.
 *
 * The flat list of pairs means two inputs a node. A genotype with another number of inputs cannot be written that way
 * and gets one list a node, `normal=[[('skip_connect', 0)], …]`, which is read as well.
 */
import { NascentError } from '../errors.ts';
import { type CellGenotype, type CnnGenotype, validateGenotype } from './genotype.ts';

/** One line, in the field order of the official code. */
export function genotypeToNotation(genotype: CnnGenotype): string {
  const { normal, reduce } = genotype;
  return (
    `Genotype(normal=${printNodes(normal)}, normal_concat=${printConcat(normal.concat)}, ` +
    `reduce=${printNodes(reduce)}, reduce_concat=${printConcat(reduce.concat)})`
  );
}

function printNodes(cell: CellGenotype): string {
  const pairs = cell.nodes.map((inputs) => inputs.map(({ op, source }) => `('${op}', ${source})`));
  const flat = pairs.every((inputs) => inputs.length === 2);
  return flat
    ? `[${pairs.flat().join(', ')}]`
    : `[${pairs.map((inputs) => `[${inputs.join(', ')}]`).join(', ')}]`;
}

/** A run of consecutive states prints as a range, which is what the official search logs. */
function printConcat(concat: readonly number[]): string {
  const first = concat[0] ?? 0;
  const consecutive = concat.length > 1 && concat.every((state, i) => state === first + i);
  return consecutive ? `range(${first}, ${first + concat.length})` : `[${concat.join(', ')}]`;
}

/** Whether `text` looks like tuple notation, right or wrong. */
export function isNotation(text: string): boolean {
  return /\bGenotype\s*\(/.test(text);
}

/**
 * Reads the first and only `Genotype(…)` in `text`.
 *
 * @throws NascentError `space/invalid-genotype`, with the position in the text or in the genotype.
 */
export function genotypeFromNotation(text: string): CnnGenotype {
  const starts = [...text.matchAll(/\bGenotype\s*\(/g)];
  const [start] = starts;
  if (start === undefined) {
    throw invalid("genotype: no 'Genotype(' in the text", `Write it as ${example}.`);
  }
  if (starts.length > 1) {
    throw invalid(
      `genotype: the text holds ${starts.length} genotypes`,
      'Pass one of them: a single Genotype(…) expression.',
    );
  }
  const reader = new Reader(text, start.index + start[0].length);
  return fromFields(reader.fields());
}

const fieldNames = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;
const example =
  "Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=[…])";

/** A value of the notation: string, integer, or a list or tuple of values. */
type Value = string | number | readonly Value[];

function fromFields(fields: ReadonlyMap<string, Value>): CnnGenotype {
  if (fields.has('recurrent')) {
    throw invalid(
      'genotype: this is the genotype of a recurrent cell',
      'A convolutional genotype has normal, normal_concat, reduce and reduce_concat.',
    );
  }
  for (const name of fields.keys()) {
    if (!(fieldNames as readonly string[]).includes(name)) {
      throw invalid(`genotype: unknown field '${name}'`, `Write it as ${example}.`);
    }
  }
  for (const name of fieldNames) {
    if (!fields.has(name)) throw invalid(`genotype: field '${name}' is missing`, `Write it as ${example}.`);
  }
  const cellData = (kind: 'normal' | 'reduce'): unknown => ({
    nodes: groupByNode(kind, fields.get(kind)),
    concat: fields.get(`${kind}_concat`),
  });
  return validateGenotype({ normal: cellData('normal'), reduce: cellData('reduce') });
}

/** Pairs to inputs: two a node in a flat list, or as grouped in a list of lists. */
function groupByNode(kind: string, value: Value | undefined): unknown {
  if (!isList(value)) return value;
  const cell = kind === 'reduce' ? 'reduction cell' : `${kind} cell`;
  if (value.some((item) => isList(item) && isList(item[0]))) {
    return value.map((node, i) =>
      isList(node) ? node.map((pair, j) => toInput(pair, `${cell}, node ${i}, input ${j + 1}`)) : node,
    );
  }
  const inputs = value.map((pair, i) => toInput(pair, `${cell}, pair ${i + 1}`));
  if (inputs.length % 2 === 1) {
    throw invalid(
      `${cell}: ${inputs.length} (op, source) ${inputs.length === 1 ? 'pair' : 'pairs'}, an odd number`,
      'A flat list has two pairs a node. Add or remove one, or write one list a node: [[(…), (…)], [(…)]].',
    );
  }
  return Array.from({ length: inputs.length / 2 }, (_, node) => inputs.slice(2 * node, 2 * node + 2));
}

function toInput(pair: Value, where: string): { readonly op: string; readonly source: number } {
  const [op, source, ...rest] = isList(pair) ? pair : [];
  if (typeof op !== 'string' || typeof source !== 'number' || rest.length > 0) {
    throw invalid(
      `${where}: expected (op, source), got ${JSON.stringify(pair)}`,
      "An edge is a pair like ('sep_conv_3x3', 0): the op, then the number of the state it reads.",
    );
  }
  return { op, source };
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** A genotype nests three deep; the bound keeps a hostile text from exhausting the stack. */
const deepest = 8;

/** A recursive-descent reader of the arguments of `Genotype(`. */
class Reader {
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  /** `name=value, …)` up to the closing parenthesis; values without a name go by position. */
  fields(): ReadonlyMap<string, Value> {
    const fields = new Map<string, Value>();
    for (let position = 0; !this.#take(')'); position++) {
      const named = this.#match(/([A-Za-z_]\w*)\s*=/y);
      const name = named?.[1] ?? fieldNames[position] ?? `number ${position + 1}`;
      if (fields.has(name)) this.#fail(`field '${name}' is given twice`);
      fields.set(name, this.#value(0));
      this.#separator(')');
    }
    return fields;
  }

  #value(depth: number): Value {
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

  #items(close: string, depth: number): readonly Value[] {
    const items: Value[] = [];
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

  #converted(depth: number): Value {
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
      `Write it as ${example}.`,
    );
  }
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid-genotype', message, { help });
}
