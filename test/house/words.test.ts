import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Names that begin with a capital letter wherever they stand. */
const names = /^(CIFAR-10|ImageNet|ONNX|TensorFlow|WikiText|NaN|JSON)\b/;

/** The messages that stand in `text` as one string; those put together elsewhere are seen by the snapshots. */
function messagesIn(text: string): readonly string[] {
  const pattern = /new NascentError\(\s*'[a-z/-]+',\s*(?:'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`),\s*\{/g;
  return [...text.matchAll(pattern)].map(([, plain, template]) => plain ?? template ?? '');
}

/** What is wrong with how a message is written. */
function faultOf(message: string): string | undefined {
  if (/^[A-Z][a-z]*\b/.test(message) && !names.test(message)) return 'begins with a capital letter';
  if (message.endsWith('.')) return 'ends with a full stop';
  return undefined;
}

describe('errors are written in one style', () => {
  it('which the check can tell from others', () => {
    const text = `throw new NascentError('data/missing', 'There is no file', { help });
      new NascentError(\n 'disk/full', \`no room in \${folder}.\`, { help: 'Free some.' });
      new NascentError('data/missing', 'CIFAR-10 is not there', { help })`;
    expect(messagesIn(text).map(faultOf)).toEqual([
      'begins with a capital letter',
      'ends with a full stop',
      undefined,
    ]);
  });

  it('lower case, and no full stop: the fix is a sentence, the message is not', () => {
    const messages = ['src', 'exporters']
      .flatMap(filesIn)
      .flatMap((file) => messagesIn(textOf(file)).map((message) => ({ file, message })));
    expect(messages.length).toBeGreaterThan(100);
    expect(messages.filter(({ message }) => faultOf(message) !== undefined)).toEqual([]);
  });
});

describe('each error code is thrown by some test', () => {
  const tests = filesIn('test')
    .filter((file) => !/errors\.test\.ts$|house/.test(file))
    .map(textOf);
  const codes = [...textOf('src/errors.ts').matchAll(/^ {2}\| '([^']+)'/gm)].map(([, code]) => code ?? '');

  it('and there are codes', () => {
    expect(codes).toContain('run/gone');
  });

  it.each(codes)('%s', (code) => {
    // As a string of its own, or as the beginning of one in a snapshot; not what is thrown to try something else.
    const expected = new RegExp(`(?<!NascentError\\(\\s*)['"\`]${code}(?=['"\`: ])`);
    expect(tests.some((text) => expected.test(text))).toBe(true);
  });
});
