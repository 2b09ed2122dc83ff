/** What every call of `nascent` loads before it knows the command: little, or `--help` takes as long as a search. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** What the file imports before it runs, types aside: files of ours by their path, libraries by their name. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statements = [
    ...text.matchAll(/^(?:import|export)(?! type\b)[^;]*?from '([^']+)'|^import '([^']+)'/gm),
  ];
  return statements.map(([, from, bare]) => {
    const target = from ?? bare ?? '';
    return target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
  });
}

/** All that is reached from a file. */
function reached(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const target of importsOf(file)) {
    if (seen.has(target) || target.startsWith('node:')) continue;
    seen.add(target);
    if (existsSync(join(root, target))) reached(target, seen);
  }
  return seen;
}

it('main imports nothing before it has looked at Node’s version', () => {
  expect(importsOf('src/cli/main.ts')).toEqual([]);
});

it('the start loads no library but commander, no command, and few files', () => {
  const all = [...reached('src/cli/shell/start.ts')];
  expect(all).toContain('src/cli/program.ts');
  expect(all.filter((target) => !target.startsWith('src/'))).toEqual(['commander']);
  expect(all.filter((target) => target.startsWith('src/cli/commands/'))).toEqual([]);
  expect(all.length).toBeLessThan(25);
});

it('the table of runtimes loads no runtime, nor what tries them', () => {
  const all = [...reached('src/runtime/registry.ts')];
  expect(all).toEqual([]);
});
