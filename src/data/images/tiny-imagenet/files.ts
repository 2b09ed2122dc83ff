/** The files of Tiny ImageNet, in the archive or in the folder that it unpacks to. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { zipEntries } from '../../../files/zip.ts';
import { list } from '../listing.ts';
import type { TinyRelease } from './release.ts';

/** Names are from where `train` and `val` lie, with `/` between folders. */
export interface TinyFiles {
  /** The lists: which classes there are and what they are called, and of which class each image for validation is. */
  readonly lists: { readonly words: string; readonly annotations: string };
  /** Every image of `train` and `val`. */
  readonly images: () => AsyncIterable<readonly [name: string, bytes: Uint8Array]>;
}

const root = 'tiny-imagenet-200';
const names = { words: 'words.txt', annotations: 'val/val_annotations.txt' } as const;
const isImage = (name: string) => /^(train|val)\/.*\.jpe?g$/i.test(name);

/** @throws NascentError `data/damaged` where it is no archive, `data/missing` where a list is not in it */
export async function filesOfArchive(
  path: string,
  release: TinyRelease,
  signal?: AbortSignal,
): Promise<TinyFiles> {
  // Made again by somebody, it may lack the folder around all.
  const within = (name: string) => (name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name);
  const wanted = new Set<string>(Object.values(names));
  const texts = new Map<string, string>();
  for await (const [name, bytes] of zipEntries(path, (each) => wanted.has(within(each)), signal)) {
    texts.set(within(name), Buffer.from(bytes).toString('utf8'));
  }
  const text = (name: string) => texts.get(name) ?? missing(name, path, release);
  return {
    lists: { words: text(names.words), annotations: text(names.annotations) },
    async *images() {
      for await (const [name, bytes] of zipEntries(path, (each) => isImage(within(each)), signal)) {
        yield [within(name), bytes];
      }
    },
  };
}

/** @throws NascentError `data/missing` where a list is not in it */
export async function filesOfFolder(from: string, release: TinyRelease): Promise<TinyFiles> {
  const inner = await stat(join(from, root)).catch(() => undefined);
  const folder = inner?.isDirectory() === true ? join(from, root) : from;
  const text = async (name: string) =>
    (await readFile(join(folder, name), 'utf8').catch(() => undefined)) ?? missing(name, from, release);
  const { bring } = release;
  const listed = async (name: string) => list(join(folder, name), `Bring ${bring}.`);
  return {
    lists: { words: await text(names.words), annotations: await text(names.annotations) },
    async *images() {
      for (const id of (await listed('train')).folders) {
        for (const image of (await listed(`train/${id}/images`)).images) {
          const name = `train/${id}/images/${image}`;
          yield [name, await readFile(join(folder, name))];
        }
      }
      for (const image of (await listed('val/images')).images) {
        yield [`val/images/${image}`, await readFile(join(folder, `val/images/${image}`))];
      }
    },
  };
}

function missing(name: string, from: string, { name: dataset, bring }: TinyRelease): never {
  throw new NascentError('data/missing', `there is no ${name} in ${from}`, {
    help: `Bring it as it is published: nascent data get ${dataset} ${bring}.`,
  });
}
