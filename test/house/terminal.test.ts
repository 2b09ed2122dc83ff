import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const sources = ['src', 'exporters', 'proto'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);

const holders = (pattern: RegExp) =>
  sources.filter((name) => pattern.test(readFileSync(join(root, name), 'utf8')));

it('one file writes to the terminal, so that everything that is shown is cleaned', () => {
  const direct =
    /\bprocess\s*(?:\.\s*(?:stdout|stderr)\b|\[\s*['"]std)|\bconsole\s*\.|\{[^}]*\bstd(?:out|err)\b[^}]*\}\s*=\s*process\b/;
  expect(holders(direct)).toEqual([
    // The command itself, to a Node that is too old to load anything else.
    'src/cli/main.ts',
    // A job's process, which has no terminal: it listens to what becomes of its pipes.
    'src/run/serve.ts',
    'src/tui/terminal.ts',
    // Only in the text of a program that it writes for others.
    'src/report/card/loading.ts',
  ]);
  expect(holders(/\bprocess\s*\[(?!\s*')/)).toEqual(['src/tui/terminal.ts']);
});

it('what draws with React is loaded by its one door, in production', () => {
  const drawing = holders(/from '(?:ink|react)(?:\/[^']*)?'/);
  expect(drawing.length).toBeGreaterThan(0);
  expect(drawing.filter((name) => !name.endsWith('.tsx'))).toEqual([]);
  // A view is imported by views alone, or later.
  const early = holders(/^(?:import(?! type)|export)[^;]*from '[^']*\.tsx'/m);
  expect(early.filter((name) => !name.endsWith('.tsx'))).toEqual([]);
  for (const name of holders(/(?<!typeof )import\('[^']*\.tsx'\)/)) {
    expect(readFileSync(join(root, name), 'utf8')).toContain('loadProductionReact();');
  }
});
