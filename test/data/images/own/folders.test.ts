import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { findOwnImages } from '../../../../src/data/images/own/find.ts';
import { NascentError } from '../../../../src/errors.ts';
import { tries } from '../../../support/properties.ts';
import { temporaryFolder } from '../../temporary.ts';

async function tree(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }
  return folder;
}

const some = (folder: string, count: number) => Array.from({ length: count }, (_, i) => `${folder}/${i}.png`);

async function found(folder: string) {
  const notes: string[] = [];
  const { train, test } = await findOwnImages(folder, (note) => notes.push(note.replaceAll(folder, '#')));
  return { train, test, notes };
}

async function refused(names: readonly string[]): Promise<string> {
  const folder = await tree(names);
  const error: unknown = await findOwnImages(folder, () => undefined).catch((error: unknown) => error);
  if (!(error instanceof NascentError)) throw new Error('not refused', { cause: error });
  return `${error.code}: ${error.message}. ${error.help}`.replaceAll(folder, '#');
}

it('sets a fifth of each class aside, the same each time, where there is nothing to test on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 23 }), { minLength: 2, maxLength: 4 }),
      async (counts) => {
        const folder = await tree(counts.flatMap((count, k) => some(`class-${k}`, count)));
        const { train, test } = await found(folder);
        for (const [label, count] of counts.entries()) {
          const of = ({ labels }: typeof train) => labels.filter((each) => each === label).length;
          expect(of(train) + of(test)).toBe(count);
          expect(of(test)).toBe(count === 1 ? 0 : Math.max(1, Math.round(count / 5)));
        }
        expect(new Set([...train.files, ...test.files]).size).toBe(train.files.length + test.files.length);
        expect((await found(folder)).test.files).toEqual(test.files);
      },
    ),
    { numRuns: tries(15) },
  );
});

it('takes the splits that are there, in any usual spelling', async () => {
  for (const [first, second] of [
    ['train', 'test'],
    ['Training', 'Validation'],
    ['TRAIN', 'dev'],
  ] as const) {
    const names = ['a', 'b'].flatMap((name) => [
      ...some(`${first}/${name}`, 3),
      ...some(`${second}/${name}`, 1),
    ]);
    const { train, test, notes } = await found(await tree(names));
    expect([train.split, train.files.length, test.split, test.files.length]).toEqual(['train', 6, 'test', 2]);
    expect(notes).toEqual(
      second === 'test' ? [] : [`${second} is what is tested on: there is no folder test`],
    );
  }
});

it('keeps images for validation apart where there are some for the test beside them', async () => {
  const names = ['train', 'Validation', 'test'].flatMap((split, i) => [
    ...some(`${split}/a`, 6 - 2 * i),
    ...some(`${split}/b`, 5 - 2 * i),
  ]);
  const { train, valid, test } = await findOwnImages(await tree(names), () => undefined);
  expect([train, valid, test].map((each) => each?.files.length)).toEqual([11, 7, 3]);
  expect(valid?.classes).toEqual(train.classes);
  expect(valid?.directory).toMatch(/Validation$/);
});

it('says what is left out, and which classes have no test images', async () => {
  const folder = await tree([
    ...some('train/a', 2),
    ...some('train/b', 2),
    ...some('train/empty', 0),
    'train/a/scan.bmp',
    'train/loose.png',
    ...some('test/a', 1),
    ...some('val/a', 1),
  ]);
  await mkdir(join(folder, 'train/empty'));
  await symlink('..', join(folder, 'train/a/back'));
  await symlink('../a', join(folder, 'train/b/other'));
  await symlink('../b', join(folder, 'train/a/inner'));
  const { train, notes } = await found(folder);
  // A class folder within another is that other's, but none is gone into twice on one way.
  expect(train.files.filter((file) => file.includes('back'))).toEqual([]);
  expect(train.files).toHaveLength(8);
  expect(notes.toSorted()).toMatchInlineSnapshot(`
    [
      "a search learns alphas on the validation images, and a training is measured on them; those for the test are left to validate",
      "left out #/train/empty: it has no images",
      "left out 1 image in #/train, in no class folder (loose.png)",
      "left out 2 files of a format that is not read (#/train/a/scan.bmp, #/train/b/other/scan.bmp): convert them to PNG",
      "no test images of b",
      "passed over #/train/a/back: it leads back to a folder that it lies in",
      "passed over #/train/a/inner/other: it leads back to a folder that it lies in",
      "passed over #/train/b/other/back: it leads back to a folder that it lies in",
      "passed over #/train/b/other/inner: it leads back to a folder that it lies in",
    ]
  `);
});

it('refuses what cannot be told apart, and names it', async () => {
  const nfd = 'café'.normalize('NFD');
  const nfc = 'café'.normalize('NFC');
  expect(await refused([...some(nfc, 1), ...some(nfd, 1)])).toContain('in two Unicode forms');
  expect(await refused([...some('Cat', 1), ...some('cat', 1)])).toContain('class folders "Cat" and "cat"');
  const training = [...some(`train/${nfc}`, 1), ...some('train/Cat', 1)];
  expect(await refused([...training, ...some(`test/${nfd}`, 1)])).toContain('in another Unicode form');
  expect(await refused([...training, ...some('test/cat', 1)])).toContain('have "Cat": rename');
  expect(await refused([...training, ...some('test/dog', 1)])).toContain('The classes are those');
  expect(await refused(some('a', 3))).toContain('images of one class, a');
  expect(await refused(some('test/a', 3))).toContain('a folder test, and no folder train');
  expect(await refused(['notes.txt'])).toContain('no class folders');
});

it('says where one class has four times the images of another, or more', async () => {
  const notes = async (counts: readonly number[]) => {
    const folder = await tree(counts.flatMap((count, k) => some(`train/class-${k}`, count)));
    return (await found(folder)).notes.filter((note) => note.startsWith('classes are uneven'));
  };
  expect(await notes([8, 2, 3])).toEqual([
    'classes are uneven: from 2 images of class-1 to 8 images of class-0',
  ]);
  expect(await notes([7, 2, 3])).toEqual([]);
});

it.skipIf(process.platform === 'win32')(
  'passes over pipes, whose reading never ends, and links to them',
  async () => {
    const folder = await tree(['a', 'b'].flatMap((name) => some(name, 2)));
    for (const name of ['a/pipe.png', 'loose.png']) execFileSync('mkfifo', [join(folder, name)]);
    await symlink(join(folder, 'a/pipe.png'), join(folder, 'b/link.png'));
    const { train, test, notes } = await found(folder);
    expect([...train.files, ...test.files].toSorted()).toEqual(['a/0.png', 'a/1.png', 'b/0.png', 'b/1.png']);
    expect(notes).toContain(
      'passed over what is neither a file nor a folder (#/a/pipe.png, #/b/link.png, #/loose.png)',
    );
  },
);

it('names a file on one line, whatever is in its name', async () => {
  const folder = await tree(['a', 'b'].flatMap((name) => some(name, 2)));
  await writeFile(join(folder, 'a', 'li\nne.bmp'), '');
  const { notes } = await found(folder);
  expect(notes).toContain(
    String.raw`left out 1 file of a format that is not read ("#/a/li\nne.bmp"): convert them to PNG`,
  );
});
