/** The test images that a model file is run on, as that model wants them: brought to its size, normalised its way. */
import { loadDataset, type SourceName } from '../data/datasets.ts';
import { openImageNet } from '../data/images/imagenet/source.ts';
import { datasetSource, type ImageSource, type UnreadableImage } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import { normalisedFor, requireFit, type ImageModel } from './image-model.ts';

export interface ImagesWanted {
  readonly data: SourceName;
  /** For `imagenet`: the folder that holds it; left out, the environment says. */
  readonly from?: string | undefined;
  /** Only so many; null, or left out, for all. */
  readonly images?: number | null | undefined;
}

/** What published ImageNet networks take. */
const usualSize = 224;

/**
 * The test split of a data set for this model; to be closed. ImageNet stays in its files: they are decoded as they are
 * needed, each time it is gone through.
 *
 * @throws NascentError 'input/invalid' where the model and the data do not fit, 'data/missing' or 'data/damaged'
 */
export async function openImages(
  model: ImageModel,
  { data, from, images }: ImagesWanted,
  onUnreadable: (image: UnreadableImage) => void,
): Promise<ImageSource> {
  if (data !== 'imagenet') {
    const loaded = await loadDataset(data, 'test', images);
    requireFit(model, loaded);
    return datasetSource(normalisedFor(model, loaded));
  }
  const { mean, std, height, width } = model;
  if (height !== undefined && width !== undefined && height !== width) {
    throw new NascentError('input/invalid', `${model.path} takes images of 3×${height}×${width}`, {
      help: 'Images in files are cut square: it takes a model whose images are as high as wide.',
    });
  }
  const source = await openImageNet({
    from,
    split: 'test',
    images,
    size: height ?? width ?? usualSize,
    normalisation: mean === undefined || std === undefined ? undefined : { mean, std },
    onUnreadable,
  });
  requireFit(model, source);
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
