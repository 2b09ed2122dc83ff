import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

import { declarationIn, librarySections } from '../../docs/make/exports.ts';

const root = resolve(import.meta.dirname, '../..');
const exports = librarySections().flatMap((section) => section.exports);

it('every export of src/index.ts has a doc comment where it is declared', () => {
  const without = exports.filter(({ module, declared }) => {
    const { doc } = declarationIn(readFileSync(join(root, module), 'utf8'), declared) ?? {};
    return doc === undefined || doc === '';
  });
  expect(without.map(({ name, module }) => `${name} in ${module}`)).toEqual([]);
});

it('the index is read whole', () => {
  const text = readFileSync(join(root, 'src/index.ts'), 'utf8');
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').filter((name) => name.trim() !== ''),
  );
  const own = [...text.matchAll(/^export (?:async )?(?:const|function|class|interface|type) \w/gm)];
  expect(exports.length).toBe(listed.length + own.length);
  expect(exports.length).toBeGreaterThan(100);
});

it('a comment is that of its declaration, and a declaration ends where it ends', () => {
  const text = [
    '/** Of the first. */',
    'export interface First { readonly a: "}"; }',
    '',
    'export type Second = { b: 1; };',
    '/** Twice: */',
    'export declare function third(a: (b: string) => void): void;',
    'export declare function third(a: { b: string }): void;',
  ].join('\n');
  expect(declarationIn(text, 'First')).toEqual({
    doc: 'Of the first.',
    text: 'export interface First { readonly a: "}"; }',
  });
  expect(declarationIn(text, 'Second')).toEqual({ doc: undefined, text: 'export type Second = { b: 1; };' });
  expect(declarationIn(text, 'third')?.text.split('\n')).toHaveLength(2);
  expect(declarationIn(text, 'Fourth')).toBeUndefined();
});
