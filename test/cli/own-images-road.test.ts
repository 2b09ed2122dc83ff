/** The whole road on a user's own images, one command a step, with onnxruntime alone: in colours at 96×96, and grey digits of 28×28. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { openRun } from '../../src/run/directory.ts';
import { readImageFacts } from '../../src/tasks/images/facts.ts';
import { call } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-own-images-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const perClass = 10;

/** What is on an image of a class, as elements of SVG in a square of 100, moved a little from image to image. */
const things: Readonly<Record<string, (at: number) => string>> = {
  circle: (at) => `<circle cx="${40 + at}" cy="${55 - at}" r="25" />`,
  cross: (at) => `<path d="M${10 + at} 10 L90 ${90 - at} M90 10 L10 90" stroke="white" stroke-width="12" />`,
  stripes: (at) => [0, 30, 60].map((y) => `<rect y="${y + at}" width="100" height="12" />`).join(''),
  '0': (at) =>
    `<ellipse cx="${45 + at}" cy="50" rx="18" ry="35" fill="none" stroke="white" stroke-width="9" />`,
  '1': (at) => `<path d="M${45 + at} 15 V85" stroke="white" stroke-width="10" />`,
  '7': (at) => `<path d="M20 20 H${75 + at} L45 85" fill="none" stroke="white" stroke-width="9" />`,
};

/** A folder of PNGs for each class. */
async function drawn(name: string, side: number, colours: readonly string[], classes: readonly string[]) {
  const folder = join(root, name);
  for (const label of classes) {
    mkdirSync(join(folder, label), { recursive: true });
    for (let number = 0; number < perClass; number++) {
      const fill = colours[number % colours.length];
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 100 100" fill="${fill}">
        <rect width="100" height="100" fill="black" />${things[label]?.(number)}</svg>`;
      const image = sharp(Buffer.from(svg)).flatten();
      const kept = colours.length > 1 ? image : image.toColourspace('b-w');
      await kept.png().toFile(join(folder, label, `${number}.png`));
    }
  }
  return folder;
}

const settings = (...given: string[]) => given.flatMap((each) => ['--set', each]);
const searching = settings(
  'channels=2',
  'layers=3',
  'nodes=1',
  'epochs=1',
  'batch_size=12',
  'primitives=skip_connect,sep_conv_3x3',
);
// One cell: in double precision, which parity is held to, images of 96×96 take their time.
const training = settings('channels=2', 'layers=1', 'epochs=1', 'batch_size=12');

describe.each([
  {
    name: 'shapes',
    side: 96,
    channels: 3,
    colours: ['red', 'lime', 'yellow'],
    classes: ['circle', 'cross', 'stripes'],
  },
  { name: 'digits', side: 28, channels: 1, colours: ['white'], classes: ['0', '1', '7'] },
])('$name of $side×$side', ({ name, side, channels, colours, classes }) => {
  const run = join(root, `run-${name}`);
  const model = join(run, 'model.onnx');
  let from = '';

  test('are searched on, each class told by its folder', async () => {
    from = await drawn(name, side, colours, classes);
    const ended = await call(
      'search',
      '--data',
      'images',
      '--from',
      from,
      '--engine',
      'onnxruntime',
      ...searching,
      '--out',
      run,
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('6 images of 30 are set aside for the test');
    expect(readImageFacts(openRun(run))).toMatchObject({
      channels,
      height: side,
      width: side,
      classes,
      count: 24,
    });
  });

  test('are trained on, exported, and told apart by every runtime alike', async () => {
    const trained = await call('train', run, '--engine', 'onnxruntime', ...training);
    expect(trained.exitCode, trained.stderr).toBe(0);
    const exported = await call('export', run, '--out', model);
    expect(exported.exitCode, exported.stderr).toBe(0);
    const compared = await call(
      'parity',
      model,
      '--from',
      from,
      '--data',
      'images',
      '--runtimes',
      'onnxruntime-cpu',
      '--climb',
      '0',
      '--json',
    );
    expect(compared.exitCode, compared.stdout + compared.stderr).toBe(0);
    expect(JSON.parse(compared.stdout)).toMatchObject({ outcome: 'passed', real: { images: 6 } });
  });

  test('are classified, file by file, with the names of their folders', async () => {
    const files = classes.map((label) => join(from, label, '0.png'));
    const ended = await call('predict', model, ...files, '--json');
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { files: found } = JSON.parse(ended.stdout) as {
      files: { file: string; error: string | null; classes: { label: string; score: number }[] }[];
    };
    expect(found.map(({ file }) => file)).toEqual(files);
    for (const { error, classes: scores } of found) {
      expect(error).toBe(null);
      expect(scores.map(({ label }) => label).toSorted()).toEqual(classes);
      expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4);
    }
  });
});

test('sides that cannot be halved are refused before anything is written, with the nearest that work', async () => {
  const out = join(root, 'none');
  const given = ['search', '--data', 'images', '--from', join(root, 'digits'), ...searching, '--out', out];
  const ended = await call(...given, '--set', 'image_size=30');
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain('images of 30×30 cannot be halved 2 times');
  expect(ended.stderr).toContain('--set image_size=32');
  expect(() => openRun(out)).toThrow();
});
