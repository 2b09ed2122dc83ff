/** Image i of a folder, decoded by a pool, with a record of the files that could not be read. */

import { join } from 'node:path';

import type { Batch } from '../batches.ts';
import type { UnreadableImage } from '../source.ts';
import type { DecodePool } from './decode-pool.ts';
import type { ImageFolder } from './folder.ts';
import type { Channels } from './normalisation.ts';
import type { Transform } from './transform.ts';

/** `pixels` is [channels, size, size], normalised. */
export interface Decoded {
  readonly pixels: Float32Array;
  readonly label: number;
  /** What its file is by its content. */
  readonly format: string | undefined;
  /** Of the whole image, before it was brought to a size. */
  readonly width: number;
  readonly height: number;
}

/** Images of one size as a batch `[N, channels, size, size]`. */
export function joined(
  decoded: readonly Decoded[],
  { channels, size }: Pick<Decoder, 'channels' | 'size'>,
): Batch {
  const shape = [decoded.length, channels, size, size] as const;
  const values = channels * size * size;
  const images = new Float32Array(decoded.length * values);
  for (const [i, { pixels }] of decoded.entries()) images.set(pixels, i * values);
  return { images, shape, labels: Int32Array.from(decoded, ({ label }) => label), size: decoded.length };
}

/** What is done to every image alike. */
type Look = Pick<Transform, 'normalisation' | 'channels' | 'upright'>;

export class Decoder {
  readonly folder: ImageFolder;
  /** Height and width of what comes out. */
  readonly size: number;
  readonly #look: Look;
  readonly #pool: DecodePool;
  readonly #onUnreadable: ((image: UnreadableImage) => void) | undefined;
  readonly #unreadable: Map<string, UnreadableImage>;

  /** @param unreadable a record that is shared with another decoder */
  constructor(
    folder: ImageFolder,
    size: number,
    pool: DecodePool,
    onUnreadable?: (image: UnreadableImage) => void,
    look: Look = {},
    unreadable = new Map<string, UnreadableImage>(),
  ) {
    this.folder = folder;
    this.size = size;
    this.#look = look;
    this.#pool = pool;
    this.#onUnreadable = onUnreadable;
    this.#unreadable = unreadable;
  }

  /** For some of the images, with the same threads and record. */
  of(folder: ImageFolder): Decoder {
    return new Decoder(folder, this.size, this.#pool, this.#onUnreadable, this.#look, this.#unreadable);
  }

  get channels(): Channels {
    return this.#look.channels ?? 3;
  }

  get count(): number {
    return this.folder.files.length;
  }

  get unreadable(): readonly UnreadableImage[] {
    return [...this.#unreadable.values()];
  }

  /** Nothing for an image that cannot be read: it is reported, the first time, and the caller does without it. */
  async image(index: number, transform: Transform): Promise<Decoded | undefined> {
    const { directory, files, labels } = this.folder;
    const [file, label] = [files[index], labels[index]];
    if (file === undefined || label === undefined) {
      throw new Error(`internal: image ${index} of ${files.length} in ${directory}`);
    }
    const path = join(directory, file);
    const result = await this.#pool.decode(path, { ...this.#look, ...transform });
    if (result.kind === 'image') {
      const { pixels, format, width, height } = result;
      return { pixels, label, format, width, height };
    }
    if (!this.#unreadable.has(path)) {
      const image = { path, reason: result.reason };
      this.#unreadable.set(path, image);
      this.#onUnreadable?.(image);
    }
    return undefined;
  }
}
