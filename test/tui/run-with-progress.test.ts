import { PassThrough } from 'node:stream';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { interrupted } from '../../src/run/failure.ts';
import { runWithProgress } from '../../src/tui/run-with-progress.tsx';
import type { Report } from '../../src/tui/run-with-progress.tsx';

beforeEach(() => {
  for (const name of ['CI', 'TERM', 'INK_SCREEN_READER']) vi.stubEnv(name, '');
});
afterEach(() => vi.unstubAllEnvs());

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
