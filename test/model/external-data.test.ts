import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeModel } from '../../proto/onnx.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { exportGenotype } from '../../src/model/export.ts';
import type { FormatName } from '../../src/model/formats/formats.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createOnnxSessionFromFile } from '../../src/runtime/onnxruntime/file.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { temporaryFolder } from '../data/temporary.ts';

const images = {
  task: 'images',
  shape: { channels: 8, layers: 3, classes: 10, image: [3, 32, 32] },
  genotype: publishedGenotypes.DARTS_V2,
  seed: 2,
} as const;
const text = {
  task: 'text',
  shape: { words: 40, units: 20 },
  genotype: publishedRnnGenotypes.DARTS_V2,
  seed: 2,
} as const;

it.each([
  ['a classifier', images, {}],
  ['a classifier in 8 bits', images, { int8: true }],
  ['a recurrent network in float16', text, { fp16: true }],
] as const)('%s with weights beside it is the model that holds them', async (_, order, passes) => {
  const folder = await temporaryFolder();
  const [inside, outside] = [join(folder, 'inside.onnx'), join(folder, 'outside.onnx')];
  const whole = await exportGenotype({ ...order, passes, out: inside }, silentReporter);
  const parted = await exportGenotype({ ...order, passes, out: outside, externalData: true }, silentReporter);
  expect(parted.proof?.apart).toBeLessThanOrEqual(parted.proof?.allowed ?? 0);
  expect((await stat(outside)).size + (await stat(`${outside}.data`)).size).toBe(parted.bytes);
  expect((await stat(outside)).size).toBeLessThan(whole.bytes);
  // Our own reader, and the checker in it.
  expect((await readModelFile(outside)).model).toEqual(decodeModel(await readFile(inside), inside));
  const session = await createOnnxSessionFromFile(outside, 'cpu');
  expect(session.outputs.length).toBeGreaterThan(0);
  session.dispose();
});

it.each<readonly [FormatName, string]>([
  ['ort', 'an .ort file holds its weights'],
  ['web', 'the page fetches one file'],
])('is refused for %s', async (format, why) => {
  const out = join(await temporaryFolder(), 'x');
  const exported = exportGenotype({ ...images, out, format, externalData: true }, silentReporter);
  await expect(exported).rejects.toThrow(why);
});
