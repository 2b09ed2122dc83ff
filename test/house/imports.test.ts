import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Which parts may import which, as the table of ARCHITECTURE.md has it: a part may always import itself, and errors and random. */
const allowed: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, part, , imports] = /^\| `([^`]+)` +\| (.*) \| ([^|]+?) +\|$/.exec(line) ?? [];
      if (part === undefined || imports === undefined || imports === 'everything') return [];
      const names = imports === '—' ? [] : imports.split(', ');
      return [
        [
          part,
          names.map((name) => (name === 'exporters' || name === 'proto' ? name : `src/${name}`)),
        ] as const,
      ];
    }),
);

/** Only one part knows each native library. */
const owners: readonly (readonly [library: RegExp, owner: string])[] = [
  [/^@tensorflow\//, 'src/runtime/tfjs'],
  [/^onnxruntime-node$/, 'src/runtime/onnxruntime'],
  [/^onnx-proto$/, 'proto'],
  [/^(ink|react)(\/|$)/, 'src/tui'],
  [/^commander$/, 'src/cli'],
];

const common = new Set(['src/errors.ts', 'src/extremes.ts', 'src/random.ts', 'src/watchdog.ts']);

interface Import {
  readonly file: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const imports: readonly Import[] = ['src', 'exporters', 'proto'].flatMap(sources).flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target]) => target ?? '');
  return found.map((target) => ({
    file,
    target: target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target,
  }));
});

const partOf = (path: string): string | undefined =>
  Object.keys(allowed).find((part) => path === part || path.startsWith(`${part}/`));

describe('imports point one way', () => {
  it('has a row for every part', () => {
    const parts = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'cli')
      .map(({ name }) => `src/${name}`);
    expect(Object.keys(allowed).sort()).toEqual([...parts, 'exporters', 'proto'].sort());
  });

  it.each(Object.keys(allowed))('%s', (part) => {
    const broken = imports.filter(({ file, target }) => {
      if (partOf(file) !== part || common.has(target)) return false;
      const inside =
        target.startsWith('src/') || target.startsWith('exporters/') || target.startsWith('proto/');
      const targetPart = partOf(target);
      return (
        inside && targetPart !== part && !(targetPart !== undefined && allowed[part]?.includes(targetPart))
      );
    });
    expect(broken).toEqual([]);
  });

  it.each(owners)('%s belongs to %s', (library, owner) => {
    const used = imports.filter(({ target }) => library.test(target)).map(({ file }) => file);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((file) => !file.startsWith(`${owner}/`))).toEqual([]);
  });
});
