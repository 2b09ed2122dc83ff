/** The folder of `--format transformers`, opened by transformers.js itself, which npm is asked for while the test runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { Passes } from '../../../exporters/passes/passes.ts';
import { DownloadError } from '../../../src/files/download.ts';
import { npmTarball } from '../../../src/files/npm-tarball.ts';
import { readTarGz } from '../../../src/files/tar.ts';
import { exportGenotype } from '../../../src/model/export.ts';
import { predict } from '../../../src/predict/predict.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-transformers-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const installed = await installTransformers();

/**
 * The one archive of it, on the onnxruntime and the sharp that are here already: all that its file for Node imports. False
 * where npm reaches no registry.
 */
async function installTransformers(): Promise<boolean> {
  const modules = join(root, 'node_modules');
  const archive = join(root, 'archive');
  await mkdir(archive);
  try {
    const tarball = await npmTarball('@huggingface/transformers@4.3.1', archive, { usersCache: true });
    const wanted = /^package\/(package\.json|dist\/transformers\.node\.mjs)$/;
    for (const [name, data] of await readTarGz(tarball, (path) => wanted.test(path))) {
      const file = join(modules, '@huggingface/transformers', name.slice('package/'.length));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, data);
    }
  } catch (error) {
    if (error instanceof DownloadError) return false;
    throw error;
  }
  for (const name of ['onnxruntime-node', 'onnxruntime-common', 'sharp']) {
    const ours = realpathSync(new URL(`../../../node_modules/${name}`, import.meta.url));
    await symlink(ours, join(modules, name));
  }
  return true;
}

const classify = `
  import { env, pipeline } from '@huggingface/transformers';
  const [, folder, image] = process.argv;
  env.allowRemoteModels = false;
  const classifier = await pipeline('image-classification', folder);
  console.log(JSON.stringify(await classifier(image)));
`;

describe.skipIf(!installed)('in transformers.js (skipped where npm reaches no registry)', () => {
  it.each<Passes & { readonly externalData?: true }>([
    {},
    { foldBatchNorm: true, fp16: true },
    { int8: true },
    { externalData: true },
  ])('gives the classes that nascent predict gives: %j', async ({ externalData, ...passes }) => {
    const name = [...Object.keys(passes), externalData ?? 'plain'].join('-');
    const shape = { channels: 4, layers: 3, classes: 10, image: [3, 32, 32] } as const;
    const order = {
      task: 'images',
      shape,
      genotype: publishedGenotypes.DARTS_V2,
      seed: 3,
      passes,
    } as const;
    const folder = join(root, name);
    await exportGenotype({ ...order, out: folder, format: 'transformers', externalData }, silentReporter);
    const model = join(root, `${name}.onnx`);
    await exportGenotype({ ...order, out: model }, silentReporter);
    // Of the model's size: what either makes of others is its own.
    const image = join(root, `${name}.png`);
    const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 5 + (i % 3) * (i >> 5)) % 256);
    await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(image);

    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', classify, folder, image],
      { cwd: root, encoding: 'utf8' },
    );
    expect(stdout, stderr).not.toBe('');
    const given = JSON.parse(stdout) as readonly { readonly label: string; readonly score: number }[];
    const wanted = await predict({ model, files: [image] }, silentReporter, new AbortController().signal);
    const classes = wanted.task === 'images' ? (wanted.files[0]?.classes ?? []) : [];
    expect(given.map(({ label }) => label)).toEqual(classes.map(({ label }) => label));
    given.forEach(({ score }, i) => expect(score).toBeCloseTo(classes[i]?.score ?? 0, 4));
  });

  it('names every class of the card', async () => {
    const config = JSON.parse(await readFile(join(root, 'plain', 'config.json'), 'utf8')) as {
      readonly id2label: Readonly<Record<string, string>>;
    };
    expect(Object.values(config.id2label)).toHaveLength(10);
    expect(config.id2label['9']).toBe('truck');
  });
});
