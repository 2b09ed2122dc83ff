import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { Passes } from '../../../exporters/passes/passes.ts';
import { exportGenotype } from '../../../src/model/export.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { temporaryFolder } from '../../data/temporary.ts';

it.each<Passes>([{}, { foldBatchNorm: true, softmax: true }, { fp16: true }, { int8: true }, { topK: 2 }])(
  'an .ort file of a classifier loads by its path: %j',
  async (passes) => {
    const folder = await temporaryFolder();
    const shape = { channels: 2, layers: 3, classes: 10, image: [3, 32, 32] } as const;
    const order = { task: 'images', shape, genotype: publishedGenotypes.DARTS_V2, seed: 3, passes } as const;
    const file = join(folder, 'a.ort');
    const { proof } = await exportGenotype({ ...order, out: file, format: 'ort' }, silentReporter);
    expect(proof?.apart).toBeLessThanOrEqual(proof?.allowed ?? 0);
    expect((await readFile(file)).subarray(4, 8).toString()).toBe('ORTM');
    const session = await ort.InferenceSession.create(file);
    expect(session.inputNames).toEqual(['image']);
    await session.release();
  },
);

it('an .ort file of a recurrent network', async () => {
  const out = join(await temporaryFolder(), 'a.ort');
  const order = {
    task: 'text',
    shape: { words: 7, units: 5 },
    genotype: publishedRnnGenotypes.DARTS_V2,
  } as const;
  const { proof } = await exportGenotype({ ...order, seed: 1, out, format: 'ort' }, silentReporter);
  expect(proof?.apart).toBeLessThan(1e-6);
  const session = await ort.InferenceSession.create(out);
  expect(session.inputNames).toEqual(['tokens', 'hidden_in']);
  await session.release();
});

it.each([
  ['ort', 'a.onnx', 'only where the name ends in .ort'],
  ['onnx', 'a.ORT', 'takes what ends in .ort for its own format'],
] as const)(
  '%s is not written under the name %s, by which onnxruntime would not open it',
  async (format, name, said) => {
    const out = join(await temporaryFolder(), name);
    const order = {
      task: 'text',
      shape: { words: 7, units: 5 },
      genotype: publishedRnnGenotypes.DARTS_V2,
    } as const;
    await expect(exportGenotype({ ...order, seed: 1, out, format }, silentReporter)).rejects.toThrow(said);
    expect(existsSync(out)).toBe(false);
  },
);
