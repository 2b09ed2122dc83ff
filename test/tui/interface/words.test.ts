import { expect, test } from 'vitest';

import { shownRun } from '../../../src/tui/interface/shown-run.ts';
import { standingInWords } from '../../../src/tui/interface/watch/header.ts';
import { render } from '../../../src/tui/theme.ts';
import { watchedRun } from '../../support/watched.ts';
import { moment, path, plain } from './states.ts';

const wordsOf = (status: 'running' | 'done' | 'stopped' | 'created') =>
  standingInWords(shownRun(watchedRun({ path, status })), moment.now).map((line) => render(line, plain));

test('in words, how a run stands is the first that is said, without bars', () => {
  expect(wordsOf('running')).toEqual([
    'running: /runs/search-1, search, cifar10, quick, onnxruntime-cpu, seed 7',
    'epoch 5/10, 45%, 9,000/20,000 img, 33.3 img/s, 5m 30s left, 4m 30s elapsed',
  ]);
  expect(wordsOf('done')[1]).toBe('10 epochs in 10m 00s');
  expect(wordsOf('stopped')[0]).toMatch(/^stopped: /);
  for (const status of ['running', 'done', 'stopped', 'created'] as const) {
    expect(wordsOf(status).join('')).not.toMatch(/[█░]|, {2}|undefined/);
  }
});
