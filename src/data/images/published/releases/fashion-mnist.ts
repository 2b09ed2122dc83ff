/**
 * Fashion-MNIST: articles of clothing, made to take the place of MNIST's digits.
 *
 * Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms";
 * https://github.com/zalandoresearch/fashion-mnist
 */

import { idx } from '../idx.ts';
import type { KeptFile, Release } from '../release.ts';

const side = 28;

/** The MD5 of each file, packed, and its size are on the authors' page; torchvision (`datasets/mnist.py`) has the same. */
const published = [
  { name: 'train-images-idx3-ubyte.gz', bytes: 26_421_880, md5: '8d4fb7e6c68d591d4c3dfef9ec88bf0d' },
  { name: 'train-labels-idx1-ubyte.gz', bytes: 29_515, md5: '25c81989df183df01b3e8a0aad5dffbe' },
  { name: 't10k-images-idx3-ubyte.gz', bytes: 4_422_102, md5: 'bef4ecab320f06d8554ea6380940ec79' },
  { name: 't10k-labels-idx1-ubyte.gz', bytes: 5148, md5: 'bb300cfdad3c16e7a12a480ee83cd310' },
] as const;

/**
 * The files are kept packed: that is what there are digests of. npm has no package with them: `fashion-mnist` there has
 * the images class by class as JSON, without their order and without saying which are for the test.
 */
export const fashionMnist = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  channels: 1,
  side,
  // In the authors' order and spelling.
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  // As many who train on it measured them.
  mean: [0.2860406],
  std: [0.35302424],
  files: published.map(file),
  format: idx(side),
  folders: ['raw', 'FashionMNIST/raw', 'fashion-mnist', 'data/fashion'],
  mirrors: [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    // The authors' own copy.
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  published,
  givenForm: 'a folder or archive with the four idx files, packed by gzip as they are published',
  bring:
    '--from DIR, where DIR holds train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz and the two that begin with t10k, ' +
    'as they are published, from https://github.com/zalandoresearch/fashion-mnist',
} as const satisfies Release;

function file({ name, md5 }: (typeof published)[number]): KeptFile {
  const split = name.startsWith('train') ? 'train' : 'test';
  return {
    name,
    split,
    holds: name.includes('images') ? 'images' : 'labels',
    records: split === 'train' ? 60_000 : 10_000,
    digest: { algorithm: 'md5', hex: md5 },
  };
}
