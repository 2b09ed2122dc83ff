/** What lies in folders of images, in an order that is the same on every machine. */

import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { NascentError } from '../../errors.ts';
import { errorCodeOf } from '../../files/files.ts';
import { isImageName } from './imagenet/image-name.ts';

export interface Listing {
  readonly folders: string[];
  readonly images: string[];
  /** Files that are no images by their names. */
  readonly others: string[];
  /** Pipes, sockets and devices: reading one may never end. */
  readonly neither: string[];
}

/**
 * What a folder holds, sorted by code unit as classes must be; hidden files are left out.
 *
 * @throws NascentError 'data/missing', with `help`, where it cannot be listed
 */
export async function list(directory: string, help: string): Promise<Listing> {
  const listing: Listing = { folders: [], images: [], others: [], neither: [] };
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    const reason = errorCodeOf(cause) ?? String(cause);
    const forbidden = reason === 'EACCES' || reason === 'EPERM';
    throw new NascentError(
      'data/missing',
      `${directory} cannot be listed: ${forbidden ? 'this user may not read it' : reason}`,
      { help: forbidden ? 'Let this user read it, or take it out of the folder.' : help, cause },
    );
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    // Trees of links to images elsewhere are common; only a link has to be looked at to know what it is.
    const kind = entry.isSymbolicLink()
      ? await stat(join(directory, entry.name)).catch(() => undefined)
      : entry;
    // A link to nowhere is said when its image is read.
    if (kind?.isDirectory() === true) listing.folders.push(entry.name);
    else if (kind?.isFile() === false) listing.neither.push(entry.name);
    else if (isImageName(entry.name)) listing.images.push(entry.name);
    else listing.others.push(entry.name);
  }
  listing.folders.sort();
  listing.images.sort();
  listing.others.sort();
  listing.neither.sort();
  return listing;
}

export interface WalkOptions {
  readonly help: string;
  /** Told of each folder that is passed over, because it leads back to one that it lies in. */
  readonly onLoop?: ((path: string) => void) | undefined;
  /** Told of each file that is no image by its name. */
  readonly onOther?: ((path: string) => void) | undefined;
  /** Told of each that is neither a file nor a folder. */
  readonly onNeither?: ((path: string) => void) | undefined;
}

/**
 * The images in and below `directory/name`, as paths within `directory`, sorted. A link that leads back to a folder on
 * the way to it would give the same images again and again, under the labels of others.
 */
export async function walk(directory: string, name: string, options: WalkOptions): Promise<string[]> {
  return below(directory, name, [await realpath(directory)], options);
}

async function below(
  directory: string,
  name: string,
  way: readonly string[],
  options: WalkOptions,
): Promise<string[]> {
  const path = join(directory, name);
  const real = await realpath(path);
  if (way.some((each) => each === real || each.startsWith(real + sep))) {
    options.onLoop?.(path);
    return [];
  }
  const { folders, images, others, neither } = await list(path, options.help);
  for (const other of others) options.onOther?.(join(path, other));
  for (const each of neither) options.onNeither?.(join(path, each));
  const further = [...way, real];
  const inner = await Promise.all(
    folders.map((folder) => below(directory, `${name}/${folder}`, further, options)),
  );
  return [...images.map((image) => `${name}/${image}`), ...inner.flat()];
}
