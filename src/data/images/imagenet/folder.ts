/**
 * Finds the images of an ImageNet tree and their labels.
 *
 * Training images lie in a folder per class. Validation images lie either so, too, or all in one folder as the official
 * archive unpacks, with their labels in a file. README.md beside this file lists the forms.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import type { DatasetStatus } from '../../row.ts';
import { list as listed, walk } from '../listing.ts';
import type { Listing } from '../listing.ts';
import { labelFlatImages } from './truth.ts';

/** The images of one split: file `files[i]` within `directory` is of class `classes[labels[i]]`. */
export interface ImageFolder {
  readonly split: 'train' | 'test';
  readonly directory: string;
  /** Names of the class folders, sorted: a class's label is its place here, as in torchvision's `ImageFolder`. */
  readonly classes: readonly string[];
  readonly files: readonly string[];
  readonly labels: Int32Array;
}

const help =
  'Give, by --from or in NASCENT_IMAGENET, the folder that holds train/<class>/*.JPEG and val/<class>/*.JPEG (or a flat val/ ' +
  'with its labels in a file). ImageNet is not downloaded: its terms have each user fetch it from image-net.org.';

/** Where the two folders are within what a user may point at: as made by hand, and as Kaggle's archive unpacks. */
const roots = ['.', 'ILSVRC/Data/CLS-LOC', 'Data/CLS-LOC'];
const trainNames = ['train', 'ILSVRC2012_img_train'];
const validationNames = ['val', 'validation', 'ILSVRC2012_img_val'];

/** The folder given, or the one in the environment. @throws NascentError 'data/missing' where there is neither */
export function imageNetDirectory(from: string | undefined): string {
  const directory = from ?? process.env['NASCENT_IMAGENET'];
  if (directory === undefined || directory === '') {
    throw new NascentError('data/missing', 'no folder with ImageNet was named', { help });
  }
  return directory;
}

/** Whether the folder in the environment has a split. What is in it is not looked at. */
export async function imageNetStatus(): Promise<DatasetStatus> {
  const where = process.env['NASCENT_IMAGENET'];
  if (where === undefined || where === '') return { status: 'given', where: null };
  const found = await findSplits(where).catch(() => undefined);
  return { status: found === undefined ? 'missing' : 'ready', where };
}

/**
 * The images of a split below `from`; `test` is the validation split, whose labels are the ones published. File names
 * are read, not files: a broken image is found when it is decoded.
 *
 * @param onNote told of each folder that is passed over
 * @throws NascentError 'data/missing' where a folder or the label file is not there, 'data/damaged' where one holds
 *   something else than expected; both name it
 */
export async function findImages(
  from: string,
  split: 'train' | 'test',
  onNote: (note: string) => void = () => undefined,
): Promise<ImageFolder> {
  const { root, train, validation } = await findSplits(from);
  if (split === 'train') {
    if (train === undefined) throw missing(`${root} has no folder train`);
    return classFolders(split, train, (await list(train)).folders, undefined, onNote);
  }
  if (validation === undefined) throw missing(`${root} has no folder val`);
  const { folders, images } = await list(validation);
  const trainClasses = train === undefined ? undefined : (await list(train)).folders;
  const flat =
    folders.length === 0 ? '' : folders.length === 1 && folders[0] === 'images' ? 'images' : undefined;
  if (flat === undefined) {
    if (images.length > 0) {
      throw damaged(
        `${validation} has ${images.length} images beside its class folders (${images[0]} is one)`,
      );
    }
    return classFolders(split, validation, folders, trainClasses, onNote);
  }
  const directory = join(validation, flat);
  const files = flat === '' ? images : (await list(directory)).images;
  if (files.length === 0) throw missing(`${directory} has no images`);
  const searched = [...new Set([validation, root, from])];
  return { split, directory, files, ...(await labelFlatImages(directory, files, searched, trainClasses)) };
}

async function findSplits(from: string) {
  if ((await stat(from).catch(() => undefined))?.isDirectory() !== true) {
    throw missing(`ImageNet is not at ${from}: there is no such folder`);
  }
  for (const inner of roots) {
    const root = inner === '.' ? from : join(from, inner);
    const { folders } = await list(root).catch(() => ({ folders: [] as string[] }));
    const one = (names: readonly string[]) => {
      const name = names.find((name) => folders.includes(name));
      return name === undefined ? undefined : join(root, name);
    };
    const [train, validation] = [one(trainNames), one(validationNames)];
    if (train !== undefined || validation !== undefined) return { root, train, validation };
  }
  throw missing(`${from} has neither a folder train nor a folder val`);
}

/** A split with a folder per class; labels are by `trainClasses` where the training split is there to say. */
async function classFolders(
  split: 'train' | 'test',
  directory: string,
  folders: readonly string[],
  trainClasses: readonly string[] | undefined,
  onNote: (note: string) => void,
): Promise<ImageFolder> {
  if (folders.length === 0) throw damaged(`${directory} has no class folders, such as n01440764`);
  const classes = trainClasses ?? folders;
  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const onLoop = (path: string) => onNote(`passed over ${path}: it leads back to a folder that it lies in`);
  const perFolder = await Promise.all(folders.map((name) => walk(directory, name, { help, onLoop })));
  const files = perFolder.flat();
  const labels = new Int32Array(files.length);
  let at = 0;
  for (const [i, name] of folders.entries()) {
    const label = labelOf.get(name);
    if (label === undefined) {
      throw damaged(`${join(directory, name)} is no class: the training split has no folder ${name}`);
    }
    const { length } = perFolder[i] ?? [];
    if (length === 0 && split === 'train') throw damaged(`${join(directory, name)} has no images`);
    labels.fill(label, at, at + length);
    at += length;
  }
  if (files.length === 0) throw missing(`${directory} has no images in its class folders`);
  return { split, directory, classes, files, labels };
}

function list(directory: string): Promise<Listing> {
  return listed(directory, help);
}

function missing(message: string): NascentError {
  return new NascentError('data/missing', message, { help });
}

function damaged(message: string): NascentError {
  return new NascentError('data/damaged', message, { help });
}
