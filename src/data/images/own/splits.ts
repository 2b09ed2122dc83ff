/**
 * How a user's own images are parted into those that are trained on and those that are tested on, and what is said of it.
 *
 * Where there is nothing to test on, a fifth of each class is set aside for it, always the same fifth: what a model is
 * validated on later must be what it was not trained on.
 */

import { Random } from '../../../random.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import { several, some } from './words.ts';

/** The splits of one folder or table of images. */
export interface OwnFolders {
  readonly train: ImageFolder;
  readonly test: ImageFolder;
  /** Only where there are images for the test beside them; as a folder they are of the training split. */
  readonly valid?: ImageFolder;
}

export type SplitName = 'train' | 'test' | 'valid';

const spellings: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  val: 'valid',
  valid: 'valid',
  validation: 'valid',
  dev: 'valid',
};

/** The split that a folder or a field of a table is named after, in any usual spelling and any case. */
export function splitNamed(name: string): SplitName | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(spellings, key) ? spellings[key] : undefined;
}

/** What comes of images for validation, in words. */
export function sayValidated(onNote: (note: string) => void): void {
  onNote(
    'a search learns alphas on the validation images, and a training is measured on them; those for the test are left to validate',
  );
}

/** How many of an image each is tested on, where nothing says which. */
const testShare = 1 / 5;

/** A class that has so many times the images of another teaches a network to guess it. */
const uneven = 4;

/** @param perClass how many images there are of each class */
export function areUneven(perClass: readonly number[]): boolean {
  return Math.max(...perClass) >= uneven * Math.min(...perClass);
}

export function sayUneven({ classes, labels }: ImageFolder, onNote: (note: string) => void): void {
  const counts = classes.map((_, label) => labels.filter((each) => each === label).length);
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  const named = (images: number) => `${several(images, 'image')} of ${classes[counts.indexOf(images)]}`;
  const lone = classes.filter((_, label) => counts[label] === 1);
  if (lone.length > 0) onNote(`there is only one image to train on of ${some(lone)}`);
  if (areUneven(counts)) onNote(`classes are uneven: from ${named(least)} to ${named(most)}`);
}

/** A fifth of each class for the test, one image at least; a class of a single image is trained on only. */
export function divided(all: ImageFolder, onNote: (note: string) => void): OwnFolders {
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

export function sayUntested({ classes, labels }: ImageFolder, onNote: (note: string) => void): void {
  const tested = new Set(labels);
  const without = classes.filter((_, label) => !tested.has(label));
  if (without.length > 0) onNote(`no test images of ${some(without)}`);
}
