/** The test images that a model file is run on, as that model wants them: brought to its size, normalised its way. */
import type { ImageSource, UnreadableImage } from '../data/images/source.ts';
import { datasetNamed, type ImagesName } from '../data/registry.ts';
import { NascentError } from '../errors.ts';
import { requireFit, requireSides, type ImageModel } from './image-model.ts';

export interface ImagesWanted {
  readonly data: ImagesName;
  /** The folder that holds images in files (default: `NASCENT_IMAGENET`). */
  readonly from?: string | undefined;
  /** Only so many (default: null, all). */
  readonly images?: number | null | undefined;
  /** Whether classes are told by names that the user gave, in whatever order. */
  readonly byName?: boolean | undefined;
}

/** What published ImageNet networks take. */
const usualSize = 224;

/**
 * The test split of a dataset for this model; to be closed. Images in files stay there: they are decoded as they are
 * needed, each time they are gone through.
 *
 * @throws NascentError 'input/invalid' where the model and the data do not fit, 'data/missing' or 'data/damaged'
 */
export async function openImages(
  model: ImageModel,
  { data, from, images, byName = false }: ImagesWanted,
  onUnreadable: (image: UnreadableImage) => void,
): Promise<ImageSource> {
  const { held, open } = datasetNamed(data);
  const { mean, std, channels, height, width } = model;
  if (held !== 'memory' && height !== undefined && width !== undefined && height !== width) {
    throw new NascentError('input/invalid', `${model.path} takes images of ${channels}×${height}×${width}`, {
      help: 'Images in files are cut square: it takes a model whose images are as high as wide.',
    });
  }
  // Without a size, the images of a user have their own.
  const side = height ?? width ?? (held === 'decoded' ? undefined : usualSize);
  const source = await open({
    split: 'test',
    images,
    from,
    size: side,
    channels,
    normalisation: mean === undefined || std === undefined ? undefined : { mean, std },
    onUnreadable,
  });
  if (byName) requireSides(model, source);
  else requireFit(model, source);
  return source;
}

/** What is said of a file that was passed over. */
export function passedOver({ path, reason }: UnreadableImage): string {
  return `passed over ${path}: ${reason}`;
}

/** @throws NascentError 'data/damaged' where of all the images gone through none was `readable` */
export function requireReadable({ name, count, unreadable }: ImageSource, readable: number): void {
  if (readable > 0) return;
  const [first] = unreadable;
  const example = first === undefined ? '' : `: ${first.path}: ${first.reason}`;
  throw new NascentError('data/damaged', `none of ${count} images of ${name} can be read${example}`, {
    help: 'Check that the disk is still there and the files are whole, or give another folder by --from.',
  });
}
