/** Settings that searches and trainings of image cells share. */
import { share, whole } from '../settings/kinds.ts';
import { kind } from '../settings/table.ts';

export const imageSettings = {
  channels: kind({
    type: whole(2, 4096),
    unit: 'channels',
    help: 'Channels of a node in the first cells, an even number; doubled at each reduction.',
    source: 'DARTS, appendix A',
  }),
  layers: kind({
    type: whole(1, 1000),
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
  momentum: kind({
    type: share,
    unit: null,
    help: 'How much of the last step goes into the next.',
    source: 'DARTS, appendix A',
  }),
  cutout: kind({
    type: whole(0, 4096),
    unit: 'pixels',
    help: 'Side of the square that is blanked at a random place of an image; 0 for none.',
    source: 'DeVries and Taylor (2017)',
  }),
} as const;
