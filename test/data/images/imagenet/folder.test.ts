import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { NascentError } from '../../../../src/errors.ts';
import { findImages, imageNetDirectory } from '../../../../src/data/images/imagenet/folder.ts';
import { temporaryFolder } from '../../temporary.ts';
import { metaMat } from './mat-writer.ts';

const fixture = fileURLToPath(new URL('../../../../fixtures/imagenet', import.meta.url));
const classes = ['n01440764', 'n01443537', 'n01484850'];
const validation = (number: number) => `ILSVRC2012_val_${String(number).padStart(8, '0')}`;
/** Of the nine validation images of the fixture, by its ground truth and mapping. */
const labels = [2, 1, 0, 0, 2, 1, 1, 2, 0];

/** A tree with these files, whose contents do not matter where none is given. */
async function tree(files: Readonly<Record<string, string | Buffer>> | readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, data] of Array.isArray(files) ? files.map((name) => [name, '']) : Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), data);
  }
  return folder;
}

async function refused(folder: string, split: 'train' | 'test' = 'test'): Promise<string> {
  const error: unknown = await findImages(folder, split).catch((error: unknown) => error);
  if (!(error instanceof NascentError)) throw new Error('not refused', { cause: error });
  return `${error.code}: ${error.message.replaceAll(folder, '#')}`;
}

/** The flat validation images, with these label files. */
const flat = (files: Readonly<Record<string, string | Buffer>>) => {
  const images = Object.fromEntries(labels.map((_, i) => [`val/${validation(i + 1)}.JPEG`, '']));
  return tree({ ...images, ...files });
};
const truth = '1\n3\n2\n2\n1\n3\n3\n1\n2\n';
const map = 'n01484850 1 c\nn01440764 2 a\nn01443537 3 b\n';

describe('training images', () => {
  it('lie in a folder per class; a label is the place of its name among the sorted ones', async () => {
    const found = await findImages(fixture, 'train');
    expect(found.classes).toEqual(classes);
    expect(found.files).toHaveLength(30);
    expect(found.files[12]).toBe('n01443537/n01443537_2.JPEG');
    expect([...found.labels]).toEqual(Array.from({ length: 30 }, (_, i) => Math.floor(i / 10)));
    expect(found.directory).toBe(join(fixture, 'train'));
  });

  it('may be of any classes, deeper down, behind links and beside other files', async () => {
    const folder = await tree([
      'train/dog/a.jpg',
      'train/Cat/images/b.PNG',
      'train/Cat/z.webp',
      'train/Cat/notes.txt',
      'train/.cache/x.jpg',
      'train/dog/._a.jpg',
      'train/readme.md',
      'elsewhere/c.jpeg',
    ]);
    await symlink(join(folder, 'elsewhere'), join(folder, 'train/fish'));
    const found = await findImages(folder, 'train');
    expect(found.classes).toEqual(['Cat', 'dog', 'fish']);
    expect(found.files).toEqual(['Cat/z.webp', 'Cat/images/b.PNG', 'dog/a.jpg', 'fish/c.jpeg']);
    expect([...found.labels]).toEqual([0, 0, 1, 2]);
  });

  it('are found as Kaggle unpacks them', async () => {
    const folder = await tree(['ILSVRC/Data/CLS-LOC/train/n1/a.JPEG', 'LOC_synset_mapping.txt']);
    expect((await findImages(folder, 'train')).files).toEqual(['n1/a.JPEG']);
  });

  it('are refused by path where they are not as expected', async () => {
    expect([
      await refused(join(await temporaryFolder(), 'none'), 'train'),
      await refused(await tree(['n01440764/a.JPEG']), 'train'),
      await refused(await tree(['val/n1/a.JPEG']), 'train'),
      await refused(await tree(['train/a.JPEG']), 'train'),
      await refused(await tree(['train/n1/a.JPEG', 'train/n2/a.tar']), 'train'),
    ]).toMatchInlineSnapshot(`
      [
        "data/missing: ImageNet is not at #: there is no such folder",
        "data/missing: # has neither a folder train nor a folder val",
        "data/missing: # has no folder train",
        "data/damaged: #/train has no class folders, such as n01440764",
        "data/damaged: #/train/n2 has no images",
      ]
    `);
  });
});

describe('validation images in a folder per class', () => {
  it('have the labels of the training classes, even where one class has none', async () => {
    const folder = await tree([
      'train/a/1.jpg',
      'train/b/1.jpg',
      'train/c/1.jpg',
      'val/c/2.jpg',
      'val/a/2.jpg',
    ]);
    const found = await findImages(folder, 'test');
    expect(found.classes).toEqual(['a', 'b', 'c']);
    expect([...found.labels]).toEqual([0, 2]);
    await rm(join(folder, 'train'), { recursive: true });
    expect((await findImages(folder, 'test')).classes).toEqual(['a', 'c']);
  });

  it('are refused where a class is not the training split’s, or some have not been moved', async () => {
    expect([
      await refused(await tree(['train/a/1.jpg', 'val/b/2.jpg'])),
      await refused(await tree(['val/a/1.jpg', 'val/2.jpg', 'val/3.jpg'])),
      await refused(await tree(['train/a/1.jpg'])),
      await refused(await tree(['val/a/notes.txt'])),
      await refused(await tree(['val/notes.txt'])),
    ]).toMatchInlineSnapshot(`
      [
        "data/damaged: #/val/b is no class: the training split has no folder b",
        "data/damaged: #/val has 2 images beside its class folders (2.jpg is one)",
        "data/missing: # has no folder val",
        "data/missing: #/val has no images in its class folders",
        "data/missing: #/val has no images",
      ]
    `);
  });
});

describe('validation images in one folder', () => {
  it('have their labels from the ground truth, through the mapping of its ids', async () => {
    const found = await findImages(fixture, 'test');
    expect(found.classes).toEqual(classes);
    expect(found.files[8]).toBe(`${validation(9)}.JPEG`);
    expect([...found.labels]).toEqual(labels);
  });

  const kit = 'ILSVRC2012_devkit_t12/data';
  const kaggleRow = (label: number, i: number) =>
    `${validation(i + 1)},${classes[label]} 85 1 499 272 ${classes[label]} 1 2 3 4 \r\n`;
  const forms: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
    'the ground truth and map_clsloc.txt': {
      'ILSVRC2012_validation_ground_truth.txt': truth,
      'val/map_clsloc.txt': map,
    },
    'the development kit': {
      [`${kit}/ILSVRC2012_validation_ground_truth.txt`]: truth,
      [`${kit}/meta.mat`]: metaMat([
        { id: 1, name: 'n01484850', children: 0 },
        { id: 2, name: 'n01440764', children: 0 },
        { id: 3, name: 'n01443537', children: 0 },
        { id: 4, name: 'n00001740', children: 3 },
      ]),
    },
    'LOC_val_solution.csv': {
      'LOC_val_solution.csv': `ImageId,PredictionString\r\n${labels.map(kaggleRow).join('')}`,
    },
    'val_labels.csv': {
      'val/val_labels.csv': labels
        .map((label, i) => `${validation(i + 1)}.JPEG, ${classes[label]}`)
        .join('\n'),
    },
    'val.txt with labels as numbers': {
      'val.txt': labels.map((label, i) => `val/${validation(i + 1)}.JPEG ${label}\n`).join(''),
      'LOC_synset_mapping.txt': `${classes.join(' some words, others\n')}\n`,
    },
  };
  it.each(Object.entries(forms))('have their labels from %s', async (_, files) => {
    const found = await findImages(await flat(files), 'test');
    expect(found.classes).toEqual(classes);
    expect([...found.labels]).toEqual(labels);
  });

  it('are labelled by the training split’s classes where it is there', async () => {
    const folder = await flat({ 'val/ILSVRC2012_validation_ground_truth.txt': truth, 'map_clsloc.txt': map });
    for (const name of ['a', ...classes]) {
      await mkdir(join(folder, 'train', name), { recursive: true });
    }
    const found = await findImages(folder, 'test');
    expect(found.classes).toEqual(['a', ...classes]);
    expect([...found.labels]).toEqual(labels.map((label) => label + 1));
  });

  it('may be some of those the ground truth is for', async () => {
    const folder = await flat({ 'ILSVRC2012_validation_ground_truth.txt': truth, 'map_clsloc.txt': map });
    for (const number of [1, 2, 5]) await rm(join(folder, `val/${validation(number)}.JPEG`));
    expect([...(await findImages(folder, 'test')).labels]).toEqual([0, 0, 1, 1, 2, 0]);
  });

  it('are labelled by a file beside Kaggle’s folders', async () => {
    const folder = await tree({
      'ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG': '',
      'ILSVRC/Data/CLS-LOC/train/n1/a.JPEG': '',
      'ILSVRC/Data/CLS-LOC/train/n2/a.JPEG': '',
      'LOC_val_solution.csv': 'ImageId,PredictionString\nILSVRC2012_val_00000001,n2\n',
    });
    expect([...(await findImages(folder, 'test')).labels]).toEqual([1]);
  });

  it('may lie in a folder images, as Tiny ImageNet has them', async () => {
    const folder = await tree({
      'train/n1/images/n1_0.JPEG': '',
      'train/n2/images/n2_0.JPEG': '',
      'val/images/val_0.JPEG': '',
      'val/images/val_1.JPEG': '',
      'val/val_annotations.txt': 'val_0.JPEG\tn2\t0\t32\t44\t62\nval_1.JPEG\tn1\t52\t55\t57\t59\n',
    });
    const found = await findImages(folder, 'test');
    expect([found.directory, found.files]).toEqual([
      join(folder, 'val/images'),
      ['val_0.JPEG', 'val_1.JPEG'],
    ]);
    expect([...found.labels]).toEqual([1, 0]);
  });

  it('are refused where a file leaves one without a class', async () => {
    const groundTruth = 'ILSVRC2012_validation_ground_truth.txt';
    const odd = await flat({ [groundTruth]: truth, 'map_clsloc.txt': map });
    await rename(join(odd, `val/${validation(9)}.JPEG`), join(odd, 'val/holiday.JPEG'));
    const other = await flat({ [groundTruth]: truth, 'map_clsloc.txt': map });
    await mkdir(join(other, 'train/n01440764'), { recursive: true });
    expect([
      await refused(await flat({})),
      await refused(await flat({ [groundTruth]: truth })),
      await refused(await flat({ [groundTruth]: '1\n2\n', 'map_clsloc.txt': map })),
      await refused(await flat({ [groundTruth]: truth.replace('3', '7'), 'map_clsloc.txt': map })),
      await refused(await flat({ [groundTruth]: truth, 'map_clsloc.txt': 'tench, Tinca tinca\n' })),
      await refused(odd),
      await refused(other),
      await refused(await flat({ 'val_labels.csv': `${validation(1)},n1\n` })),
      await refused(await flat({ 'val.txt': labels.map((k, i) => `${validation(i + 1)} ${k}\n`).join('') })),
      await refused(
        await flat({ 'val.txt': `${validation(1)} 3\n`, 'LOC_synset_mapping.txt': classes.join('\n') }),
      ),
    ]).toMatchInlineSnapshot(`
      [
        "data/missing: #/val holds 9 images in one folder, and no file says their classes",
        "data/missing: #/ILSVRC2012_validation_ground_truth.txt has ids of the challenge's own, and no file says which class each is",
        "data/damaged: #/ILSVRC2012_validation_ground_truth.txt does not say the class of ILSVRC2012_val_00000003.JPEG",
        "data/damaged: #/ILSVRC2012_validation_ground_truth.txt, line 2: #/map_clsloc.txt has no id 7",
        "data/damaged: #/map_clsloc.txt, line 1: a class and its id were expected",
        "data/damaged: #/ILSVRC2012_validation_ground_truth.txt does not say the class of holiday.JPEG",
        "data/damaged: #/map_clsloc.txt: id 1 is n01484850, of which the training split has no folder",
        "data/damaged: #/val_labels.csv does not say the class of ILSVRC2012_val_00000002.JPEG",
        "data/missing: #/val.txt has labels, and nothing says which classes they are",
        "data/damaged: #/val.txt, line 1: there is no class 3",
      ]
    `);
  });
});

describe('imageNetDirectory', () => {
  it('is what is given, or the environment’s, or an error that says how to give it', () => {
    const before = process.env['NASCENT_IMAGENET'];
    try {
      process.env['NASCENT_IMAGENET'] = '/data/imagenet';
      expect(imageNetDirectory('here')).toBe('here');
      expect(imageNetDirectory(undefined)).toBe('/data/imagenet');
      delete process.env['NASCENT_IMAGENET'];
      expect(() => imageNetDirectory(undefined)).toThrow('no folder with ImageNet was named');
    } finally {
      if (before !== undefined) process.env['NASCENT_IMAGENET'] = before;
    }
  });
});

it('the fixture is read where it is copied to', async () => {
  const folder = await temporaryFolder();
  await cp(fixture, folder, { recursive: true });
  expect(await findImages(folder, 'test')).toMatchObject({ labels: Int32Array.from(labels) });
});
