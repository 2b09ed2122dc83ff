/** What `src/index.ts` exports: each name, where it is declared, and what its doc comment says. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const index = 'src/index.ts';

export interface Section {
  /** The comment above its exports. */
  readonly title: string;
  readonly exports: readonly Export[];
}

export interface Export {
  /** As users import it. */
  readonly name: string;
  /** As it is called where it is declared. */
  readonly declared: string;
  /** The module that declares it, from the root. */
  readonly module: string;
}

/** The exports of the library in the order of its index, under the comments that stand above them there. */
export function librarySections(): readonly Section[] {
  const sections: { title: string; exports: Export[] }[] = [];
  const statement =
    /^\/\/ (?<title>.*)|^export (?:type )?\{(?<names>[^}]*)\} from '(?<from>[^']+)'|^export (?:async )?(?:const|function|class|interface|type) (?<own>\w+)/gm;
  for (const { groups = {} } of readFileSync(join(root, index), 'utf8').matchAll(statement)) {
    const { title, names, from, own } = groups;
    if (title !== undefined) sections.push({ title, exports: [] });
    const found = sections.at(-1)?.exports;
    if (own !== undefined) found?.push({ name: own, declared: own, module: index });
    if (names === undefined || from === undefined) continue;
    const module = relative(root, resolve(root, dirname(index), from));
    for (const [, declared = '', name = declared] of names.matchAll(/(\w+)(?: as (\w+))?/g)) {
      found?.push({ name, declared, module: declaringModule(module, declared) });
    }
  }
  return sections;
}

/** A module that only passes a name on is not where it is declared. */
function declaringModule(module: string, name: string): string {
  const text = readFileSync(join(root, module), 'utf8');
  const passed = text.matchAll(/^export (?:type )?(?:\{(?<names>[^}]*)\}|\*) from '(?<from>\.[^']+)'/gm);
  if (declarationIn(text, name) !== undefined) return module;
  for (const { groups: { names, from = '' } = {} } of passed) {
    if (names !== undefined && !new RegExp(`\\b${name}\\b`).test(names)) continue;
    const next = declaringModule(relative(root, resolve(root, dirname(module), from)), name);
    if (declarationIn(readFileSync(join(root, next), 'utf8'), name) !== undefined) return next;
  }
  return module;
}

export interface Declaration {
  /** What the comment says, without its stars; undefined without a comment. */
  readonly doc: string | undefined;
  /** From `export` on. */
  readonly text: string;
}

/** The declaration of a name in the text of a module, with all its overloads. */
export function declarationIn(text: string, name: string): Declaration | undefined {
  const pattern = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/\\s*)?^export (?:declare )?(?:async )?(?:function|const|class|interface|type) ${name}\\b`,
    'gm',
  );
  const found = [...text.matchAll(pattern)];
  const [first] = found;
  if (first === undefined) return undefined;
  const texts = found.map((match) => {
    const start = match.index + (match[1]?.length ?? 0);
    return text.slice(start, endOf(text, start));
  });
  return { doc: first[1] === undefined ? undefined : withoutStars(first[1]), text: texts.join('\n') };
}

function withoutStars(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

/** Where a declaration ends: the first semicolon, or closing brace, outside every bracket, string and comment. */
function endOf(text: string, start: number): number {
  const token = /\/\*[^]*?\*\/|\/\/.*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[()[\]{};]/g;
  token.lastIndex = start;
  const block = /^export (?:declare )?(?:class|interface)\b/.test(text.slice(start));
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if ('([{'.includes(found)) depth++;
    if (')]}'.includes(found)) depth--;
    if (depth === 0 && (found === ';' || (block && found === '}'))) return token.lastIndex;
  }
  return text.length;
}
