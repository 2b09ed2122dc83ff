/** Tiny ImageNet's files as images of one's own lie: a folder for each class, within `train` and `test`. */

import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { diskError, temporaryBeside } from '../../../files/files.ts';
import type { OnProgress } from '../../../files/progress.ts';
import type { TinyFiles } from './files.ts';
import type { TinyRelease } from './release.ts';
import { makeFolders } from '../../../files/make-folders.ts';

export interface TinyClass {
  /** As the folder is called: a WordNet id. */
  readonly id: string;
  readonly name: string;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const atOnce = 64;

/**
 * Writes the images to `folder`, which is there whole afterwards or not at all, and returns the classes by label.
 *
 * @param from what to call the files in messages
 * @throws NascentError `data/damaged` where they are not as many as published, or an image has no class; `disk/full`
 */
export async function unpackTiny(
  files: TinyFiles,
  folder: string,
  from: string,
  release: TinyRelease,
  { signal, onProgress }: UnpackOptions,
): Promise<readonly TinyClass[]> {
  const validated = validationClasses(files.lists.annotations);
  const counts = new Map<string, { train: number; test: number }>();
  const total = release.classes * (release.perClass.train + release.perClass.test);
  const temporary = temporaryBeside(folder);
  const folders = new Set<string>();
  let done = 0;
  let batch: (readonly [path: string, bytes: Uint8Array])[] = [];
  const writeBatch = async () => {
    await Promise.all(batch.map(([path, bytes]) => writeFile(path, bytes)));
    signal?.throwIfAborted();
    done += batch.length;
    batch = [];
    onProgress?.({ phase: 'unpack', done: Math.min(done, total), total, unit: 'images' });
  };
  try {
    for await (const [name, bytes] of files.images()) {
      const { split, id, file } = placeOf(name, validated, from, release);
      const count = counts.get(id) ?? { train: 0, test: 0 };
      counts.set(id, count);
      count[split] += 1;
      const directory = join(temporary, split, id);
      if (!folders.has(directory)) await makeFolders(directory);
      folders.add(directory);
      batch.push([join(directory, file), bytes]);
      if (batch.length === atOnce) await writeBatch();
    }
    await writeBatch();
    assertCounts(counts, from, release);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw cause instanceof NascentError ? cause : diskError(cause, folder, 0);
  }
  return namedClasses([...counts.keys()].toSorted(), files.lists.words);
}

/** `val_annotations.txt`: a line for each image, its name, its class and a box, between tabs. */
function validationClasses(annotations: string): ReadonlyMap<string, string> {
  return new Map(
    annotations.split(/\r?\n/).flatMap((line) => {
      const [file = '', id = ''] = line.split('\t');
      return file === '' ? [] : [[file, id]];
    }),
  );
}

function placeOf(
  name: string,
  validated: ReadonlyMap<string, string>,
  from: string,
  release: TinyRelease,
): { readonly split: 'train' | 'test'; readonly id: string; readonly file: string } {
  // Names are foreign: what is written is what these patterns let through.
  const [, trained, image] = /^train\/(n\d{8})\/images\/([\w-]+\.JPEG)$/.exec(name) ?? [];
  if (trained !== undefined && image !== undefined) return { split: 'train', id: trained, file: image };
  const [, file] = /^val\/images\/([\w-]+\.JPEG)$/.exec(name) ?? [];
  if (file === undefined) throw damaged(`${from} has an image where none belongs: ${name}`, release);
  const id = validated.get(file) ?? '';
  if (!/^n\d{8}$/.test(id)) throw damaged(`val_annotations.txt in ${from} has no class of ${file}`, release);
  return { split: 'test', id, file };
}

function assertCounts(
  counts: ReadonlyMap<string, { readonly train: number; readonly test: number }>,
  from: string,
  release: TinyRelease,
): void {
  const { classes, perClass } = release;
  if (counts.size !== classes) {
    throw damaged(`${from} has images of ${counts.size} classes, not of ${classes}`, release);
  }
  for (const [id, count] of counts) {
    for (const split of ['train', 'test'] as const) {
      if (count[split] === perClass[split]) continue;
      const folder = split === 'train' ? 'train' : 'val';
      throw damaged(
        `${from} has ${count[split]} images of ${id} in ${folder}, not ${perClass[split]}`,
        release,
      );
    }
  }
}

/** By the first of their words, where no other class has it; otherwise by all of them. */
function namedClasses(ids: readonly string[], words: string): readonly TinyClass[] {
  const all = new Map(words.split(/\r?\n/).map((line) => line.split('\t', 2) as [string, string]));
  const first = (id: string) => (all.get(id) ?? id).split(',')[0]?.trim() ?? id;
  return ids.map((id) => {
    const isLone = ids.filter((other) => first(other) === first(id)).length === 1;
    return { id, name: isLone ? first(id) : (all.get(id) ?? id) };
  });
}

function damaged(message: string, { name, bring }: TinyRelease): NascentError {
  return new NascentError('data/damaged', message, {
    help: `Bring it as it is published: nascent data get ${name} ${bring}.`,
  });
}
