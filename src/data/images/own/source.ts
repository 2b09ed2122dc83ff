/** A user's own images as a source: in memory where they fit, and otherwise decoded as a run goes. */

import { NascentError } from '../../../errors.ts';
import type { OnOpening, OpenImages, OpenLike } from '../../row.ts';
import { DecodePool } from '../imagenet/decode-pool.ts';
import { Decoder } from '../imagenet/decoder.ts';
import type { ImageFolder } from '../imagenet/folder.ts';
import type { Normalisation } from '../imagenet/normalisation.ts';
import type { ImageNetAugmentation } from '../imagenet/transform.ts';
import { interleaved, thinned } from '../imagenet/part.ts';
import { dartsAugmentation, folderSource } from '../imagenet/source.ts';
import { datasetSource } from '../source.ts';
import type { ImageSource } from '../source.ts';
import { decodeFolder, inTwoClasses, measuredNormalisation } from './decode.ts';
import { findOwnImages } from './find.ts';
import { likelyLook } from './look.ts';
import type { Look } from './look.ts';
import { sayOdd } from './odd.ts';
import type { OwnFolders } from './splits.ts';
import { surveyFiles } from './survey.ts';
import type { Surveyed } from './survey.ts';

/** Decoded, a byte a value. More is read from the disk again in each epoch. */
const mostInMemory = 2 ** 30;

/** Of larger ones a part shows what the whole is, as of ImageNet's. */
const smallUpTo = 64;

/** As much as the shift by 4 of 32 pixels leaves, which those in memory have: of a digit no more can be cut off. */
const gentle: ImageNetAugmentation = {
  scale: [0.75, 1],
  ratio: [1, 1],
  jitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  flip: true,
};

/** So many images show mean and deviation of all, where not all are in memory. */
const measuredImages = 2000;

/**
 * The images of a split. Mean and deviation are those of the training images that are asked for, unless they are given.
 *
 * @throws NascentError 'data/missing' or 'data/damaged', naming the path; 'input/invalid' without `from`, or for images
 *   of one class
 */
export async function openOwnImages(options: OpenImages, most = mostInMemory): Promise<ImageSource> {
  return openFolders({ name: 'images', isSurveyed: true }, await foldersOf(options), options, most);
}

interface Opening {
  /** What the source is called. */
  readonly name: string;
  /** Whether it is looked for what is odd about the files, such as the same image in two classes. */
  readonly isSurveyed: boolean;
}

/** The images of a split of folders that are found already. @throws NascentError as `openOwnImages` */
export async function openFolders(
  opening: Opening,
  folders: OwnFolders,
  options: OpenImages,
  most = mostInMemory,
): Promise<ImageSource> {
  return openFolder(opening, folders[options.split], folders, options, most);
}

/** The images for validation, where there are some beside those for the test. @throws NascentError as `openOwnImages` */
export async function openOwnValidation(options: OpenLike): Promise<ImageSource | undefined> {
  const folders = await foldersOf(options);
  const opening = { name: 'images', isSurveyed: true };
  return folders.valid && openFolder(opening, folders.valid, folders, options, mostInMemory);
}

async function foldersOf({ from, onNote = () => undefined }: Omit<OpenImages, 'split'>): Promise<OwnFolders> {
  if (from === undefined || from === '') {
    throw new NascentError('input/invalid', 'nothing says where the images are', {
      help: 'Name their folder: --data images --from FOLDER, with a folder of images for each class in it, or a CSV file.',
    });
  }
  return findOwnImages(from, onNote);
}

async function openFolder(
  { name, isSurveyed }: Opening,
  opened: ImageFolder,
  folders: OwnFolders,
  options: Omit<OpenImages, 'split'>,
  most: number,
): Promise<ImageSource> {
  const { images, onUnreadable, onNote, onProgress, augmentation } = options;
  const { train } = folders;
  const look = await lookOf(train, options);
  const { size, channels } = look;
  const wanted = thinned(opened, images);
  // Files lie class by class; in this order any stretch of them has its share of each.
  const folder = interleaved(wanted);
  const survey =
    isSurveyed && onNote !== undefined && opened === train
      ? await surveyed(folder, folders, onProgress)
      : undefined;
  const pool = new DecodePool();
  try {
    if (folder.files.length * channels * size * size > most) {
      onNote?.('the images are too many to be kept in memory: they are decoded again in each epoch');
      if (survey !== undefined && onNote !== undefined) sayOdd(survey, onNote);
      const normalisation = options.normalisation ?? (await measured(train, look, pool));
      const decoder = new Decoder(folder, size, pool, onUnreadable, {
        normalisation,
        channels,
        upright: true,
      });
      const flip = augmentation?.flip ?? true;
      const settings = {
        name,
        split: folder.split,
        resize: size,
        augmentation: { ...(size <= smallUpTo ? gentle : dartsAugmentation), flip },
        prefetch: 2,
        normalisation,
      };
      return folderSource(decoder, settings, () => pool.close(), true);
    }
    const decoded = await decodeFolder(folder, look, pool, onUnreadable, (done, total) =>
      onProgress?.('decoded', done, total),
    );
    const { dataset, unreadable, misnamed, elongated } = decoded;
    if (onNote !== undefined) {
      // Within a split pixels tell more than bytes do.
      const apart = survey?.twins.filter(({ inTwoSplits }) => inTwoSplits) ?? [];
      const [there, read] = [new Set(folder.labels), new Set(dataset.labels)];
      const unreadableClasses = folder.classes.filter((_, label) => there.has(label) && !read.has(label));
      const twins = [...inTwoClasses(decoded, folder.directory), ...apart];
      sayOdd({ misnamed, elongated, twins, unreadableClasses }, onNote);
    }
    const normalisation =
      options.normalisation ??
      (opened === train ? measuredNormalisation(dataset) : await measured(train, look, pool));
    await pool.close();
    return datasetSource({ ...dataset, ...normalisation, name }, augmentation, unreadable);
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/**
 * What the files of all splits say together; it is said once, with the training images. A part of them is a trial, for
 * which the whole of the others is not read.
 */
async function surveyed(
  folder: ImageFolder,
  { train, valid, test }: OwnFolders,
  onProgress: OnOpening | undefined,
): Promise<Surveyed> {
  const whole = folder.files.length === train.files.length;
  const others = whole ? [valid, test].filter((each) => each !== undefined) : [];
  return surveyFiles([folder, ...others], (done, total) => onProgress?.('surveyed', done, total));
}

/** Of training images, which are decoded for it: at most 2,000, evenly spread over the classes. */
async function measured(train: ImageFolder, look: Look, pool: DecodePool): Promise<Normalisation> {
  const { dataset } = await decodeFolder(thinned(train, measuredImages), look, pool, undefined);
  return measuredNormalisation(dataset);
}

/** What is asked for; the rest is what the training images are like. */
async function lookOf(
  train: ImageFolder,
  { size, channels, onNote }: Omit<OpenImages, 'split'>,
): Promise<Look> {
  if (size !== undefined && channels !== undefined) return { size, channels };
  const likely = await likelyLook(train);
  if (channels === undefined && likely.channels === 1) {
    onNote?.('the images are grey: they have one channel (image_channels=3 gives them three)');
  }
  return { size: size ?? likely.size, channels: channels ?? likely.channels };
}
