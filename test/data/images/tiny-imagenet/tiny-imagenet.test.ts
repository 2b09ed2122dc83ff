import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { getTinyImageNet, tinyDirectory, tinyStatus } from '../../../../src/data/images/tiny-imagenet/get.ts';
import { tinyImageNet } from '../../../../src/data/images/tiny-imagenet/release.ts';
import { openTinyImageNet } from '../../../../src/data/images/tiny-imagenet/source.ts';
import { sha256 } from '../../../../src/files/files.ts';
import { sendBytes, serve } from '../../file-server.ts';
import { refusal } from '../../refusal.ts';
import { temporaryFolder } from '../../temporary.ts';
import { smallTiny, writeInto, zipOf } from './small.ts';

const nowhere = 'http://127.0.0.1:9/';

/** That training and test images are all there, each of the class of its colour. */
async function expectWhole(cache: string): Promise<void> {
  expect(await tinyStatus({ cache })).toEqual({ status: 'ready', where: tinyDirectory(cache) });
  for (const split of ['train', 'test'] as const) {
    const source = await openTinyImageNet({ split }, cache);
    // By the order of the ids; two classes have the same first word, and their whole names instead.
    expect(source).toMatchObject({
      name: 'tiny-imagenet',
      channels: 3,
      height: 64,
      width: 64,
      classes: ['goldfish', 'crane', 'crane, derrick'],
      perClass: split === 'train' ? [4, 4, 4] : [2, 2, 2],
    });
    const [red, green, blue] = [2, 0, 1];
    let seen = 0;
    for await (const { images, labels } of source.evaluationBatches({ batchSize: 5 })) {
      for (const [i, label] of labels.entries()) {
        const colour = [0, 1, 2].map((channel) => images[(i * 3 + channel) * 4096] ?? 0);
        const brightest = colour.indexOf(Math.max(...colour));
        expect(label).toBe([red, green, blue][brightest]);
        seen += 1;
      }
    }
    expect(seen).toBe(source.count);
    await source.close();
  }
}

describe('getting it', () => {
  it('unpacks the archive from its address, and leaves nothing of it', async () => {
    const cache = await temporaryFolder();
    let archive = new Uint8Array();
    const server = await serve((request, response) => sendBytes(request, response, archive));
    onTestFinished(server.close);
    const small = await smallTiny(server.url.replace(/[^/]*$/, ''));
    archive = Uint8Array.from(small.archive);
    const phases: string[] = [];
    const { source, alreadyThere, directory } = await getTinyImageNet(
      { cache, onProgress: ({ phase, done, total }) => phases.push(done <= total ? phase : 'too much') },
      small.release,
    );
    expect([source, alreadyThere]).toEqual([`${small.release.mirror}tiny-imagenet-200.zip`, false]);
    expect([...new Set(phases)]).toEqual(['download', 'unpack']);
    expect((await readdir(directory)).toSorted()).toEqual(['images', 'tiny-imagenet.json']);
    const manifest: unknown = JSON.parse(await readFile(join(directory, 'tiny-imagenet.json'), 'utf8'));
    expect(manifest).toMatchObject({ sha256: sha256(archive), images: { train: 12, test: 6 } });
    await expectWhole(cache);
    expect((await getTinyImageNet({ cache }, small.release)).alreadyThere).toBe(true);
  });

  it('takes the archive, the folder that it unpacks to, or one around it', async () => {
    const { release, files, archive } = await smallTiny(nowhere);
    const [zip, folder, around] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(zip, 'tiny.zip'), archive);
    await writeInto(folder, files);
    await writeInto(join(around, 'tiny-imagenet-200'), files);
    for (const from of [join(zip, 'tiny.zip'), folder, around]) {
      const cache = await temporaryFolder();
      expect((await getTinyImageNet({ cache, from }, release)).source).toBe(from);
      await expectWhole(cache);
    }
  });

  it('says why it cannot be fetched, and how to bring it', async () => {
    const error = await refusal(
      getTinyImageNet({ cache: await temporaryFolder() }, { ...tinyImageNet, mirror: nowhere }),
    );
    expect([error.code, error.message]).toEqual([
      'data/unreachable',
      `Tiny ImageNet cannot be fetched: ${nowhere}tiny-imagenet-200.zip: bad port`,
    ]);
    expect(error.help).toContain('nascent data get tiny-imagenet --from tiny-imagenet-200.zip, from http');
  });

  it('refuses another archive, and a folder that lacks something, and leaves nothing of it', async () => {
    const { release, files, archive } = await smallTiny(nowhere);
    const cache = await temporaryFolder();
    const outcome = async (from: string) => {
      const { code, message } = await refusal(getTinyImageNet({ cache, from }, release));
      expect(await readdir(tinyDirectory(cache)).catch(() => [])).toEqual([]);
      return `${code} ${message.replaceAll(from, 'GIVEN')}`;
    };
    const folderWithout = async (name: string, bytes?: Uint8Array) => {
      const changed = new Map(files);
      changed.delete(name);
      if (bytes !== undefined) changed.set(name, bytes);
      return writeInto(await temporaryFolder(), changed);
    };
    const zip = join(await temporaryFolder(), 'a.zip');
    await writeFile(zip, archive.subarray(9));
    expect(await outcome(zip)).toMatch(/^data\/damaged GIVEN is not the official archive: its MD5 is /);
    expect(await outcome(join(zip, 'no'))).toBe('data/missing there is no GIVEN');
    expect(await outcome(await folderWithout('words.txt'))).toBe(
      'data/missing there is no words.txt in GIVEN',
    );
    expect(await outcome(await folderWithout('train/n01443537/images/n01443537_2.JPEG'))).toBe(
      'data/damaged GIVEN has 3 images of n01443537 in train, not 4',
    );
    expect(await outcome(await folderWithout('val/images/val_5.JPEG'))).toBe(
      'data/damaged GIVEN has 1 images of n02012849 in val, not 2',
    );
    const annotations = Buffer.from('val_0.JPEG\tn03126707\t0\t0\t9\t9\n');
    expect(await outcome(await folderWithout('val/val_annotations.txt', annotations))).toBe(
      'data/damaged val_annotations.txt in GIVEN has no class of val_1.JPEG',
    );
  });

  it('writes no file of an archive outside of its folder', async () => {
    const { release, files } = await smallTiny(nowhere);
    const changed = new Map([...files, ['train/../../../images/x_0.JPEG', new Uint8Array(9)] as const]);
    const from = join(await temporaryFolder(), 'a.zip');
    const archive = zipOf(changed);
    await writeFile(from, archive);
    const md5 = createHash('md5').update(archive).digest('hex');
    const error = await refusal(
      getTinyImageNet(
        { cache: await temporaryFolder(), from },
        { ...release, archive: { ...release.archive, md5 } },
      ),
    );
    expect(error.message).toBe(`${from} has an image where none belongs: train/../../../images/x_0.JPEG`);
  });
});

describe('opening it', () => {
  it('names the command where it is not there, and the folder where something was taken out', async () => {
    const cache = await temporaryFolder();
    expect(await refusal(openTinyImageNet({ split: 'train' }, cache))).toMatchObject({
      code: 'data/missing',
      help: 'Get it: nascent data get tiny-imagenet',
    });
    const { release, files } = await smallTiny(nowhere);
    const from = await writeInto(await temporaryFolder(), files);
    const { directory } = await getTinyImageNet({ cache, from }, release);
    await rm(join(directory, 'images/test/n01443537/val_2.JPEG'));
    const error = await refusal(openTinyImageNet({ split: 'train' }, cache));
    expect(error.message).toBe(`${join(directory, 'images/test')} has 5 images of 3 classes, not 6 of 3`);
    await rm(join(directory, 'images'), { recursive: true });
    expect(await tinyStatus({ cache })).toMatchObject({ status: 'damaged' });
    await getTinyImageNet({ cache, from }, release);
    await expectWhole(cache);
  });
});
