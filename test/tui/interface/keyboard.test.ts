import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { listenToKeys } from '../../../src/tui/interface/keyboard.ts';

test('what was typed before there was anything to see is passed over', async () => {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;
  input.write('Qy');
  const keys: string[] = [];
  const stop = listenToKeys(
    input,
    (key) => keys.push(key),
    // Whoever answers what is drawn then is heard.
    () => input.write('k'),
  );
  for (let i = 0; i < 4; i++) await turn();
  expect(keys).toEqual(['k']);
  stop();
});

test('who leaves before keys are heard hears nothing of it', async () => {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;
  listenToKeys(
    input,
    () => expect.unreachable(),
    () => expect.unreachable(),
  )();
  input.write('k');
  for (let i = 0; i < 4; i++) await turn();
  expect(input.listenerCount('keypress')).toBe(0);
});
