import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

const onnxruntime = pathToFileURL(createRequire(import.meta.url).resolve('onnxruntime-node')).href;

test.each([
  ['images', ['--genotype', 'DARTS_V2', '--network', 'cifar10', '--channels', '2', '--layers', '2'], /^\d$/],
  [
    'text',
    ['--genotype', 'DARTS_V1', '--network', 'ptb', '--units', '4', '--words', '9'],
    /^log_probs \[ 1, 1, 9 \]\nhidden_out \[ 1, 4 \]$/,
  ],
] as const)('the program for Node on the card of a model of %s runs', async (_, given, says) => {
  const folder = await temporaryFolder();
  const file = join(folder, 'network.onnx');
  const exported = await call('export', ...given, '--out', file);
  expect(exported.exitCode, exported.stderr).toBe(0);
  const { exitCode, stdout } = await call('card', file);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${join(folder, 'MODEL_CARD.md')}\n` });
  const card = readFileSync(join(folder, 'MODEL_CARD.md'), 'utf8');
  expect(card).toContain('**Not trained**');
  const [, program = ''] = /```js\n([^]*?)```/.exec(card) ?? [];
  // The package is not installed beside the model.
  writeFileSync(join(folder, 'load.mjs'), program.replace("'onnxruntime-node'", `'${onnxruntime}'`));
  const said = execFileSync(process.execPath, ['load.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(said.trim()).toMatch(says);
});

test('a run without a model is told how to make one', async () => {
  const { exitCode, stderr } = await call('card', join(await temporaryFolder(), 'nowhere'));
  expect(exitCode).toBe(2);
  expect(stderr).toContain('does not exist');
});
