import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { dataNames } from '../../../src/data/registry.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

beforeEach(async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  vi.stubEnv('NASCENT_IMAGENET', '');
});
afterEach(() => vi.unstubAllEnvs());

describe('nascent data list', () => {
  it('lists every dataset for people', async () => {
    const { exitCode, stdout, stderr } = await call('data', 'list');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      Name           Task    Title             Status   Where, or how to get it
      cifar10        images  CIFAR-10          missing  nascent data get cifar10
      cifar100       images  CIFAR-100         missing  nascent data get cifar100
      mnist          images  MNIST             missing  nascent data get mnist
      fashion-mnist  images  Fashion-MNIST     missing  nascent data get fashion-mnist
      svhn           images  SVHN              missing  nascent data get svhn
      tiny-imagenet  images  Tiny ImageNet     missing  nascent data get tiny-imagenet
      synthetic      images  Synthetic images  ready    made on the spot
      imagenet       images  ImageNet          yours    by --from: a folder with train/CLASS/… and val/CLASS/…, or set NASCENT_IMAGENET to it
      images         images  Your own images   yours    by --from: a folder with CLASS/…, or train/CLASS/… and test/CLASS/…, or a CSV file
      ptb            text    Penn Treebank     missing  nascent data get ptb
      wikitext2      text    WikiText-2        missing  nascent data get wikitext2
      grammar        text    Grammar           ready    made on the spot
      text           text    Your own text     yours    by --from: a folder or archive with train.txt, valid.txt and test.txt
      "
    `);
  });

  it('and as JSON', async () => {
    const { stdout } = await call('data', 'list', '--json');
    const listed = JSON.parse(stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(dataNames);
    expect(listed.find(({ name }) => name === 'synthetic')).toEqual({
      name: 'synthetic',
      task: 'images',
      title: 'Synthetic images',
      description: expect.stringContaining('ten classes'),
      status: 'ready',
      where: null,
      get: 'made on the spot',
      from: null,
    });
  });
});

describe('nascent data get', () => {
  it('says of what cannot be got what to do instead', async () => {
    const answers = [];
    for (const name of ['synthetic', 'text']) {
      const { exitCode, stdout, stderr } = await call('data', 'get', name);
      answers.push(`${exitCode} ${stdout}${stderr}`);
    }
    expect(answers).toMatchInlineSnapshot(`
      [
        "2 ✖ synthetic is made on the spot: there is nothing to get
        Use it as it is: --data synthetic.
      ",
        "2 ✖ text cannot be downloaded: you bring it
        Name it where it is used: --data text --from PATH, a folder or archive with train.txt, valid.txt and test.txt.
      ",
      ]
    `);
  });
});

describe('nascent data info', () => {
  async function drawn(): Promise<string> {
    const folder = await temporaryFolder();
    for (const [label, name] of ['dark', 'light'].entries()) {
      await mkdir(join(folder, name));
      for (let number = 0; number < 5; number++) {
        const value = 100 * label + 10 * number;
        await sharp({
          create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: 9 } },
        })
          .png()
          .toFile(join(folder, name, `${number}.png`));
      }
    }
    return folder;
  }

  it('counts the classes of a folder, and names what is odd in it', async () => {
    const folder = await drawn();
    await writeFile(join(folder, 'dark/notes.txt'), 'x');
    await writeFile(join(folder, 'light/0.png'), 'broken');
    await writeFile(join(folder, 'light/li\nne.png'), 'broken');
    const { exitCode, stdout } = await call('data', 'info', folder);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d training and \d test images of 2 classes, used as 8×8 in colours\n/);
    expect(stdout).toMatch(/\nClass +Train +Test\ndark +4 +1\nlight +[34] +[01]\n/);
    expect(stdout).toContain(join(folder, 'dark/notes.txt'));
    expect(stdout).toContain(`passed over ${join(folder, 'light/0.png')}: `);
    expect(stdout).toContain(`passed over ${JSON.stringify(join(folder, 'light/li\nne.png'))}: `);
  });

  it('writes a sheet with a row of each class, and the same as JSON', async () => {
    const folder = await drawn();
    const file = join(folder, 'out', 'sheet.png');
    const { exitCode, stdout, stderr } = await call('data', 'info', folder, '--sheet', file, '--json');
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      classes: [
        { label: 'dark', train: 4, test: 1 },
        { label: 'light', train: 4, test: 1 },
      ],
      unreadable: [],
    });
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 2 + 8 * 10, height: 2 + 2 * 10 });
    const red = (x: number, y: number) => data[(y * info.width + x) * info.channels] ?? NaN;
    // The first image of each row, and the white between them.
    expect([red(0, 0), red(5, 11)]).toEqual([255, 255]);
    expect(red(5, 5)).toBeLessThan(50);
    expect(red(5, 15)).toBeGreaterThanOrEqual(100);
  });

  it('takes a folder for images or for a text by all that lies in it, and says where it could be either', async () => {
    const images = await drawn();
    await writeFile(join(images, 'train.txt'), 'dark/0.png\nlight/0.png\n');
    await writeFile(join(images, 'test.txt'), 'dark/1.png\n');
    const asImages = await call('data', 'info', images, '--json');
    expect(JSON.parse(asImages.stdout)).toMatchObject({ classes: [{ label: 'dark' }, { label: 'light' }] });
    expect(asImages.stderr).toContain(`${images} has folders and texts: it is read as images.`);
    expect(asImages.stderr).toContain(`data info text --from ${images}`);
    await writeFile(join(images, 'valid.txt'), 'dark/2.png\n');
    const asText = await call('data', 'info', images, '--json');
    expect(JSON.parse(asText.stdout)).toMatchObject({ name: 'text', parts: { test: { tokens: 2 } } });
    expect(asText.stderr).toContain(`it is read as a text. To read it as images: `);
    expect(asText.stderr).toContain(`data info images --from ${images}`);
    const named = await call('data', 'info', 'images', '--from', images, '--json');
    expect(JSON.parse(named.stdout)).toMatchObject({ classes: [{ label: 'dark' }, { label: 'light' }] });
    expect(named.stderr).not.toContain('folders and texts');
  });

  it('of a folder of texts says how long they are, what they are made of, and what a limit does', async () => {
    const folder = await temporaryFolder();
    for (const [name, text] of [
      ['train', 'the cat sat\nthe dog ran\n'],
      ['valid', 'the cat\n'],
      ['test', 'the mouse\n'],
    ] as const)
      await writeFile(join(folder, `${name}.txt`), text);
    const said = await call('data', 'info', folder);
    expect(said.exitCode, said.stderr).toBe(0);
    expect(said.stdout).toContain('a vocabulary of 7 words\n');
    expect(said.stderr).not.toContain('it is read as');
    expect(said.stdout).toMatch(/^test +3 +1 +3 +1 +0$/m);
    const { stdout } = await call('data', 'info', folder, '--set', 'vocabulary_limit=4', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      vocabulary: { size: 4 },
      limited: { words: 4, tokens: { train: 3, valid: 0, test: 1 } },
    });
    const characters = await call('data', 'info', folder, '--set', 'level=character');
    expect(characters.stdout).toContain('most often: "t" 4, " " 4, "a" 3, ');
    const sheet = await call('data', 'info', folder, '--sheet', 'x.png');
    expect(sheet.stderr).toContain('--sheet is for images, and this is about text');
  });
});
