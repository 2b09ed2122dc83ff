import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { callsIn, proseIn, type Argument, type Prose } from '../support/prose.ts';

const root = resolve(import.meta.dirname, '../..');

function filesIn(folder: string, wanted: RegExp = /\.tsx?$/): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => wanted.test(name))
    .map((name) => join(folder, name));
}

const texts = new Map<string, string>();

function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
  texts.set(file, text);
  return text;
}

/** Names that begin with a capital letter wherever they stand. */
const names = /^(CIFAR-10|ImageNet|ONNX|TensorFlow|WikiText|NaN|JSON|DOT)\b/;

/** What is wrong with a message, or a line of help. */
function faultOfPhrase(text: string): string | undefined {
  if (/^[A-Z][a-z]*\b/.test(text) && !names.test(text)) return 'begins with a capital letter';
  if (/[^.]\.$/.test(text)) return 'ends with a full stop';
  return undefined;
}

/** What is wrong with the fix of an error: a sentence, or one that ends in the command to give. */
function faultOfFix(text: string): string | undefined {
  if (!/^([A-Z`$]|nascent |float32)/.test(text)) return 'begins with a small letter';
  if (!/([.?)}]|: [^:]+)$/.test(text)) return 'has no full stop';
  return undefined;
}

interface Fault {
  readonly text: string;
  readonly fault: string;
}

/** Checks what an argument says, whichever of its strings it comes to be: those in values of templates say less. */
function faultsIn(
  code: string,
  { strings }: Argument,
  faultOf: (text: string) => string | undefined,
): Fault[] {
  const parts = strings.filter(
    (some) => !strings.some((each) => each.start < some.start && some.end < each.end),
  );
  return wholeOf(code, parts).flatMap((text) => {
    const fault = text.includes(' ') ? faultOf(text) : undefined;
    return fault === undefined ? [] : [{ text, fault }];
  });
}

/** Strings with a plus between them are one text. */
function wholeOf(code: string, parts: readonly Prose[]): readonly string[] {
  const texts: string[] = [];
  let end = -1;
  for (const part of parts) {
    const between = end === -1 ? '' : code.slice(end, part.start);
    if (/^\s*\+\s*$/.test(between)) texts.push(`${texts.pop() ?? ''}${part.text}`);
    else texts.push(part.text);
    end = part.end;
  }
  return texts;
}

function faultsOfErrors(code: string): Fault[] {
  return callsIn(code, 'new NascentError').flatMap(([, message, options]) => [
    ...(message === undefined ? [] : faultsIn(code, message, faultOfPhrase)),
    ...(options === undefined ? [] : faultsIn(code, options, faultOfFix)),
  ]);
}

/** Of commands, and of their options and arguments. */
function faultsOfHelp(code: string): Fault[] {
  const described = (callee: string, place: number) =>
    callsIn(code, callee).flatMap((call) => call.slice(place, place + 1));
  const texts = [
    ...described('.description', 0),
    ...['.option', '.argument', 'new Option', 'new Argument'].flatMap((callee) => described(callee, 1)),
  ];
  return texts.flatMap((text) => faultsIn(code, text, faultOfPhrase));
}

const faultsOf = (folders: readonly string[], faultsInCode: (code: string) => readonly Fault[]) =>
  folders
    .flatMap((folder) => filesIn(folder))
    .flatMap((file) => faultsInCode(textOf(file)).map((fault) => ({ file, ...fault })));

describe('errors and help are written in one style', () => {
  it('which the check can tell from others', () => {
    const code = `throw new NascentError('data/missing', 'There is no file', { help });
      new NascentError(\n 'disk/full', \`no room in \${folder}.\`, { help: 'Free some.' });
      new NascentError('disk/full', full ? 'no room' + ' at all.' : \`none \${'in. it'}\`, { help: 'free ' + some });
      new NascentError('data/missing', 'CIFAR-10 is not there', { help: \`Get it: \${command}\`, cause })`;
    expect(faultsOfErrors(code)).toEqual([
      { text: 'There is no file', fault: 'begins with a capital letter' },
      { text: 'no room in ${}.', fault: 'ends with a full stop' },
      { text: 'no room at all.', fault: 'ends with a full stop' },
      { text: 'free ', fault: 'begins with a small letter' },
    ]);
    const help = `program.command('some').description('Do it').option('--all', 'the lot.').argument('<x>', 'an x');`;
    expect(faultsOfHelp(help).map(({ text }) => text)).toEqual(['Do it', 'the lot.']);
  });

  it('errors: lower case and no full stop in the message, sentences in the fix', () => {
    expect(faultsOf(['src', 'exporters'], faultsOfErrors)).toEqual([]);
  });

  it('help: lower case and no full stop', () => {
    expect(faultsOf(['src/cli/commands', 'src/cli/input'], faultsOfHelp)).toEqual([]);
  });

  it('and there are many of each', () => {
    const calls = (callee: string) => filesIn('src').flatMap((file) => callsIn(textOf(file), callee));
    expect(calls('new NascentError').length).toBeGreaterThan(150);
    expect(calls('.description').length).toBeGreaterThan(15);
    expect(calls('.option').length + calls('new Option').length).toBeGreaterThan(30);
  });
});

describe('one word for one thing, in code and on pages', () => {
  const instead: readonly (readonly [words: RegExp, plain: string])[] = [
    [/\b(go|goes|going|gone|went) on with\b/i, 'resume, or continue'],
    [/\bif left out\b|\bor left out\b|(?<=^|[.;] )left out,/i, '(default: …)'],
    [/\bdirector(y|ies)\b(?!\.ts)/i, 'folder'],
    [/\bdata[ -]sets?\b/i, 'dataset'],
    [/\b(contestant|runner)s?\b/i, 'runtime'],
    [/\b(another|other|every|two|the same) engines?\b/i, 'runtime, but for what --engine names'],
    [/\bno numbers\b/i, 'NaN or infinite'],
  ];

  const unplain = (text: string) => {
    const prose = text.replaceAll(/`[^`]*`/g, '``');
    return instead.flatMap(([words, plain]) => {
      const found = words.exec(prose)?.[0];
      return found === undefined ? [] : [`${found}: ${plain}`];
    });
  };

  it.each([
    ['a run that is gone on with', 'gone on with: resume, or continue'],
    ['The file to write; left out, the usual one.', 'left out,: (default: …)'],
    ['the directory is missing', 'directory: folder'],
    ['in another engine', 'another engine: runtime, but for what --engine names'],
  ])('%s', (text, fault) => {
    expect(unplain(text)).toEqual([fault]);
  });

  it('but not in code, nor where they mean something else', () => {
    expect(
      unplain('the files of `directory`, hidden ones left out, on the engine that `--engine` names'),
    ).toEqual([]);
  });

  it.each(['src', 'exporters', 'docs/make', 'examples', 'test'])('%s', (folder) => {
    const found = filesIn(folder)
      .filter((file) => file !== 'test/house/words.test.ts')
      .flatMap((file) =>
        proseIn(textOf(file))
          // A word alone is a name or a path.
          .filter(({ kind, text }) => kind === 'comment' || text.includes(' '))
          .flatMap(({ text }) => unplain(text).map((fault) => `${file}: ${fault}`)),
      );
    expect(found).toEqual([]);
  });

  it('pages', () => {
    const pages = [
      ...readdirSync(root).filter((file) => file.endsWith('.md')),
      ...['src', 'exporters', 'docs', 'examples', 'test', 'bench', 'fixtures'].flatMap((folder) =>
        filesIn(folder, /\.md$/),
      ),
    ];
    expect(pages).toContain('README.md');
    const found = pages.flatMap((file) =>
      textOf(file)
        .split(/\n\n+/)
        .flatMap((paragraph) =>
          unplain(paragraph.replaceAll(/\s+/g, ' ')).map((fault) => `${file}: ${fault}`),
        ),
    );
    expect(found).toEqual([]);
  });
});
