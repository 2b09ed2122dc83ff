/** A model file of somebody else may take all memory, or never end: whoever runs it does so within limits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeModel, type OnnxNode } from '../../proto/onnx.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { call, start } from './call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-bounds-'));
const image = join(folder, 'grey.png');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await sharp({ create: { width: 32, height: 32, channels: 3, background: '#808080' } })
    .png()
    .toFile(image);
});

/** A classifier of synthetic images whose logits go through more nodes. */
function classifier(name: string, ...nodes: OnnxNode[]): string {
  const path = join(folder, name);
  const model = modelOf({
    nodes: [
      node('GlobalAveragePool', ['x'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      node('MatMul', ['flat', 'w'], ['logits']),
      ...nodes,
    ],
    inputs: [floatInfo('x', ['n', 3, 32, 32])],
    outputs: [floatInfo('y', ['n', 10])],
    initializers: [
      floats(
        'w',
        [3, 10],
        Array.from({ length: 30 }, () => 1),
      ),
      ints('last', [2]),
      ints('many', [1, 1, 2 ** 25]),
      { name: 'turns', dims: [], dtype: 'int64', data: BigInt64Array.of(2n ** 40n) },
    ],
  });
  writeFileSync(path, encodeModel(model));
  return path;
}

const large = classifier(
  'large.onnx',
  node('Unsqueeze', ['logits', 'last'], ['wide']),
  node('Expand', ['wide', 'many'], ['wider']),
  node(
    'ReduceMean',
    ['wider'],
    ['y'],
    [
      { name: 'axes', kind: 'ints', value: [2] },
      { name: 'keepdims', kind: 'int', value: 0 },
    ],
  ),
);
const body = {
  name: 'body',
  nodes: [node('Abs', ['a'], ['b']), node('Identity', ['on'], ['still'])],
  initializers: [],
  inputs: [
    { name: 'i', type: { kind: 'tensor', dtype: 'int64', shape: [] } },
    { name: 'on', type: { kind: 'tensor', dtype: 'bool', shape: [] } },
    floatInfo('a', ['n', 10]),
  ],
  outputs: [{ name: 'still', type: { kind: 'tensor', dtype: 'bool', shape: [] } }, floatInfo('b', ['n', 10])],
  valueInfo: [],
} as const;
const endless = classifier(
  'endless.onnx',
  node('Loop', ['turns', '', 'logits'], ['y'], [{ name: 'body', kind: 'graph', value: body }]),
);

const commands = {
  predict: (model: string) => ['predict', model, image, '--mean', '0', '--std', '1'],
  validate: (model: string) => ['validate', model, '--data', 'synthetic', '--images', '1'],
} as const;

test.each(['predict', 'validate'] as const)('%s ends what takes more memory than it may', async (name) => {
  const ended = await call(...commands[name](large), '--memory', '0.5');
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ended.stderr).toContain(`the ${name} process was ended: it took more than 0.5 GB of memory`);
});

test.each(['predict', 'validate'] as const)('%s ends what gives no answer', async (name) => {
  const ended = await call(...commands[name](endless), '--timeout', '5');
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ended.stderr).toContain(`the ${name} process was ended: it came no further for more than 5 s`);
  expect(ended.stderr).toContain('--memory and --timeout set another.');
});

test.each(['predict', 'validate'] as const)('%s of what never ends is ended by Ctrl-C', async (name) => {
  let asked = false;
  const ended = await start(commands[name](endless), (said, child) => {
    if (asked || !said.includes(name === 'predict' ? '● Predicting' : '● Validating')) return;
    asked = true;
    setTimeout(() => child.kill('SIGINT'), 1_000);
  });
  expect(ended).toMatchObject({ exitCode: 130, stdout: '' });
});
