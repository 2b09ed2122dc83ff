import { expect, test, vi } from 'vitest';

import { describeSetup, setUp } from '../../../src/cli/shell/set-up.ts';
import type { JobEvent } from '../../../src/run/events.ts';
import type { SetupOptions, SetupResult } from '../../../src/setup/setup.ts';

const result: SetupResult = {
  tensorflow: { version: '4.22.0', libraryVersion: '2.21.0', device: 'cpu', nativeOps: true, how: 'wheel' },
  failed: [],
};

vi.mock('../../../src/setup/setup.ts', () => ({
  setup: async ({ log, onProgress }: SetupOptions) => {
    log?.('Downloading tensorflow');
    onProgress?.({ phase: 'download', done: 0, total: 10, unit: 'bytes', note: 'tensorflow' });
    // An estimate that was too low.
    onProgress?.({ phase: 'download', done: 12, total: 10, unit: 'bytes', note: 'tensorflow' });
    log?.('Building the addon');
    return result;
  },
}));

test('steps are notes, and a download’s progress ends with the next step', async () => {
  const events: JobEvent[] = [];
  expect(await setUp({}, (event) => events.push(event))).toBe(result);
  const begin = { kind: 'stage', stage: 'setup', title: 'Setting up TensorFlow' };
  const download = { kind: 'progress', stage: 'setup', unit: 'bytes', note: 'tensorflow' };
  expect(events).toEqual([
    begin,
    { kind: 'note', text: 'Downloading tensorflow' },
    begin,
    { ...download, done: 0, total: 10 },
    { ...download, done: 12, total: 12 },
    { kind: 'note', text: 'Building the addon' },
    begin,
  ]);
  expect(describeSetup(result)).toBe(
    'tfjs-node-gpu 4.22.0 with TensorFlow 2.21.0 is ready, on cpu, with ops compiled for it',
  );
  expect(describeSetup({ ...result, tensorflow: { ...result.tensorflow, nativeOps: false } })).toMatch(
    /on cpu$/,
  );
});
