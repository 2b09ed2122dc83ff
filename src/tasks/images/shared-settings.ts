/** Settings that searches and trainings of image cells share. */
import { initialWeights } from '../../space/images/layers.ts';
import { oneOf, oneOfOrReals, orNull, share, whole } from '../settings/kinds.ts';
import { kind } from '../settings/table.ts';

/** The least and the most of what makes networks of image cells large. */
export const imageSizes = { channels: [2, 4096], layers: [1, 1000] } as const;

export const imageSettings = {
  channels: kind({
    type: whole(...imageSizes.channels),
    unit: 'channels',
    help: 'Channels of a node in the first cells, an even number; doubled at each reduction.',
    source: 'DARTS, appendix A',
  }),
  layers: kind({
    type: whole(...imageSizes.layers),
    unit: 'cells',
    help: 'Cells of the network; those at one third and two thirds of the depth halve the image.',
    source: 'DARTS, appendix A',
  }),
  batchSize: kind({
    type: whole(1, 100_000),
    unit: 'images',
    help: 'Images in a step.',
    source: 'DARTS, appendix A',
  }),
  imageSize: kind({
    type: orNull(whole(1, 4096)),
    unit: 'pixels',
    help: 'Height and width that image files are brought to; null for 224, or of your own images for theirs if all are alike, otherwise 64.',
    source: 'DARTS, appendix A.2',
  }),
  imageChannels: kind({
    type: orNull(oneOf([1, 3])),
    unit: 'channels',
    help: 'Channels that your own images are brought to: 1 for grey, 3 for colours; null for 1 where all are grey and 3 otherwise.',
    source: 'ours',
    before: null,
  }),
  classWeights: kind({
    type: oneOfOrReals(['none', 'balanced'], { above: 0, to: 1_000_000 }),
    unit: null,
    help: 'How much an image of each class counts in the loss: the same; balanced, by how few there are of its class; or a number for each class, in the order of their names.',
    source: 'King and Zeng (2001)',
    before: 'none',
  }),
  momentum: kind({
    type: share,
    unit: null,
    help: 'How much of the last step goes into the next.',
    source: 'DARTS, appendix A',
  }),
  initialWeights: kind({
    type: oneOf(initialWeights),
    unit: null,
    help: "Which PyTorch's defaults weights start as: today's, or 0.3.1's, where batch norm's scale is uniform in [0, 1).",
    source: 'the official code',
    before: 'pytorch',
  }),
  cutout: kind({
    type: whole(0, 4096),
    unit: 'pixels',
    help: 'Side of the square that is blanked at a random place of an image; 0 for none.',
    source: 'DeVries and Taylor (2017)',
  }),
} as const;
