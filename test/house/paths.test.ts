import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Pages for people who read the sources: those at the root, and the README of a folder. */
const pages = [
  'CONTRIBUTING.md',
  ...['src', 'exporters', 'examples'].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('README.md'))
          .map((path) => join(folder, path))
      : [],
  ),
];

/** What a page links to, and files named like `src/random.ts` or, of its own folder, `crop.ts`. */
function pathsIn(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, path = '']) => path);
  return [
    ...found(/`((?:src|test|docs|exporters|proto|fixtures|bench|examples)\/[\w./-]+)`/g),
    ...[...found(/\]\(([^):#]+)\)/g), ...found(/`([\w-]+\.tsx?)`/g)].map((path) => join(dirname(page), path)),
  ];
}

it.each(pages)('%s names files that are there', (page) => {
  expect(pathsIn(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('finds what pages name', () => {
  expect(pathsIn('CONTRIBUTING.md')).toEqual(
    expect.arrayContaining(['ARCHITECTURE.md', 'src/graph/attributes.ts', 'src/runtime/tfjs/cpu/']),
  );
});
