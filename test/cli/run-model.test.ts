/** `nascent run`, as a user calls it: what it prints, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeModel } from '../../proto/onnx.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';
import { call } from './call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, opType: string, shape: readonly (number | string)[]) => {
  const path = join(folder, name);
  const model = modelOf({
    nodes: [node(opType, ['x'], ['y'])],
    inputs: [floatInfo('x', shape)],
    outputs: [floatInfo('y', shape)],
  });
  writeFileSync(path, encodeModel(model));
  return path;
};
const relu = write('relu.onnx', 'Relu', [2, 3]);

test('run writes a dataset, passes it, and exits 3 where another model does not', async () => {
  const dataset = join(folder, 'test_data_set_0');
  const wrote = await call('run', relu, '--outputs', dataset, '--quiet');
  expect(wrote.exitCode).toBe(0);
  expect(wrote.stdout).toContain(`wrote ${join(dataset, 'output_0.pb')}`);
  // Beside the model, by its name alone.
  const passed = await call('run', relu, '--dataset', 'test_data_set_0', '--json');
  expect(passed.exitCode).toBe(0);
  expect(JSON.parse(passed.stdout)).toMatchObject({
    runtime: 'onnxruntime-cpu',
    comparison: { passed: true },
  });
  const failed = await call(
    'run',
    write('abs.onnx', 'Abs', [2, 3]),
    '--dataset',
    dataset,
    '--runtime',
    'reference',
  );
  expect(failed.exitCode).toBe(3);
  expect(failed.stdout).toContain('y differs:');
  expect(failed.stderr).toContain('1 of 1 outputs are not what');
});

test('what takes too much is ended', async () => {
  const large = write('large.onnx', 'Relu', [1, 200, 1000, 1000]);
  const ended = await call('run', large, '--memory', '0.25');
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toContain('it took more than 0.25 GB of memory');
});

test('an extent of 0 is one, and its tensors are empty', async () => {
  const open = write('open.onnx', 'Relu', ['n', 3]);
  const ran = await call('run', open, '--extent', 'n=0', '--json');
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ outputs: [{ name: 'y', shape: [0, 3] }] });
});

test.each([
  ['run', 'n=', 0],
  ['run', 'n=-1', 0],
  // Of nothing there is nothing to compare.
  ['parity', 'n=0', 1],
] as const)('%s takes no extent %s', async (command, given, least) => {
  const ended = await call(command, relu, '--extent', given);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain(`Expected a name and a whole number, ${least} or more`);
});

test('a wrong extent is a wrong call', async () => {
  const ended = await call('run', relu, '--extent', 'n');
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain('Expected a name and a whole number');
});
