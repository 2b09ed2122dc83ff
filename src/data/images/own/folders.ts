/** Finds a user's own images in class folders, with or without folders for training and test around them. */

import { join } from 'node:path';

import { NascentError } from '../../../errors.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { list, walk } from '../listing.ts';
import { foldedClass, twoSpellings } from './classes.ts';
import { divided, sayUneven, sayUntested, sayValidated, splitNamed } from './splits.ts';
import type { OwnFolders, SplitName } from './splits.ts';
import { onOneLine, several, some } from './words.ts';

const help =
  'Give, by --from, a folder that holds a folder of images for each class, or such folders within train and test.';

/**
 * @param onNote told of what is passed over, and of what is missing and can be done without
 * @throws NascentError 'data/missing' where there are no images, 'data/damaged' where folders contradict each other
 */
export async function findInFolders(from: string, onNote: (note: string) => void): Promise<OwnFolders> {
  const { folders } = await list(from, help);
  const named = (split: SplitName) => folders.find((folder) => splitNamed(folder) === split);
  const [train, test, valid] = [named('train'), named('test'), named('valid')];
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
  const testing = await classFolders('test', join(from, held), onNote, training.classes);
  sayUntested(testing, onNote);
  if (valid === undefined) return { train: training, test: testing };
  if (test === undefined) {
    onNote(`${valid} is what is tested on: there is no folder test`);
    return { train: training, test: testing };
  }
  const validating = await classFolders('train', join(from, valid), onNote, training.classes);
  sayValidated(onNote);
  return { train: training, test: testing, valid: validating };
}

/** Images by the class folders in `directory`; labels are by `known` where training has settled the classes. */
async function classFolders(
  split: 'train' | 'test',
  directory: string,
  onNote: (note: string) => void,
  known?: readonly string[],
): Promise<ImageFolder> {
  const { folders, images, others, neither: outside } = await list(directory, help);
  if (images.length > 0) {
    onNote(
      `left out ${several(images.length, 'image')} in ${directory}, in no class folder (${some(images)})`,
    );
  }
  const left = others.map((name) => join(directory, name));
  const neither = outside.map((name) => join(directory, name));
  const byClass: { readonly name: string; readonly files: readonly string[] }[] = [];
  for (const name of folders) {
    const files = await walk(directory, name, {
      help,
      onLoop: (path) => onNote(`passed over ${onOneLine(path)}: it leads back to a folder that it lies in`),
      onOther: (path) => left.push(path),
      onNeither: (path) => neither.push(path),
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
  if (neither.length > 0) {
    onNote(`passed over what is neither a file nor a folder (${some(neither.toSorted())})`);
  }
  const twice = twoSpellings(byClass.map(({ name }) => name));
  if (twice !== undefined) {
    throw new NascentError('data/damaged', `${directory} has class folders ${twice}`, {
      help: 'If they are one class, put their images into one folder; if they are two, name them apart.',
    });
  }
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
  if (known === undefined) sayUneven(found, onNote);
  return found;
}

/** Formats that people have images in, and that are not read. */
function looksLikeImage(path: string): boolean {
  return /\.(bmp|heic|heif|jp2|jxl|psd|raw|cr2|nef|dng|ico|tga|ppm|pgm|pbm|exr|hdr|svg|jfif)$/i.test(path);
}

function noClass(path: string, name: string, classes: readonly string[]): NascentError {
  const close = classes.find((each) => foldedClass(each) === foldedClass(name));
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
