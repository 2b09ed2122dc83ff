/**
 * Weights that a model keeps in files beside it. A file may say any path: what is read is a regular file in the folder of
 * the model or below, never by a link, never above, and no more than the tensors there take.
 */
import { constants as buffers } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { decodeModel, invalid, type Decoding } from '../../proto/onnx.ts';
import { errorCodeOf } from '../files/files.ts';
import { messageOf, NascentError } from '../errors.ts';

/** How often over, at most, tensors may share the bytes of their files: a range may be many tensors. */
const mostShared = 4;

/**
 * Reads what the model at `path` keeps elsewhere.
 *
 * @param most of bytes in one tensor: what this version of Node holds in one array
 */
export function externalDataOf(
  path: string,
  most: number = buffers.MAX_LENGTH,
): NonNullable<Decoding['external']> {
  const sizes = new Map<string, number>();
  const whole = new Map<string, Uint8Array>();
  let taken = 0;
  return ({ location, offset }, wanted, label) => {
    const file = locate(path, location, label);
    const key = `${file}:${offset}:${wanted}`;
    const known = whole.get(key);
    if (known !== undefined) return known;
    const descriptor = open(file, location, label);
    try {
      const found = fstatSync(descriptor);
      if (!found.isFile()) throw invalid(`${label} keeps its data in "${location}", which is no file`);
      sizes.set(file, found.size);
      if (offset + wanted > found.size) {
        throw invalid(
          `${label} takes ${wanted} bytes from ${offset} on, and "${location}" has ${found.size}`,
        );
      }
      taken += wanted;
      const all = [...sizes.values()].reduce((sum, each) => sum + each, 0);
      if (taken > mostShared * all) {
        throw invalid(
          `its tensors take more than ${mostShared} times the ${all} bytes that their files have`,
        );
      }
      const bytes = roomFor(wanted, most, `${label} takes ${gigabytes(wanted)} in "${location}"`);
      readRange(descriptor, offset, bytes);
      whole.set(key, bytes);
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  };
}

/** The real path of what a model calls `location`. */
function locate(model: string, location: string, label: string): string {
  const inside = normalize(location.replaceAll('\\', '/'));
  if (
    isAbsolute(inside) ||
    /^[a-z]:/i.test(inside) ||
    inside.split(sep).includes('..') ||
    inside.includes('\0')
  ) {
    throw invalid(`${label} keeps its data in "${location}", which is outside the folder of the model`);
  }
  // The folder is the user's, and may be a link; what is below it is the model's.
  const wanted = join(realpath(dirname(model), label), inside);
  const real = realpath(wanted, label, location);
  if (real !== wanted) {
    throw invalid(`${label} keeps its data in "${location}", which is a link: copy what it leads to`);
  }
  return real;
}

function realpath(path: string, label: string, location: string = path): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unread(label, location, error);
  }
}

function open(file: string, location: string, label: string): number {
  try {
    // Not through a link that was made meanwhile, and without waiting for whoever writes into a pipe.
    return openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unread(label, location, error);
  }
}

function unread(label: string, location: string, error: unknown): Error {
  const why =
    errorCodeOf(error) === 'ENOENT' ? 'which is not there' : `which cannot be read: ${messageOf(error)}`;
  return invalid(`${label} keeps its data in "${location}", ${why}`);
}

/** A call reads 2 GiB at most. */
const mostAtOnce = 2 ** 30;

function readRange(descriptor: number, offset: number, bytes: Uint8Array): void {
  const { length } = bytes;
  for (let done = 0; done < length;) {
    const read = readSync(descriptor, bytes, done, Math.min(mostAtOnce, length - done), offset + done);
    if (read === 0) throw invalid('a file of weights was cut short while it was read');
    done += read;
  }
}

/** @throws NascentError 'onnx/unsupported' where no array is so long, 'runtime/failed' where there is no memory for it */
function roomFor(wanted: number, most: number, taken: string): Uint8Array {
  if (wanted > most) {
    throw new NascentError('onnx/unsupported', `${taken}, and this Node holds at most ${gigabytes(most)}`, {
      help: 'A tensor is read as one array, and those of Node 22.3 and later are longer: run Nascent with it, or export the model with the tensor in parts.',
    });
  }
  try {
    return new Uint8Array(wanted);
  } catch (cause) {
    throw new NascentError('runtime/failed', `${taken}, for which there is no memory`, {
      help: 'Run it on a machine with more memory, or export the model with fewer bits.',
      cause,
    });
  }
}

function gigabytes(bytes: number): string {
  return bytes < 2 ** 28 ? `${bytes} bytes` : `${Number((bytes / 2 ** 30).toPrecision(3))} GB`;
}

/**
 * The files beside the model at `path` that it keeps weights in, as it calls them. Each has been found to be in its folder.
 *
 * @throws NascentError as decoding it does
 */
export function externalFilesOf(path: string, bytes: Uint8Array): readonly string[] {
  const locations = new Set<string>();
  const read = externalDataOf(path);
  decodeModel(bytes, path, {
    external(data, wanted, label) {
      const found = read(data, wanted, label);
      locations.add(normalize(data.location.replaceAll('\\', '/')));
      return found;
    },
  });
  return [...locations];
}
