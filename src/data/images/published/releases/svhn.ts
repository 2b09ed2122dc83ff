/**
 * Street View House Numbers, format 2: digits cut from photographs, without the extra training images.
 *
 * Netzer, Wang, Coates, Bissacco, Wu and Ng 2011, "Reading digits in natural images with unsupervised feature learning";
 * http://ufldl.stanford.edu/housenumbers/
 */

import { mat } from '../mat.ts';
import type { KeptFile, Release } from '../release.ts';

const side = 32;

/** The MD5 are torchvision's (`datasets/svhn.py`). The sizes are those that others give who hold the files to these. */
const published = [
  { name: 'train_32x32.mat', bytes: 182_040_794, md5: 'e26dedcc434d2e4c54c9b2d4a06d8373' },
  { name: 'test_32x32.mat', bytes: 64_275_384, md5: 'eb5a983be6a315427106f1b164d9cef3' },
] as const;

export const svhn = {
  name: 'svhn',
  title: 'SVHN',
  channels: 3,
  side,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  // As many who train on it measured them.
  mean: [0.43768206, 0.44376972, 0.47280434],
  std: [0.19803014, 0.20101564, 0.19703615],
  perClass: null,
  mirrored: false,
  files: [file(published[0], 'train', 73_257), file(published[1], 'test', 26_032)],
  format: mat(side),
  folders: ['svhn', 'SVHN'],
  // The authors' server knows no https.
  mirrors: ['http://ufldl.stanford.edu/housenumbers/'],
  published,
  givenForm: 'a folder or archive with train_32x32.mat and test_32x32.mat',
  bring:
    '--from DIR, where DIR holds train_32x32.mat and test_32x32.mat, format 2, from ' +
    'http://ufldl.stanford.edu/housenumbers/',
} as const satisfies Release;

function file({ name, md5 }: (typeof published)[number], split: 'train' | 'test', records: number): KeptFile {
  return { name, split, records, digest: { algorithm: 'md5', hex: md5 } };
}
