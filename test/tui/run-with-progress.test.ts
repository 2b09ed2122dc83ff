import { PassThrough } from 'node:stream';

import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { interrupted } from '../../src/run/failure.ts';
import { runWithProgress } from '../../src/tui/run-with-progress.ts';
import type { Report } from '../../src/tui/run-with-progress.ts';
import { setQuiet } from '../../src/tui/terminal.ts';
import { forbidden, hostile } from './hostile.ts';

beforeEach(() => {
  for (const name of ['CI', 'TERM', 'INK_SCREEN_READER']) vi.stubEnv(name, '');
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  setQuiet(false);
});

/** A stream that keeps what is written to it. */
function recorder(isTTY: boolean) {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60, rows: 20 });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

async function work(report: Report): Promise<number> {
  report({ kind: 'stage', stage: 'a', title: 'First' });
  report({ kind: 'note', text: 'a note' });
  report({ kind: 'stage', stage: 'b', title: 'Second' });
  return 7;
}

test('off a terminal it is lines, and the work’s value comes back', async () => {
  const { stream, text } = recorder(false);
  expect(await runWithProgress('Nascent', work, { stream })).toBe(7);
  expect(text()).toBe('Nascent\n● First\n· a note\n✓ First 0s\n● Second\n✓ Second 0s\n');
});

test('on a terminal the last frame has every stage and its end', async () => {
  const { stream, text } = recorder(true);
  expect(await runWithProgress('Nascent', work, { stream })).toBe(7);
  expect(text()).toContain('· a note');
  expect(text().split('Nascent').at(-1)).toMatch(/✓ First 0s\n✓ Second 0s/);
});

test.each([
  ['a bug', new TypeError('x'), '✖ First'],
  ['a stop', interrupted(), '■ First'],
])('%s is thrown on, and marks its stage', async (_, error, line) => {
  const { stream, text } = recorder(false);
  const failing = runWithProgress(
    'Nascent',
    async (report) => {
      report({ kind: 'stage', stage: 'a', title: 'First' });
      throw error;
    },
    { stream },
  );
  await expect(failing).rejects.toBe(error);
  expect(text()).toContain(line);
});

test('nothing is left listening, and React was not told to develop', async () => {
  const counts = () => ['SIGTSTP', 'SIGCONT'].map((signal) => process.listenerCount(signal));
  const before = [counts(), process.env['NODE_ENV']];
  const { stream } = recorder(true);
  await runWithProgress('Nascent', work, { stream });
  expect([counts(), process.env['NODE_ENV']]).toEqual(before);
  expect(stream.listenerCount('resize')).toBe(0);
  expect(performance.getEntriesByType('measure')).toEqual([]);
});

test('--quiet shows nothing', async () => {
  setQuiet(true);
  for (const isTTY of [true, false]) {
    const { stream, text } = recorder(isTTY);
    expect(await runWithProgress('Nascent', work, { stream })).toBe(7);
    expect(text()).toBe('');
  }
});

test('lines move no cursor, whatever a job says', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (title, note) => {
      const { stream, text } = recorder(false);
      await runWithProgress(
        title,
        async (report) => {
          report({ kind: 'stage', stage: 'a', title });
          report({ kind: 'note', text: note });
        },
        { stream },
      );
      expect(text()).not.toMatch(forbidden);
    }),
  );
});

test('a signal that stops the process lets the shell write below, and the view begins anew after it', async () => {
  const { stream, text } = recorder(true);
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  try {
    await runWithProgress(
      'Nascent',
      async (report) => {
        report({ kind: 'stage', stage: 'a', title: 'First' });
        await vi.waitUntil(() => text().includes('● First'));
        process.emit('SIGTSTP', 'SIGTSTP');
        expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGTSTP');
        expect(process.listenerCount('SIGTSTP')).toBe(0);
        const before = text().length;
        process.emit('SIGCONT', 'SIGCONT');
        await vi.waitUntil(() => text().length > before);
        expect(process.listenerCount('SIGTSTP')).toBe(1);
        // Nothing above is erased: what the shell wrote stays.
        expect(text().slice(before)).toMatch(/^\S*\rNascent\n/);
        expect(text().slice(before)).not.toContain('\u001B[2K');
      },
      { stream },
    );
  } finally {
    kill.mockRestore();
  }
});
