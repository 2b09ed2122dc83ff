/** Finds a user's own images by a CSV file: the path and the label of each, and its split where a column says it. */

import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { errorCodeOf } from '../../../files/files.ts';
import { notUtf8 } from '../../text/encoding.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { isImageName } from '../imagenet/image-name.ts';
import { foldedClass, twoSpellings } from './classes.ts';
import { csvRows, separatorOf } from './csv.ts';
import type { CsvRow } from './csv.ts';
import { divided, sayUneven, sayUntested, sayValidated, splitNamed } from './splits.ts';
import type { OwnFolders, SplitName } from './splits.ts';
import { several, some } from './words.ts';

const columns = {
  path: ['path', 'file', 'filename', 'image'],
  label: ['label', 'class'],
  split: ['split'],
} as const;

const help =
  'Its first line names the columns: path and label, and split where there are train and test. A path is from the folder ' +
  'of the CSV file.';

/** A larger share of bad lines is no accident; it is that of files that cannot be read. */
const mostBad = 0.1;
/** Files are looked for so many at once. */
const atOnce = 256;

export function isTableName(path: string): boolean {
  return /\.(csv|tsv)$/i.test(path);
}

interface Entry {
  readonly line: number;
  /** From the folder of the table. */
  readonly file: string;
  readonly label: string;
  readonly split: SplitName | undefined;
}

interface Bad {
  readonly line: number;
  readonly why: string;
}

/**
 * @param onNote told of every line that is passed over
 * @throws NascentError 'input/invalid' for columns that are not there or a file in another encoding, 'data/damaged' where more
 *   than a tenth of its lines are of no use, 'data/missing' where there is nothing to train on
 */
export async function findInTable(path: string, onNote: (note: string) => void): Promise<OwnFolders> {
  const text = await textOf(path);
  const [header, ...rows] = csvRows(text, separatorOf(text));
  const places = placesIn(path, header?.fields ?? []);
  const unclosed = rows.find((row) => row.unclosed);
  if (unclosed !== undefined) {
    throw new NascentError(
      'data/damaged',
      `line ${unclosed.line} of ${path} begins a quote that is never closed`,
      {
        help: 'Close it, or write a quote within a field twice: "a ""b"" c".',
      },
    );
  }
  const read = rows.map((row) => entryOf(row, places, path));
  const entries = read.filter((each): each is Entry => 'file' in each);
  const bad = read.filter((each): each is Bad => 'why' in each);
  const there = await found(entries, dirname(path), bad);
  const good = once(there, dirname(path), bad);
  sayBad(path, rows.length, bad, onNote);
  return splitsOf(path, good, onNote);
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new NascentError('data/missing', `${path} cannot be read: ${errorCodeOf(cause) ?? String(cause)}`, {
      help,
      cause,
    });
  });
  const wrong = notUtf8(bytes);
  if (wrong !== undefined) {
    throw new NascentError('input/invalid', `${path} is no text in UTF-8: it ${wrong.why}`, {
      help: `If it is ${wrong.likely}: iconv -f ${wrong.likely} -t UTF-8 ${path} > utf8.csv`,
    });
  }
  // The decoder takes the mark at the beginning away that some programs write.
  return new TextDecoder().decode(bytes);
}

interface Places {
  readonly path: number;
  readonly label: number;
  /** Undefined where no column says it. */
  readonly split: number | undefined;
  /** Fields of a line. */
  readonly width: number;
}

function placesIn(path: string, header: readonly string[]): Places {
  const names = header.map((name) => name.trim().toLowerCase());
  const place = (wanted: readonly string[]) => {
    const at = names.findIndex((name) => wanted.includes(name));
    return at < 0 ? undefined : at;
  };
  const [file, label] = [place(columns.path), place(columns.label)];
  if (file === undefined || label === undefined) {
    const missing = file === undefined ? columns.path : columns.label;
    const seen = header.length === 0 ? 'it is empty' : `its first line is ${header.slice(0, 8).join(', ')}`;
    throw new NascentError('input/invalid', `${path} has no column ${missing.join(' or ')}: ${seen}`, {
      help,
    });
  }
  return { path: file, label, split: place(columns.split), width: header.length };
}

function entryOf({ line, fields }: CsvRow, places: Places, table: string): Entry | Bad {
  const bad = (why: string): Bad => ({ line, why });
  if (fields.length !== places.width) {
    return bad(`it has ${several(fields.length, 'field')} and the first line ${places.width}`);
  }
  const [path = '', label = ''] = [fields[places.path]?.trim(), fields[places.label]?.trim()];
  if (path === '') return bad('it names no file');
  if (label === '') return bad(`${path} has no label`);
  if (!isImageName(basename(path))) return bad(`${path} has not the name of an image that is read`);
  const file = isAbsolute(path) ? relative(resolve(dirname(table)), path) : path;
  if (places.split === undefined) return { line, file, label, split: undefined };
  const named = fields[places.split]?.trim() ?? '';
  const split = splitNamed(named);
  return split === undefined
    ? bad(named === '' ? `${path} has no split` : `"${named}" is no split: train, val or test`)
    : { line, file, label, split };
}

/** Those whose file is there; the others are bad. */
async function found(entries: readonly Entry[], folder: string, bad: Bad[]): Promise<readonly Entry[]> {
  const there: Entry[] = [];
  for (let start = 0; start < entries.length; start += atOnce) {
    const some = entries.slice(start, start + atOnce);
    const kinds = await Promise.all(
      some.map(({ file }) => stat(resolve(folder, file)).catch(() => undefined)),
    );
    for (const [at, entry] of some.entries()) {
      const kind = kinds[at];
      if (kind?.isFile() === true) there.push(entry);
      else
        bad.push({
          line: entry.line,
          why: `${entry.file} is ${kind === undefined ? 'not there' : 'no file'}`,
        });
    }
  }
  return there;
}

/** Each file once: in two splits it would be trained on and tested on, and of two labels one is wrong. */
function once(entries: readonly Entry[], folder: string, bad: Bad[]): readonly Entry[] {
  const seen = new Map<string, Entry>();
  for (const entry of entries) {
    const key = resolve(folder, entry.file);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, entry);
      continue;
    }
    const how =
      first.label === entry.label && first.split === entry.split
        ? ''
        : first.label === entry.label
          ? ' in another split'
          : `, as ${first.label}`;
    bad.push({ line: entry.line, why: `${entry.file} is in line ${first.line} already${how}` });
  }
  return [...seen.values()];
}

/** @throws NascentError 'data/damaged' where more than a tenth is bad, naming the first few */
function sayBad(path: string, lines: number, bad: Bad[], onNote: (note: string) => void): void {
  bad.sort((a, b) => a.line - b.line);
  if (bad.length > Math.max(1, mostBad * lines)) {
    const named = bad.map(({ line, why }) => `line ${line}: ${why}`);
    throw new NascentError(
      'data/damaged',
      `${bad.length} of ${several(lines, 'line')} of ${path} are of no use: ${some(named, '; ')}`,
      { help: `Mend them; up to a tenth is passed over. ${help}` },
    );
  }
  for (const { line, why } of bad) onNote(`passed over line ${line} of ${path}: ${why}`);
}

function splitsOf(path: string, entries: readonly Entry[], onNote: (note: string) => void): OwnFolders {
  const of = (split: SplitName) => entries.filter((each) => (each.split ?? 'train') === split);
  const [train, test, valid] = [of('train'), of('test'), of('valid')];
  const classes = [...new Set(train.map(({ label }) => label))].toSorted((a, b) => (a < b ? -1 : 1));
  requireClasses(path, classes, [...test, ...valid]);
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const folder = (split: 'train' | 'test', chosen: readonly Entry[]): ImageFolder => ({
    split,
    directory: dirname(path),
    classes,
    files: chosen.map(({ file }) => file),
    labels: Int32Array.from(chosen, ({ label }) => labelOf.get(label) ?? -1),
  });
  const training = folder('train', train);
  sayUneven(training, onNote);
  if (test.length + valid.length === 0) return divided(training, onNote);
  const testing = folder('test', test.length > 0 ? test : valid);
  sayUntested(testing, onNote);
  if (valid.length === 0) return { train: training, test: testing };
  if (test.length === 0) {
    onNote('the images for validation are what is tested on: there are none for the test');
    return { train: training, test: testing };
  }
  sayValidated(onNote);
  return { train: training, test: testing, valid: folder('train', valid) };
}

function requireClasses(path: string, classes: readonly string[], others: readonly Entry[]): void {
  if (classes.length === 0) {
    throw new NascentError('data/missing', `${path} names no image to train on`, { help });
  }
  const twice = twoSpellings(classes);
  if (twice !== undefined) {
    throw new NascentError('data/damaged', `${path} has labels ${twice}`, {
      help: 'If they are one class, write it in one way; if they are two, name them apart.',
    });
  }
  if (classes.length < 2) {
    throw new NascentError('input/invalid', `${path} has images of one class to train on, ${classes[0]}`, {
      help: `Two classes or more can be told apart. ${help}`,
    });
  }
  const known = new Set(classes);
  const foreign = others.filter(({ label }) => !known.has(label));
  const [first] = foreign;
  if (first === undefined) return;
  const close = classes.find((each) => foldedClass(each) === foldedClass(first.label));
  throw new NascentError(
    'data/damaged',
    `${path} tests on classes that nothing is trained on: ${some(foreign.map(({ line, label }) => `line ${line}: ${label}`))}`,
    {
      help:
        close === undefined
          ? `The classes are those of the training images: ${some(classes)}.`
          : `The training images have "${close}": write it in one way.`,
    },
  );
}
