/** One image of somebody's, of any size and format that sharp reads, upright, as a network takes it. */
import { NascentError } from '../../errors.ts';
import { transformImage } from './imagenet/transform.ts';
import { readRgb } from './rgb.ts';
import { whyUnreadable } from './unreadable.ts';
import type { Channels, Normalisation } from './imagenet/normalisation.ts';

export interface PictureWanted {
  /** Of the square that is cut from the middle. */
  readonly size: number;
  /** What the shorter side is brought to before that; at least `size`. */
  readonly resize: number;
  /** Default 3. */
  readonly channels?: Channels;
  readonly normalisation: Normalisation;
}

/**
 * Decodes a file to [channels, size, size], normalised. Turned as its orientation tag says, which photographs of telephones need;
 * transparent parts as if there were no transparency.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'data/damaged' where it is no image that can be read
 */
export async function readPicture(path: string, wanted: PictureWanted): Promise<Float32Array<ArrayBuffer>> {
  const image = await readRgb(path, true).catch(async (cause: unknown) => {
    throw unreadable(path, await whyUnreadable(path, cause), cause);
  });
  return transformImage(image, { kind: 'centre', ...wanted });
}

function unreadable(path: string, reason: string, cause: unknown): NascentError {
  if (reason === 'there is no such file') {
    return new NascentError('data/missing', `there is no file ${path}`, { help: 'Check the path.', cause });
  }
  return new NascentError('data/damaged', `${path} is no image that can be read: ${reason}`, {
    help: 'PNG, JPEG, WebP, AVIF, GIF, TIFF and SVG are read. Convert it, or leave it out.',
    cause,
  });
}
