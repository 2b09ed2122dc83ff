/** `nascent check`, as a user calls it: exit 0 for a sound model, 3 for one with faults, 2 for what is no model. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeModel } from '../../proto/onnx.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';
import { call } from './call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const modelWith = (opType: string) =>
  encodeModel(
    modelOf({
      nodes: [node(opType, ['x'], ['y'])],
      inputs: [floatInfo('x', [2])],
      outputs: [floatInfo('y', [2])],
    }),
  );

test('a sound model', async () => {
  const ended = await call('check', write('model.onnx', modelWith('Relu')), '--json', '--quiet');
  expect(ended.exitCode).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ sound: true, opsets: [{ domain: '', version: 17 }] });
  // The folder stands for it.
  expect((await call('check', folder, '--quiet')).stdout).toContain('No fault was found.');
});

test('a model with a fault', async () => {
  const path = write('faulty.onnx', modelWith('Rely'));
  const ended = await call('check', path, '--quiet');
  expect(ended.exitCode).toBe(3);
  expect(ended.stdout).toContain('a fault:\n  - Rely that makes "y": ONNX has no op "Rely"');
  expect(ended.stderr).toContain(`${path} has a fault`);
});

test('no model at all', async () => {
  const ended = await call('check', write('picture.onnx', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')));
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain('this is a PNG image, not an ONNX model');
});
