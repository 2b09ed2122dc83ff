/** Which files are images: by their names, since a million files cannot all be opened to see. */

import { basename } from 'node:path';

const ending = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i;

export function isImageName(name: string): boolean {
  return ending.test(name) && !name.startsWith('.');
}

/** A file name without its folders and ending; label files write names with and without. */
export function stem(path: string): string {
  return basename(path).replace(ending, '');
}
