/** The hub in words: for a screen reader, and on a terminal that nothing can be drawn on. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { hubInWords } from '../../../src/tui/interface/hub/words.ts';
import { bestOf, listed } from '../../support/listed.ts';
import { noTerminals, onTerminal } from '../../support/pty.ts';
import { newRun } from '../../support/runs.ts';

test('a run is a sentence, and one within another is a sentence of its own', () => {
  const progress = { stage: 'search', done: 9, total: 20, unit: 'steps' };
  const train = listed('runs/a/train', { kind: 'train', status: 'stopped', note: 'stopped on request' });
  const best = bestOf('valid_accuracy', 0.57);
  const runs = [
    listed('runs/a', { status: 'running', progress, left: 330_000, best, inside: [train] }),
    listed('runs/b', { kind: undefined, status: undefined, data: undefined, note: 'run.json is not JSON' }),
  ];
  expect(hubInWords('runs', runs)).toEqual([
    '3 runs in runs, 1 running.',
    'runs/a: search on cifar10, running, 45%, 5m 30s left; best validation accuracy 57.00 % in epoch 4.',
    'runs/a/train: training on cifar10, stopped; stopped on request.',
    'runs/b: run, cannot be read; run.json is not JSON.',
  ]);
  expect(hubInWords('nothing', [])).toEqual(['There are no runs in nothing.']);
});

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

test.skipIf(noTerminals !== undefined).each([
  [{ TERM: 'dumb' }, 'TERM=dumb'],
  [{ INK_SCREEN_READER: 'true' }, 'INK_SCREEN_READER'],
])(
  'where the interface cannot be drawn, nascent says why, tells of the runs and of the commands: %o',
  async (env, why) => {
    const run = await newRun('search');
    const program = onTerminal(
      [80, 24],
      [process.execPath, '--import', loader, main, 'ui', join(run.path, '..')],
      { env },
    );
    expect(await program.ended).toEqual({ exit: 0, signal: null, raw: false });
    const seen = program.terminal.rows().join(' ');
    for (const text of ['1 run in ', why, 'nascent --help']) expect(seen).toContain(text);
    expect(seen).not.toMatch(/[─│┤╭█]/);
    program.close();
  },
);
