/** What a resumed run recognises its images by. */
import { createHash } from 'node:crypto';

import type { ImageDataset } from './dataset.ts';

/** Of the shape, the labels and every pixel. */
export function datasetDigest({ count, channels, height, width, labels, pixels }: ImageDataset): string {
  return createHash('sha256')
    .update(`${count} ${channels} ${height} ${width}\n`)
    .update(labels)
    .update(pixels)
    .digest('hex');
}
