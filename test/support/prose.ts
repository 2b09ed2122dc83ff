/** What people read in a file of code: its comments and its strings, with where they stand. */

export interface Prose {
  readonly kind: 'comment' | 'string';
  /** The text alone: no stars, no quotes, `${}` where a template has a value. */
  readonly text: string;
  /** Where it begins and ends in the file. */
  readonly start: number;
  readonly end: number;
}

/** After one of these a slash begins a regular expression; elsewhere it divides. */
const beforeRegex = /(?:[=(,:;!&|?{}[+>~^%*]|\b(?:return|of|in|case|typeof|await))\s*$|^\s*$/;

/** All comments and strings of `code`, in their order; those within a template's values follow the template. */
export function proseIn(code: string): readonly Prose[] {
  const found = known.get(code) ?? scan(code, 0, code.length);
  known.set(code, found);
  return found;
}

/** A file is asked about more than once. */
const known = new Map<string, readonly Prose[]>();

/** What a comment, a string or a regular expression begins with. */
const beginnings = /['"`/]/g;

function scan(code: string, from: number, to: number): readonly Prose[] {
  const found: Prose[] = [];
  for (let at = next(from); at < to; at = next(at)) {
    const two = code.slice(at, at + 2);
    if (two === '//' || two === '/*') {
      const end = two === '//' ? endOfLine(code, at) : code.indexOf('*/', at) + 2;
      found.push({ kind: 'comment', text: withoutStars(code.slice(at, end)), start: at, end });
      at = end;
    } else if (two[0] === '/' && beforeRegex.test(code.slice(Math.max(from, at - 20), at))) {
      at = endOfRegex(code, at);
    } else if (two[0] === "'" || two[0] === '"') {
      const end = endOfQuoted(code, at);
      found.push({ kind: 'string', text: unescaped(code.slice(at + 1, end - 1)), start: at, end });
      at = end;
    } else if (two[0] === '`') {
      const template = readTemplate(code, at);
      found.push(...template);
      at = template[0].end;
    } else {
      at++;
    }
  }
  return found;

  function next(after: number): number {
    beginnings.lastIndex = after;
    return beginnings.exec(code)?.index ?? to;
  }
}

function endOfLine(code: string, at: number): number {
  const end = code.indexOf('\n', at);
  return end === -1 ? code.length : end;
}

function endOfQuoted(code: string, start: number): number {
  let at = start + 1;
  while (at < code.length && code[at] !== code[start]) at += code[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** A slash in a class does not end it. */
function endOfRegex(code: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < code.length; at++) {
    const character = code[at];
    if (character === '\\') at++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at + 1;
  }
  return code.length;
}

function readTemplate(code: string, start: number): readonly [Prose, ...Prose[]] {
  const inside: Prose[] = [];
  let text = '';
  let at = start + 1;
  while (at < code.length && code[at] !== '`') {
    if (code.startsWith('${', at)) {
      const end = endOfValue(code, at + 2);
      inside.push(...scan(code, at + 2, end));
      text += '${}';
      at = end + 1;
    } else {
      const length = code[at] === '\\' ? 2 : 1;
      text += code.slice(at, at + length);
      at += length;
    }
  }
  return [{ kind: 'string', text: unescaped(text), start, end: at + 1 }, ...inside];
}

/** The brace that ends a value of a template; braces within strings and templates of its own do not. */
function endOfValue(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const character = code[at] ?? '';
    if (character === '{') depth++;
    else if (character === '}' && depth-- === 0) return at;
    else if (character === '`') at = readTemplate(code, at)[0].end - 1;
    else if (character === "'" || character === '"') at = endOfQuoted(code, at) - 1;
  }
  return code.length;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\n/g, '\n').replaceAll(/\\(['"`\\$])/g, '$1');
}

function withoutStars(comment: string): string {
  return comment
    .replace(/^\/[/*]+/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join(' ')
    .trim();
}

/** An argument of a call: its code, and the strings that it is made of. */
export interface Argument {
  readonly code: string;
  readonly strings: readonly Prose[];
}

/** The arguments of each call of `callee`, such as `new NascentError`, in `code`, whatever they are made of. */
export function callsIn(code: string, callee: string): readonly (readonly Argument[])[] {
  if (!code.includes(callee)) return [];
  const prose = proseIn(code);
  const byStart = new Map(prose.map((each) => [each.start, each]));
  const calls: (readonly Argument[])[] = [];
  for (let at = code.indexOf(`${callee}(`); at !== -1; at = code.indexOf(`${callee}(`, at + 1)) {
    if (!prose.some(({ start, end }) => start <= at && at < end))
      calls.push(argumentsFrom(code, prose, byStart, at + callee.length + 1));
  }
  return calls;
}

function argumentsFrom(
  code: string,
  prose: readonly Prose[],
  byStart: ReadonlyMap<number, Prose>,
  from: number,
): readonly Argument[] {
  const found: Argument[] = [];
  let [start, depth, at] = [from, 0, from];
  const finish = () => {
    const strings = prose.filter((each) => each.kind === 'string' && each.start >= start && each.end <= at);
    if (code.slice(start, at).trim() !== '') found.push({ code: code.slice(start, at), strings });
    start = at + 1;
  };
  for (; at < code.length; at++) {
    const passed = byStart.get(at);
    const character = code[at] ?? '';
    if (passed !== undefined) at = passed.end - 1;
    else if ('([{'.includes(character)) depth++;
    else if (character === ',' && depth === 0) finish();
    else if (')]}'.includes(character) && depth-- === 0) break;
  }
  finish();
  return found;
}
