/** A model file is foreign: whatever reading it does, it does to a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { writeFileWhole } from '../../../src/files/files.ts';
import { call } from '../call.ts';

vi.mock(import('../../../proto/onnx.ts'), async (original) => ({
  ...(await original()),
  decodeModel: () => {
    throw new Error('a model was decoded in the process of the command');
  },
}));

const folder = mkdtempSync(join(tmpdir(), 'nascent-foreign-'));
const model = join(folder, 'network.onnx');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  const network = ['--genotype', 'DARTS_V1', '--network', 'ptb', '--units', '4', '--words', '9'];
  const exported = await call('export', ...network, '--out', model);
  expect(exported.exitCode, exported.stderr).toBe(0);
});

test.each([
  ['card', 0, ''],
  ['validate', 2, 'is an untrained language model of 9 words, made for no text'],
  ['check', 0, ''],
  ['run', 0, ''],
])('%s has it read', async (command, code, says) => {
  const { exitCode, stderr } = await call(command, model);
  expect(stderr).toContain(says);
  expect(exitCode, stderr).toBe(code);
});

test.each(['card', 'validate'])('%s says what is wrong with one that is damaged', async (command) => {
  const damaged = join(folder, 'damaged.onnx');
  await writeFileWhole(damaged, new Uint8Array(9).fill(0xff));
  const { exitCode, stderr } = await call(command, damaged);
  expect(stderr).toContain(`✖ ${damaged}: `);
  expect(exitCode).toBe(2);
});
