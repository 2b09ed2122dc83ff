/**
 * CIFAR-100 as its authors publish it in binary, by its hundred fine classes.
 *
 * Krizhevsky 2009, "Learning multiple layers of features from tiny images"; https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { cifarRecords, imageSide } from '../records.ts';
import type { Release } from '../release.ts';

/** Label by label, as `fine_label_names.txt` of the archive lists them: in alphabetical order. */
const classes = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
  bowl boy bridge bus butterfly camel can castle caterpillar cattle
  chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
  dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
  lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
  mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
  plain plate poppy porcupine possum rabbit raccoon ray road rocket
  rose sea seal shark shrew skunk skyscraper snail snake spider
  squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
  train trout tulip turtle wardrobe whale willow_tree wolf woman worm
`
  .trim()
  .split(/\s+/);

/**
 * The MD5 of the archive is on the authors' page. The SHA-256 of the two files are those of torchvision for Ruby, which
 * took them from the same archive.
 */
export const cifar100 = {
  name: 'cifar100',
  title: 'CIFAR-100',
  channels: 3,
  side: imageSide,
  classes,
  // As many who train on it measured them; https://github.com/weiaicunzai/pytorch-cifar100, conf/global_settings.py.
  mean: [0.50707516, 0.48654887, 0.44091784],
  std: [0.26733429, 0.25643846, 0.27615047],
  files: [
    {
      name: 'train.bin',
      split: 'train',
      records: 50_000,
      digest: {
        algorithm: 'sha256',
        hex: 'f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29',
      },
    },
    {
      name: 'test.bin',
      split: 'test',
      records: 10_000,
      digest: {
        algorithm: 'sha256',
        hex: 'd8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a',
      },
    },
  ],
  format: cifarRecords({ labels: 2 }),
  besides: { name: 'fine_label_names.txt', text: `${classes.join('\n')}\n` },
  folders: ['cifar-100-binary'],
  mirrors: ['https://www.cs.toronto.edu/~kriz/'],
  published: [
    { name: 'cifar-100-binary.tar.gz', bytes: 168_513_733, md5: '03b5dce01913d631647c71ecec9e9cb8' },
  ],
  givenForm: 'a folder with the official train.bin and test.bin, or cifar-100-binary.tar.gz',
  bring:
    '--from DIR, where DIR holds train.bin and test.bin, or --from cifar-100-binary.tar.gz, the binary version, from ' +
    'https://www.cs.toronto.edu/~kriz/cifar.html',
} as const satisfies Release;
