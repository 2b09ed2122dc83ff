import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import sharp from 'sharp';
import { expect, it } from 'vitest';

import { openOwnImages } from '../../../../src/data/images/own/source.ts';
import { surveyFiles } from '../../../../src/data/images/own/survey.ts';
import { temporaryFolder } from '../../temporary.ts';

/** A folder of these files; the class of each is the folder that it lies in. */
async function folderOf(contents: Readonly<Record<string, Uint8Array>>) {
  const directory = await temporaryFolder();
  const files = Object.keys(contents);
  for (const [file, bytes] of Object.entries(contents)) {
    await mkdir(join(directory, dirname(file)), { recursive: true });
    await writeFile(join(directory, file), bytes);
  }
  const classes = [...new Set(files.map(dirname))];
  const labels = Int32Array.from(files, (file) => classes.indexOf(dirname(file)));
  return { split: 'train', directory, classes, files, labels } as const;
}

function plain(shade: number) {
  return sharp({ create: { width: 16, height: 16, channels: 3, background: { r: shade, g: 0, b: 9 } } });
}

/** Ten thousand bytes, alike but for the last. */
function long(last: number): Uint8Array {
  return new Uint8Array(10_000).fill(7).fill(last, 9999);
}

it('knows each format that is read by its first bytes, as sharp does', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const) {
    const bytes = await plain(3).toFormat(format).toBuffer();
    const right = `a/right.${format}`;
    const wrong = format === 'png' ? 'a/wrong.gif' : 'a/wrong.png';
    const folder = await folderOf({ [right]: bytes, [wrong]: bytes });
    const { misnamed } = await surveyFiles([folder]);
    expect(misnamed).toEqual([
      { path: join(folder.directory, wrong), format: (await sharp(bytes).metadata()).format },
    ]);
  }
});

it('pairs files of two classes that are equal to the last byte, and no others', async () => {
  const folder = await folderOf({
    'a/1.png': long(1),
    'b/other-end.png': long(2),
    'b/same.png': long(1),
    'a/same-class.png': long(1),
    'c/same.png': long(1),
    'c/shorter.png': long(1).subarray(1),
    'c/other-end-too.png': long(2),
    'a/empty.png': new Uint8Array(0),
  });
  const twins = (first: string, second: string) => ({
    first: join(folder.directory, first),
    second: join(folder.directory, second),
    inTwoClasses: true,
    inTwoSplits: false,
  });
  expect((await surveyFiles([folder])).twins).toEqual([
    twins('a/1.png', 'b/same.png'),
    twins('a/1.png', 'c/same.png'),
    twins('b/other-end.png', 'c/other-end-too.png'),
  ]);
});

it('pairs files of two splits, of one class or of two, and says how far it is', async () => {
  const train = await folderOf({ 'a/1.png': long(1), 'b/1.png': long(2), 'a/twice.png': long(1) });
  const test = await folderOf({ 'a/seen.png': long(1), 'b/wrong.png': long(1), 'b/new.png': long(3) });
  const told: number[][] = [];
  const { twins } = await surveyFiles([train, test], (done, total) => told.push([done, total]));
  const first = join(train.directory, 'a/1.png');
  expect(twins).toEqual([
    { first, second: join(test.directory, 'a/seen.png'), inTwoClasses: false, inTwoSplits: true },
    { first, second: join(test.directory, 'b/wrong.png'), inTwoClasses: true, inTwoSplits: true },
  ]);
  expect(told).toEqual([[6, 6]]);
});

it('leaves files that cannot be read to whoever decodes them', async () => {
  const folder = await folderOf({ 'a/1.png': long(1) });
  const gone = { ...folder, files: ['a/1.png', 'a/gone.png', 'b/gone.png'], labels: Int32Array.of(0, 0, 1) };
  expect(await surveyFiles([gone])).toEqual({ misnamed: [], twins: [] });
});

it('is said of images that are too many for memory', async () => {
  const contents: Record<string, Uint8Array> = {};
  for (let i = 0; i < 8; i++) {
    contents[`train/a/${i}.png`] = await plain(i).png().toBuffer();
    contents[`train/b/${i}.png`] = await plain(100 + i)
      .png()
      .toBuffer();
  }
  contents['train/a/twin.png'] = contents['train/b/3.png'] ?? new Uint8Array();
  contents['train/b/named.jpg'] = await plain(200).png().toBuffer();
  contents['test/a/1.png'] = await plain(50).png().toBuffer();
  contents['test/b/1.png'] = await plain(150).png().toBuffer();
  const { directory } = await folderOf(contents);
  const notes: string[] = [];
  const source = await openOwnImages(
    { split: 'train', from: directory, onNote: (note) => notes.push(note) },
    0,
  );
  await source.close();
  const twice = notes.find((note) => note.startsWith('the same image is in two classes, 1 time: '));
  expect(twice).toContain(join('a', 'twin.png'));
  expect(twice).toContain(join('b', '3.png'));
  expect(notes.find((note) => note.startsWith('read 1 file by content: '))).toMatch(/named\.jpg is PNG\)$/);
});
