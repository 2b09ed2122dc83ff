/**
 * Some of a folder's images. Files lie class by class, and a stretch of that order would lack most classes; so the parts
 * of a folder are stretches of an order that goes round the classes.
 */

import { Random } from '../../../random.ts';
import type { ImageFolder } from './folder.ts';

/**
 * The images in the order that parts are taken from. Those of a class are shuffled, always alike, and spread evenly over
 * the whole order: file r of n at (r + ½)/n of it, the lower label first where two fall together. By symmetry each half
 * has half of every class.
 */
export function interleaved(folder: ImageFolder): ImageFolder {
  const byClass = new Map<number, number[]>();
  for (const [index, label] of folder.labels.entries()) {
    const indices = byClass.get(label) ?? [];
    indices.push(index);
    byClass.set(label, indices);
  }
  const random = new Random(0).fork('parts of a folder');
  const place = new Float64Array(folder.files.length);
  const labels = [...byClass.keys()].toSorted((a, b) => a - b);
  for (const label of labels) {
    const indices = byClass.get(label) ?? [];
    for (const [rank, at] of random.permutation(indices.length).entries()) {
      place[indices[at] ?? 0] = (rank + 0.5) / indices.length;
    }
  }
  const before = (a: number, b: number) =>
    (place[a] ?? 0) - (place[b] ?? 0) || (folder.labels[a] ?? 0) - (folder.labels[b] ?? 0);
  return chosen(folder, Uint32Array.from(folder.files.keys()).sort(before));
}

/** The images from `start` up to, not including, `end`, in the order in which they are. */
export function stretch(folder: ImageFolder, start: number, end: number): ImageFolder {
  const { length } = folder.files;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start || end > length) {
    throw new Error(`internal: part ${start} to ${end} of ${length} images`);
  }
  return { ...folder, files: folder.files.slice(start, end), labels: folder.labels.slice(start, end) };
}

/** Images at even distances: the first ones would all be of the first classes. */
export function thinned(folder: ImageFolder, images: number | null | undefined): ImageFolder {
  const { length } = folder.files;
  if (images === undefined || images === null || images >= length) return folder;
  if (!Number.isInteger(images) || images < 1) throw new Error(`internal: ${images} of ${length} images`);
  return chosen(
    folder,
    Array.from({ length: images }, (_, i) => Math.floor((i * length) / images)),
  );
}

function chosen(folder: ImageFolder, indices: ArrayLike<number> & Iterable<number>): ImageFolder {
  return {
    ...folder,
    files: Array.from(indices, (index) => folder.files[index] ?? ''),
    labels: Int32Array.from(indices, (index) => folder.labels[index] ?? 0),
  };
}
