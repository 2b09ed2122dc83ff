import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { csvRows, separatorOf } from '../../../../src/data/images/own/csv.ts';
import { findOwnImages } from '../../../../src/data/images/own/find.ts';
import { NascentError } from '../../../../src/errors.ts';
import { temporaryFolder } from '../../temporary.ts';

/** A folder with these files, empty, and a table beside them. */
async function table(text: string | Uint8Array, names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }
  await writeFile(join(folder, 'images.csv'), text);
  return join(folder, 'images.csv');
}

async function found(path: string) {
  const notes: string[] = [];
  const { train, test } = await findOwnImages(path, (note) => notes.push(note.replaceAll(path, '#')));
  return { train, test, notes };
}

async function refused(text: string | Uint8Array, names: readonly string[] = []): Promise<string> {
  const path = await table(text, names);
  const error: unknown = await findOwnImages(path, () => undefined).catch((error: unknown) => error);
  if (!(error instanceof NascentError)) throw new Error('not refused', { cause: error });
  return `${error.code}: ${error.message}`.replaceAll(path, '#');
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `p/${i}.png`);

it('reads back what a CSV file says, whatever is in its fields', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '"', ',', ';', '\t', '\n', '\r\n') });
  fc.assert(
    fc.property(
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.boolean(),
      (separator, lineEnd, rows, ended) => {
        const line = (fields: readonly string[]) =>
          fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(separator);
        const text = rows.map(line).join(lineEnd) + (ended ? lineEnd : '');
        expect(csvRows(text, separator).map(({ fields }) => fields)).toEqual(rows);
      },
    ),
  );
});

it('knows the line that a row begins in, and what separates its fields', () => {
  expect(csvRows('a,b\r\n\n"x\ny",2\n3,\n', ',')).toEqual([
    { line: 1, fields: ['a', 'b'], unclosed: false },
    { line: 3, fields: ['x\ny', '2'], unclosed: false },
    { line: 5, fields: ['3', ''], unclosed: false },
  ]);
  expect(csvRows('3,', ',')).toEqual([{ line: 1, fields: ['3', ''], unclosed: false }]);
  expect(separatorOf('path;label, or class\n')).toBe(',');
  expect(separatorOf('path;label\na,b,c,d;e')).toBe(';');
});

it('takes paths from the folder of the table, and splits where a column says them', async () => {
  const path = await table(
    '\uFEFFid;Class;Image;SPLIT\r\n1;dog;p/0.png;train\r\n2;cat;./p/1.png;Training\r\n3;"dog";p/2.png;TEST\r\n',
    names(3),
  );
  const { train, test, notes } = await found(path);
  expect(train.classes).toEqual(['cat', 'dog']);
  expect([train.files, [...train.labels]]).toEqual([
    ['p/0.png', './p/1.png'],
    [1, 0],
  ]);
  expect([test.files, [...test.labels]]).toEqual([['p/2.png'], [1]]);
  expect(train.directory).toBe(dirname(path));
  expect(notes).toEqual(['there is only one image to train on of cat, dog', 'no test images of cat']);
});

it('takes a path that is whole', async () => {
  const path = await table('', names(4));
  const whole = names(4).map((name, i) => `${join(dirname(path), name)},${i % 2}`);
  await writeFile(path, ['path,label', ...whole].join('\n'));
  const { train, test } = await found(path);
  expect([...train.files, ...test.files].toSorted()).toEqual(names(4));
});

it('keeps images for validation apart, or tests on them where there are none for the test', async () => {
  const rows = (splits: readonly string[]) =>
    ['path,label,split', ...names(8).map((name, i) => `${name},${i % 2},${splits[i >> 1]}`)].join('\n');
  const three = await findOwnImages(
    await table(rows(['train', 'train', 'val', 'test']), names(8)),
    () => undefined,
  );
  expect(three.valid?.files).toEqual(['p/4.png', 'p/5.png']);
  expect(three.test.files).toEqual(['p/6.png', 'p/7.png']);
  const { test, notes } = await found(await table(rows(['train', 'train', 'dev', 'dev']), names(8)));
  expect(test.files).toEqual(names(8).slice(4));
  expect(notes).toEqual(['the images for validation are what is tested on: there are none for the test']);
});

it('sets a fifth of each class aside where no column says what to test on', async () => {
  const lines = names(20).map((name, i) => `${name},${i % 2 === 0 ? 'even' : 'odd'}`);
  const { train, test, notes } = await found(await table(['file,label', ...lines].join('\n'), names(20)));
  expect([train.files.length, test.files.length]).toEqual([16, 4]);
  expect(notes).toEqual(['4 images of 20 are set aside for the test, a fifth of each class']);
});

it('names every line that it passes over, and refuses a table with too many', async () => {
  const good = names(80).map((name, i) => `${name},${i % 2},train`);
  const bad = [
    'p/0.png,1,train',
    'p/0.png,0,test',
    'p/none.png,1,train',
    'p/notes.txt,1,train',
    ',1,train',
    'p/1.png,1',
    'p/1.png,1,somewhere',
  ];
  const text = ['path,label,split', ...good, ...bad, 'p/80.png,1,test'].join('\n');
  const { notes } = await found(await table(text, names(81)));
  expect(notes).toMatchInlineSnapshot(`
    [
      "passed over line 82 of #: p/0.png is in line 2 already, as 0",
      "passed over line 83 of #: p/0.png is in line 2 already in another split",
      "passed over line 84 of #: p/none.png is not there",
      "passed over line 85 of #: p/notes.txt has not the name of an image that is read",
      "passed over line 86 of #: it names no file",
      "passed over line 87 of #: it has 2 fields and the first line 3",
      "passed over line 88 of #: "somewhere" is no split: train, val or test",
      "no test images of 0",
    ]
  `);
  expect(
    await refused(['path,label', ',a', 'p/0.png,', 'p/1.png,b'].join('\n'), names(2)),
  ).toMatchInlineSnapshot(
    `"data/damaged: 2 of 3 lines of # are of no use: line 2: it names no file; line 3: p/0.png has no label"`,
  );
});

it('refuses what cannot be a table of images, and says why', async () => {
  expect(await refused('')).toContain('has no column path or file or filename or image: it is empty');
  expect(await refused('path,name\na.png,b\n')).toContain(
    'no column label or class: its first line is path, name',
  );
  expect(await refused('path,label\n')).toContain('names no image to train on');
  expect(await refused('path,label\np/0.png,a\np/1.png,a\n', names(2))).toContain(
    'of one class to train on, a',
  );
  expect(await refused('path,label\np/0.png,Cat\np/1.png,cat\n', names(2))).toContain(
    'labels "Cat" and "cat"',
  );
  expect(await refused('path,label\np/0.png,"a\np/1.png,b\n', names(2))).toContain(
    'line 2 of # begins a quote',
  );
  expect(await refused(Buffer.from('path,label\np/0.png,caf\u00e9\n', 'latin1'), names(1))).toContain(
    'has a byte in line 2 that is not UTF-8',
  );
  expect(
    await refused('path,label,split\np/0.png,a,train\np/1.png,b,train\np/2.png,B,test\n', names(3)),
  ).toContain('tests on classes that nothing is trained on: line 4: B');
});
