import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('programs/long-progress.ts', import.meta.url));

test('20,000 events leave no entry of the performance timeline behind, and no memory', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', program],
    // A terminal, to a program of which nobody said how it is to run.
    { env: { ...process.env, NODE_ENV: undefined, CI: undefined, TERM: 'xterm' } },
  );
  const { drawn, measures, heaps, environment } = JSON.parse(stdout) as {
    readonly drawn: number;
    readonly measures: number;
    readonly heaps: readonly number[];
    readonly environment: string | null;
  };
  expect(drawn).toBeGreaterThanOrEqual(10_000);
  expect(measures).toBe(0);
  expect(environment).toBeNull();
  // After a collection of garbage at each quarter. Ink's own text, which it keeps, was at 2.3 MB.
  expect(heaps).toHaveLength(4);
  expect((heaps.at(-1) ?? 0) - (heaps[0] ?? 0)).toBeLessThan(0.6e6);
}, 300_000);

const frames = fileURLToPath(new URL('programs/long-interface.ts', import.meta.url));

test('2,000 frames of the interface leave nothing in memory', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', frames, '2000'],
    { env: { ...process.env, NODE_ENV: undefined, CI: undefined, TERM: 'xterm' } },
  );
  const { heaps, measures } = JSON.parse(stdout) as {
    readonly heaps: readonly number[];
    readonly measures: number;
  };
  expect(measures).toBe(0);
  expect(heaps).toHaveLength(10);
  // Ink's caches fill in the first tenths.
  expect((heaps.at(-1) ?? 0) - (heaps[3] ?? 0)).toBeLessThan(0.6e6);
}, 300_000);
