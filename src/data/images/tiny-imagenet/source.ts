/** Tiny ImageNet as a source: images in files, decoded as a user's own are. */

import { NascentError } from '../../../errors.ts';
import type { OpenImages } from '../../row.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { findInFolders } from '../own/folders.ts';
import { openFolders } from '../own/source.ts';
import type { ImageSource } from '../source.ts';
import { imagesIn, tinyDirectory } from './get.ts';
import { readTinyManifest } from './manifest.ts';
import { tinyImageNet } from './release.ts';

const help = 'Get it: nascent data get tiny-imagenet';

/** @throws NascentError `data/missing` or `data/damaged` where it is not there whole, `input/invalid` for a `from` */
export async function openTinyImageNet(options: OpenImages, cache?: string): Promise<ImageSource> {
  if (options.from !== undefined) {
    throw new NascentError('input/invalid', `tiny-imagenet is not read from ${options.from}`, {
      help: 'Leave --from out; nascent data get tiny-imagenet --from PATH puts it into the cache.',
    });
  }
  const directory = tinyDirectory(cache);
  const manifest = await readTinyManifest(directory);
  if (manifest === undefined) {
    throw new NascentError(
      'data/missing',
      `${tinyImageNet.title} is not there: ${directory} has no list of it`,
      {
        help,
      },
    );
  }
  const { train, test } = await findInFolders(imagesIn(directory), () => undefined);
  const named = (folder: ImageFolder): ImageFolder => {
    const expected = manifest.images[folder.split];
    const { length } = folder.files;
    if (length !== expected || folder.classes.join() !== manifest.classes.map(({ id }) => id).join()) {
      throw new NascentError(
        'data/damaged',
        `${folder.directory} has ${length} images of ${folder.classes.length} classes, not ${expected} of ${manifest.classes.length}`,
        { help: `Delete ${directory} and run nascent data get tiny-imagenet.` },
      );
    }
    return { ...folder, classes: manifest.classes.map(({ name }) => name) };
  };
  return openFolders(
    { name: 'tiny-imagenet', isSurveyed: false },
    { train: named(train), test: named(test) },
    options,
  );
}
