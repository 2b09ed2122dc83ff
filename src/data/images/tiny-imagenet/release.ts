/**
 * Tiny ImageNet as Stanford's course CS231n publishes it: a zip archive of JPEG files, whose test images have no published
 * labels, so that those for validation are tested on.
 *
 * Le and Yang 2015, "Tiny ImageNet Visual Recognition Challenge"; http://cs231n.stanford.edu/
 */

import type { PublishedFile } from '../published/release.ts';

export interface TinyRelease {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  /** Images of each class. */
  readonly perClass: { readonly train: number; readonly test: number };
  readonly mirror: string;
  readonly archive: PublishedFile;
  /** What `data get --from` takes. */
  readonly givenForm: string;
  readonly bring: string;
}

/** The MD5 is what several loaders of it hold the archive to, and the size is what others found who did. */
export const tinyImageNet: TinyRelease = {
  name: 'tiny-imagenet',
  title: 'Tiny ImageNet',
  classes: 200,
  perClass: { train: 500, test: 50 },
  mirror: 'http://cs231n.stanford.edu/',
  archive: { name: 'tiny-imagenet-200.zip', bytes: 248_100_043, md5: '90528d7ca1a48142e341f4ef8d21d0de' },
  givenForm: 'tiny-imagenet-200.zip, or the folder that it unpacks to',
  bring:
    '--from tiny-imagenet-200.zip, from http://cs231n.stanford.edu/tiny-imagenet-200.zip, or --from DIR, where DIR holds ' +
    'its train, val and words.txt',
};
