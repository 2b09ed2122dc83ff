/**
 * Labels of validation images that lie all in one folder.
 *
 * Two kinds of files say them. A table has a line per image with its name and its class: Kaggle's
 * `LOC_val_solution.csv`, Tiny ImageNet's `val_annotations.txt`, Caffe's `val.txt`, or a `val_labels.csv` of the user's.
 * The official `ILSVRC2012_validation_ground_truth.txt` has a number per image in the order of the file names' numbers,
 * and the numbers are ids in an order of the challenge's own, which is not the sorted one: `map_clsloc.txt` or the
 * development kit's `meta.mat` says which class each is.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { errorCodeOf } from '../../../files/files.ts';
import { stem } from './image-name.ts';
import { synsetsOfMeta } from './meta-mat.ts';

const tables = ['val_labels.csv', 'LOC_val_solution.csv', 'val_annotations.txt', 'val.txt'];
const groundTruths = [
  'ILSVRC2012_validation_ground_truth.txt',
  'ILSVRC2015_clsloc_validation_ground_truth.txt',
];
/** The development kit, where it was unpacked beside the images. */
const kits = ['.', 'ILSVRC2012_devkit_t12/data', 'devkit/data'];

export interface Labels {
  readonly classes: readonly string[];
  readonly labels: Int32Array;
}

/**
 * Labels `files` of `directory` by a file in one of the folders `searched`. Classes are `trainClasses`, or where there
 * is no training split all that the label file or the mapping names, sorted.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'data/damaged' where it leaves an image without a
 *   label or names a class that is not there
 */
export async function labelFlatImages(
  directory: string,
  files: readonly string[],
  searched: readonly string[],
  trainClasses: readonly string[] | undefined,
): Promise<Labels> {
  const table = await firstFile(searched, tables);
  if (table !== undefined) return labelByTable(table, files, searched, trainClasses);
  const truth = await firstFile(searched, groundTruths);
  if (truth !== undefined) return labelByNumber(truth, files, searched, trainClasses);
  throw new NascentError(
    'data/missing',
    `${directory} holds ${files.length} images in one folder, and no file says their classes`,
    {
      help:
        `Put one of ${[...tables, ...groundTruths.slice(0, 1)].join(', ')} into ${searched[0]}, ` +
        'or move the images into a folder per class.',
    },
  );
}

async function labelByTable(
  table: TextFile,
  files: readonly string[],
  searched: readonly string[],
  trainClasses: readonly string[] | undefined,
): Promise<Labels> {
  const images = new Set(files.map(stem));
  const rows = table.lines.flatMap((line, i) => {
    const row = { ...cellsOf(line), line: i + 1 };
    // A first line that is of no image is a heading.
    return row.name === '' || (i === 0 && !images.has(row.image)) ? [] : [row];
  });
  const classes = trainClasses ?? (await mappedClasses(searched)) ?? distinctNames(rows, table.path);
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const byImage = new Map<string, number>();
  for (const { image, name, line } of rows) {
    if (!images.has(image)) continue;
    // A number that is no class's name is a label, as Caffe's lists have them.
    const label =
      labelOf.get(name) ?? (/^\d+$/.test(name) && Number(name) < classes.length ? Number(name) : -1);
    if (label < 0) throw damaged(`${table.path}, line ${line}: there is no class ${name}`);
    byImage.set(image, label);
  }
  return { classes, labels: labelsOf(files, table.path, (image) => byImage.get(image)) };
}

function distinctNames(rows: readonly { readonly name: string }[], path: string): string[] {
  const names = [...new Set(rows.map(({ name }) => name))].sort();
  if (names.every((name) => /^\d+$/.test(name))) {
    throw new NascentError('data/missing', `${path} has labels, and nothing says which classes they are`, {
      help: `Put LOC_synset_mapping.txt, which lists the classes, beside it, or the training split.`,
    });
  }
  return names;
}

async function labelByNumber(
  truth: TextFile,
  files: readonly string[],
  searched: readonly string[],
  trainClasses: readonly string[] | undefined,
): Promise<Labels> {
  const mapping = await challengeIds(searched);
  if (mapping === undefined) {
    throw new NascentError(
      'data/missing',
      `${truth.path} has ids of the challenge's own, and no file says which class each is`,
      { help: `Put map_clsloc.txt, or meta.mat of the development kit, beside it.` },
    );
  }
  const classes = trainClasses ?? [...mapping.classes.values()].sort();
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const labels = labelsOf(files, truth.path, (image) => {
    const number = /_(\d+)$/.exec(image)?.[1];
    const id = number === undefined ? undefined : truth.lines[Number(number) - 1]?.trim();
    if (id === undefined || id === '') return undefined;
    const name = mapping.classes.get(Number(id));
    if (name === undefined)
      throw damaged(`${truth.path}, line ${Number(number)}: ${mapping.path} has no id ${id}`);
    const label = labelOf.get(name);
    if (label === undefined) {
      throw damaged(`${mapping.path}: id ${id} is ${name}, of which the training split has no folder`);
    }
    return label;
  });
  return { classes, labels };
}

function labelsOf(
  files: readonly string[],
  path: string,
  labelOf: (image: string) => number | undefined,
): Int32Array {
  return Int32Array.from(files, (file) => {
    const label = labelOf(stem(file));
    if (label === undefined) throw damaged(`${path} does not say the class of ${file}`);
    return label;
  });
}

interface ChallengeIds {
  readonly path: string;
  /** Class name by id, from 1. */
  readonly classes: ReadonlyMap<number, string>;
}

async function challengeIds(searched: readonly string[]): Promise<ChallengeIds | undefined> {
  const map = await firstFile(searched, ['map_clsloc.txt']);
  if (map !== undefined) {
    const classes = new Map<number, string>();
    for (const [i, line] of map.lines.entries()) {
      if (line.trim() === '') continue;
      const [name = '', id = ''] = line.trim().split(/\s+/);
      if (!/^\d+$/.test(id)) throw damaged(`${map.path}, line ${i + 1}: a class and its id were expected`);
      classes.set(Number(id), name);
    }
    return { path: map.path, classes };
  }
  const meta = await firstBytes(searched, ['meta.mat']);
  return meta === undefined ? undefined : { path: meta.path, classes: synsetsOfMeta(meta.bytes, meta.path) };
}

/** The classes of the whole dataset, sorted, where a mapping lists them. */
async function mappedClasses(searched: readonly string[]): Promise<string[] | undefined> {
  const list = await firstFile(searched, ['LOC_synset_mapping.txt', 'map_clsloc.txt', 'wnids.txt']);
  return list?.lines
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '')
    .sort();
}

/** Image and class of a table's line: separated by a comma, or by blanks. */
function cellsOf(line: string): { readonly image: string; readonly name: string } {
  const [file = '', rest = ''] = line.includes(',') ? line.split(',') : line.trim().split(/\s+/);
  const cell = rest.trim();
  // Kaggle's has the boxes of the image after the class, and then more classes and boxes.
  return { image: stem(file.trim()), name: /^n\d{8}(?=\s)/.exec(cell)?.[0] ?? cell };
}

interface TextFile {
  readonly path: string;
  readonly lines: readonly string[];
}

async function firstFile(
  folders: readonly string[],
  names: readonly string[],
): Promise<TextFile | undefined> {
  const found = await firstBytes(folders, names);
  return found && { path: found.path, lines: found.bytes.toString('utf8').split(/\r?\n/) };
}

async function firstBytes(folders: readonly string[], names: readonly string[]) {
  for (const name of names) {
    for (const folder of folders.flatMap((folder) => kits.map((kit) => join(folder, kit)))) {
      const path = join(folder, name);
      try {
        return { path, bytes: await readFile(path) };
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '')) throw error;
      }
    }
  }
  return undefined;
}

function damaged(message: string): NascentError {
  return new NascentError('data/damaged', message, {
    help: 'Compare the file with the original, or move the images into a folder per class.',
  });
}
