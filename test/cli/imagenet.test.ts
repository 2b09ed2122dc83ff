/**
 * The road on images in folders, laid out like ImageNet: trained for an instant, exported, validated, compared. What is
 * validated must be what the training itself measured.
 */

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openRun } from '../../src/run/directory.ts';
import { NascentError } from '../../src/errors.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { validateModel } from '../../src/evaluate/accuracy.ts';
import { lastEpoch } from '../../src/learn/record.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { realImages } from '../../src/parity/real-inputs.ts';
import { call } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-imagenet-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const images = join(root, 'images');
const run = join(root, 'run');
const copy = join(root, 'copy.onnx');
const classes = Array.from({ length: 24 }, (_, k) => `n${String(10_000_000 + 7 * k)}`);
const broken = join(images, 'val', classes[9] ?? '', '0.JPEG');

/** A class is a hue; towards the edges it changes, so that it shows how an image is cut. */
async function draw(folder: string, label: number, number: number): Promise<void> {
  const [width, height] = [50 + 9 * number, 44];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const edge = Math.hypot(x / width - 0.5, y / height - 0.5);
    return Math.round(100 + 9 * number + 60 * Math.sin(label / 4 + 2 * (i % 3)) + 70 * edge);
  });
  await mkdir(folder, { recursive: true });
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toFile(join(folder, `${number}.JPEG`));
}

beforeAll(async () => {
  vi.stubEnv('NASCENT_IMAGENET', '');
  for (const [label, name] of classes.entries()) {
    await draw(join(images, 'train', name), label, 0);
    for (const number of [0, 1, 2]) await draw(join(images, 'val', name), label, number);
  }
  await writeFile(broken, readFileSync(broken).subarray(0, 200));
  const settings = ['channels=2', 'layers=3', 'epochs=1', 'batch_size=8', 'image_size=32', 'auxiliary=0'];
  const given = ['train', '--genotype', 'DARTS_V2', '--data', 'imagenet', '--from', images, '--out', run];
  const trained = await call(
    ...given,
    ...settings.flatMap((each) => ['--set', each]),
    '--engine',
    'onnxruntime',
  );
  expect(trained.exitCode, trained.stderr).toBe(0);
  expect((await call('export', run)).exitCode).toBe(0);
  copyFileSync(join(run, 'model.onnx'), copy);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

test('a run is validated on the images that it was trained with, as the training measured it', async () => {
  const ended = await call('validate', run, '--json');
  expect(ended.exitCode, ended.stderr).toBe(0);
  const found = JSON.parse(ended.stdout) as Record<string, number>;
  // 72 images, one of which cannot be read.
  expect(found).toMatchObject({ data: 'imagenet', images: 71, unreadable: 1, notFinite: 0 });
  expect(ended.stderr).toContain(`passed over ${broken}: `);
  const last = lastEpoch(openRun(run));
  expect(last).toMatchObject({ test_accuracy: found['accuracy'], test_images: 71 });
  expect(found['loss']).toBeCloseTo(Number(last?.['test_loss']), 5);
  expect(found['top5']).toBeGreaterThanOrEqual(found['accuracy'] ?? 1);
  expect(found['top5']).toBeLessThan(1);
  expect(JSON.parse(readFileSync(join(run, 'validation.json'), 'utf8'))).toEqual(found);
});

test('a model file is validated where the folder is given', async () => {
  const ended = await call('validate', copy, '--data', 'imagenet', '--from', images, '--images', '36');
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^top-1 [\d.]+ %, top-5 [\d.]+ % of 36 validation images, loss [\d.]+\n$/);
  // The five classes that go best, and the five that go worst.
  const shares = [...ended.stderr.matchAll(/^n\d{8} +([\d.]+) % of [12]$/gm)].map(([, share]) =>
    Number(share),
  );
  expect(shares).toHaveLength(10);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
});

test('parity is of real images, where they are', async () => {
  const compared = await call('parity', run, '--runtimes', 'tfjs-cpu', '--images', '8', '--json');
  expect(compared.exitCode, compared.stderr).toBe(0);
  expect(JSON.parse(compared.stdout)).toMatchObject({
    outcome: 'passed',
    // Of the eight one cannot be read.
    real: { dataset: 'imagenet', images: 7 },
    pairs: [{ realImages: 7, top1Real: { agreed: 7, total: 7 } }],
  });
  const without = await realImages(await readModelFile(copy), { images: 8 }, () => {});
  expect(without).toContain('no folder with ImageNet was named (Give, by --from or in NASCENT_IMAGENET,');
});

test('what does not fit is told', async () => {
  const ended = await call('validate', copy, '--data', 'imagenet', '--from', join(root, 'none'));
  expect(ended, ended.stderr).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(`ImageNet is not at ${join(root, 'none')}`);
  const stray = await call('validate', copy, '--from', images);
  expect(stray.exitCode).toBe(2);
  expect(stray.stderr).toContain(`--from ${images} needs the name of its dataset`);

  const refused = async (from: string): Promise<string> => {
    const order = { model: copy, data: 'imagenet', from } as const;
    const error: unknown = await validateModel(order, silentReporter, new AbortController().signal).catch(
      (reason: unknown) => reason,
    );
    if (!(error instanceof NascentError)) throw new Error('not refused', { cause: error });
    return `${error.message} | ${error.help}`;
  };
  const trainOnly = join(root, 'train-only');
  await draw(join(trainOnly, 'train', 'n01'), 0, 0);
  expect(await refused(trainOnly)).toContain(`${trainOnly} has no folder val`);

  const few = join(root, 'few');
  for (const name of classes.slice(0, 3)) await draw(join(few, 'val', name), 0, 0);
  const fewer = await refused(few);
  expect(fewer).toContain('tells 24 classes apart, and imagenet has 3');
  expect(fewer).toContain('Give, by --from, a folder with the classes that the model was trained on');

  const other = join(root, 'other');
  for (const k of classes.keys()) {
    const folder = join(other, 'val', `n2${k + 100}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '0.JPEG'), 'no image');
  }
  expect(await refused(other)).toContain(`calls class 0 "${classes[0]}", and imagenet calls it "n2100"`);

  const unreadable = join(root, 'unreadable');
  for (const name of classes) {
    await mkdir(join(unreadable, 'val', name), { recursive: true });
    await writeFile(join(unreadable, 'val', name, '0.JPEG'), 'no image');
  }
  expect(await refused(unreadable)).toContain('none of 24 images of imagenet can be read: ');
});
