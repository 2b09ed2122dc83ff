/**
 * A list whose length a file decides is not spread into the arguments of a call: a call takes some 100,000, and ends in
 * "Maximum call stack size exceeded" where there are more.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Where model files are read, judged, compared and shown; screens of runs draw lists of their own. */
const parts = [
  'exporters',
  'proto',
  'src/graph',
  'src/runtime/reference',
  'src/runtime/onnxruntime',
  'src/onnx',
  'src/parity',
  'src/tensors',
  'src/evaluate',
  'src/tui',
];
const others = /^(?:generated|interface)\//;

/** What takes any number of arguments, and a spread directly among them: not in an object or a list of its own. */
const spread =
  /(?:Math\.(?:max|min|hypot)|fromCharCode|fromCodePoint|\.(?:push|unshift|splice|concat))\(\s*(?:(?:[^(){}[\];]|\([^()]*\))*,\s*)?\.\.\./g;

it('finds one', () => {
  const found = ['Math.max(0, ...a)', 'lines.push(\n  ...rest,\n)', 'Math.min(f(x), ...[1])'];
  for (const text of found) expect(text.match(spread), text).not.toBeNull();
  for (const text of ['a.push({ ...b, c })', 'a.push([...b])', 'mostOf([0, ...a])'])
    expect(text.match(spread), text).toBeNull();
});

it.each(parts)('%s spreads no list into a call', (part) => {
  const files = readdirSync(join(root, part), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !others.test(file));
  expect(sources.length).toBeGreaterThan(0);
  const found = sources.flatMap((file) =>
    [...readFileSync(join(root, part, file), 'utf8').matchAll(spread)].map(([text]) => `${file}: ${text}`),
  );
  expect(found, 'use mostOf or leastOf of src/extremes.ts, or a loop').toEqual([]);
});
