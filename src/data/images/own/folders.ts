/**
 * Finds a user's own images: class folders, with or without folders for training and test around them.
 *
 * Where there is nothing to test on, a fifth of each class is set aside for it, always the same fifth: what a model is
 * validated on later must be what it was not trained on.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { Random } from '../../../random.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { list, walk } from '../listing.ts';
import { several, some } from './words.ts';

/** Both splits of the images below one folder. */
export interface OwnFolders {
  readonly train: ImageFolder;
  readonly test: ImageFolder;
}

const help =
  'Give, by --from, a folder that holds a folder of images for each class, or such folders within train and test.';

/** Any spelling, in any case; the first that is there is taken. */
const trainNames = ['train', 'training'];
const testNames = ['test', 'testing'];
const validNames = ['val', 'valid', 'validation', 'dev'];

/** How many of an image each is tested on, where nothing says which. */
const testShare = 1 / 5;

/**
 * @param onNote told of what is passed over, and of what is missing and can be done without
 * @throws NascentError 'data/missing' where there are no images, 'data/damaged' where folders contradict each other
 */
export async function findOwnImages(from: string, onNote: (note: string) => void): Promise<OwnFolders> {
  if ((await stat(from).catch(() => undefined))?.isDirectory() !== true) {
    throw new NascentError('data/missing', `there is no folder ${from}`, { help });
  }
  const { folders } = await list(from, help);
  const named = (names: readonly string[]) => folders.find((folder) => names.includes(folder.toLowerCase()));
  const [train, test, valid] = [named(trainNames), named(testNames), named(validNames)];
  if (train === undefined) {
    const lone = test ?? valid;
    if (lone !== undefined) {
      throw new NascentError('data/missing', `${from} has a folder ${lone}, and no folder train`, { help });
    }
    return divided(await classFolders('train', from, onNote), onNote);
  }
  const training = await classFolders('train', join(from, train), onNote);
  const held = test ?? valid;
  if (held === undefined) return divided(training, onNote);
  if (test !== undefined && valid !== undefined) {
    onNote(`${join(from, valid)} is not used: there is ${test}, and training holds images back by held_back`);
  }
  const testing = await classFolders('test', join(from, held), onNote, training.classes);
  sayUntested(testing, onNote);
  return { train: training, test: testing };
}

/** A class that has so many times the images of another teaches a network to guess it. */
const uneven = 4;

function sayUneven({ classes, labels }: ImageFolder, onNote: (note: string) => void): void {
  const counts = classes.map((_, label) => labels.filter((each) => each === label).length);
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  const named = (images: number) => `${several(images, 'image')} of ${classes[counts.indexOf(images)]}`;
  const lone = classes.filter((_, label) => counts[label] === 1);
  if (lone.length > 0) onNote(`there is only one image to train on of ${some(lone)}`);
  if (most >= uneven * least) onNote(`classes are uneven: from ${named(least)} to ${named(most)}`);
}

/** Images by the class folders in `directory`; labels are by `known` where training has settled the classes. */
async function classFolders(
  split: 'train' | 'test',
  directory: string,
  onNote: (note: string) => void,
  known?: readonly string[],
): Promise<ImageFolder> {
  const { folders, images, others } = await list(directory, help);
  if (images.length > 0) {
    onNote(
      `left out ${several(images.length, 'image')} in ${directory}, in no class folder (${some(images)})`,
    );
  }
  const left = others.map((name) => join(directory, name));
  const byClass: { readonly name: string; readonly files: readonly string[] }[] = [];
  for (const name of folders) {
    const files = await walk(directory, name, {
      help,
      onLoop: (path) => onNote(`passed over ${path}: it leads back to a folder that it lies in`),
      onOther: (path) => left.push(path),
    });
    if (files.length > 0) byClass.push({ name, files });
    else onNote(`left out ${join(directory, name)}: it has no images`);
  }
  left.sort();
  const foreign = left.filter(looksLikeImage);
  if (foreign.length > 0) {
    onNote(
      `left out ${several(foreign.length, 'file')} of a format that is not read (${some(foreign)}): convert them to PNG`,
    );
  }
  const nameless = left.filter((path) => !looksLikeImage(path));
  if (nameless.length > 0) {
    onNote(`left out ${several(nameless.length, 'file')} without the name of an image (${some(nameless)})`);
  }
  requireDistinct(
    directory,
    byClass.map(({ name }) => name),
  );
  const classes = known ?? byClass.map(({ name }) => name);
  if (byClass.length === 0) {
    throw new NascentError('data/missing', `${directory} has no class folders with images`, { help });
  }
  if (classes.length < 2) {
    throw new NascentError('input/invalid', `${directory} has images of one class, ${classes[0]}`, {
      help: `Two classes or more can be told apart. ${help}`,
    });
  }
  const labels = byClass.flatMap(({ name, files }) => {
    const label = classes.indexOf(name);
    if (label < 0) throw noClass(join(directory, name), name, classes);
    return files.map(() => label);
  });
  const files = byClass.flatMap((each) => each.files);
  const found = { split, directory, classes, files, labels: Int32Array.from(labels) };
  if (split === 'train') sayUneven(found, onNote);
  return found;
}

/** Formats that people have images in, and that are not read. */
function looksLikeImage(path: string): boolean {
  return /\.(bmp|heic|heif|jp2|jxl|psd|raw|cr2|nef|dng|ico|tga|ppm|pgm|pbm|exr|hdr|svg|jfif)$/i.test(path);
}

/** One name in two forms: of letters with accents, or of capitals. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** @throws NascentError 'data/damaged' where two folders would be two classes by the way their name is written only */
function requireDistinct(directory: string, names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(folded(name));
    if (other !== undefined) {
      const how =
        other.normalize('NFC') === name.normalize('NFC')
          ? `"${name}" in two Unicode forms`
          : `"${other}" and "${name}"`;
      throw new NascentError('data/damaged', `${directory} has class folders ${how}`, {
        help: 'If they are one class, put their images into one folder; if they are two, name them apart.',
      });
    }
    seen.set(folded(name), name);
  }
}

function noClass(path: string, name: string, classes: readonly string[]): NascentError {
  const close = classes.find((each) => folded(each) === folded(name));
  const hint =
    close === undefined
      ? `The classes are those of the training images: ${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}.`
      : close.normalize('NFC') === name.normalize('NFC')
        ? `The training images have "${close}" in another Unicode form: rename one of the two folders.`
        : `The training images have "${close}": rename one of the two folders.`;
  return new NascentError('data/damaged', `${path} is no class: there are no training images of it`, {
    help: hint,
  });
}

/** A fifth of each class for the test, one image at least; a class of a single image is trained on only. */
function divided(all: ImageFolder, onNote: (note: string) => void): OwnFolders {
  const random = new Random(0).fork('test images');
  const tested = new Set<number>();
  for (const [label, name] of all.classes.entries()) {
    const own = [...all.labels.keys()].filter((index) => all.labels[index] === label);
    const wanted = own.length < 2 ? 0 : Math.max(1, Math.round(own.length * testShare));
    for (const at of random.fork(name).permutation(own.length).slice(0, wanted)) tested.add(own[at] ?? -1);
  }
  const chosen = (split: 'train' | 'test'): ImageFolder => {
    const indices = [...all.labels.keys()].filter((index) => tested.has(index) === (split === 'test'));
    return {
      ...all,
      split,
      files: indices.map((index) => all.files[index] ?? ''),
      labels: Int32Array.from(indices, (index) => all.labels[index] ?? 0),
    };
  };
  const [train, test] = [chosen('train'), chosen('test')];
  onNote(
    `${several(test.files.length, 'image')} of ${all.files.length} are set aside for the test, a fifth of each class`,
  );
  sayUntested(test, onNote);
  return { train, test };
}

function sayUntested({ classes, labels }: ImageFolder, onNote: (note: string) => void): void {
  const tested = new Set(labels);
  const without = classes.filter((_, label) => !tested.has(label));
  if (without.length > 0) onNote(`no test images of ${some(without)}`);
}
