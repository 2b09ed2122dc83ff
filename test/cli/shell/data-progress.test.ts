import { expect, test } from 'vitest';

import { dataProgress } from '../../../src/cli/shell/data-progress.ts';
import type { JobEvent } from '../../../src/run/events.ts';

test('each phase is a stage', () => {
  const events: JobEvent[] = [];
  const onProgress = dataProgress('CIFAR-10', (event) => events.push(event));
  onProgress({ phase: 'download', done: 0, total: 9, unit: 'bytes', note: 'from npm' });
  onProgress({ phase: 'download', done: 9, total: 9, unit: 'bytes' });
  onProgress({ phase: 'check', done: 5, total: 5, unit: 'images' });
  expect(events).toEqual([
    { kind: 'stage', stage: 'download', title: 'Downloading CIFAR-10' },
    { kind: 'progress', stage: 'download', done: 0, total: 9, unit: 'bytes', note: 'from npm' },
    { kind: 'progress', stage: 'download', done: 9, total: 9, unit: 'bytes' },
    { kind: 'stage', stage: 'check', title: 'Checking CIFAR-10' },
    { kind: 'progress', stage: 'check', done: 5, total: 5, unit: 'images' },
  ]);
});
