/** How an image of any size becomes the square that a network takes. */

/** What published ImageNet networks take, of images whose shorter side is so much longer. */
export const usualSize = 224;
const usualShorterSide = 256;
/** Networks for images this small were trained on whole images; larger ones on the middle of photographs. */
const wholeUpTo = 64;

/**
 * What the shorter side of an image is brought to before a square of `size` is cut from its middle.
 *
 * @param dataset what the network was trained on, where it says so: a user's own images are used whole at any size
 */
export function shorterSideOf(size: number, dataset: string | undefined): number {
  return size <= wholeUpTo || dataset === 'images' ? size : Math.round((size * usualShorterSide) / usualSize);
}
