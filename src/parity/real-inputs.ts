/** The real images of a parity check, where the model takes images and the dataset is here. */
import { imagesNames } from '../data/registry.ts';
import type { ImageSource, UnreadableImage } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import { imageModelOf, type ImageModel } from '../evaluate/image-model.ts';
import { openImages, type ImagesWanted } from '../evaluate/image-source.ts';
import type { ModelFile } from '../evaluate/model-file.ts';

export interface RealImages {
  readonly model: ImageModel;
  /** As the model wants them; to be closed. Every runtime goes through it anew. */
  readonly source: ImageSource;
}

export type RealWanted = Omit<ImagesWanted, 'data'> & {
  readonly data?: ImagesWanted['data'] | null | undefined;
};

/**
 * The first images of a test split: of `data`, or of the dataset that the model says it was made for. A sentence where
 * there are none, which is no mistake unless `data` was asked for.
 *
 * @throws NascentError 'input/invalid' where the model does not fit `data`, 'data/missing' or 'data/damaged'
 */
export async function realImages(
  file: ModelFile,
  { data, from, images }: RealWanted,
  onUnreadable: (image: UnreadableImage) => void,
): Promise<RealImages | string> {
  const open = async (name: ImagesWanted['data']): Promise<RealImages> => {
    const model = imageModelOf(file);
    return { model, source: await openImages(model, { data: name, from, images }, onUnreadable) };
  };
  if (data === null) return 'none were asked for';
  if (data !== undefined) return open(data);
  const said = new Map(file.model.metadata).get('dataset');
  if (said === undefined) return 'the model does not say what data it was made for; name it with --data';
  // A part of a dataset, or a stand-in for it, is called so: cifar10-fixture.
  const known = imagesNames.find((name) => said === name || said.startsWith(`${name}-`));
  if (known === undefined)
    return `the model was made for ${said}, which is not among ${imagesNames.join(', ')}`;
  try {
    return await open(known);
  } catch (error) {
    if (error instanceof NascentError && isNoMistake(error)) return `${error.message} (${error.help})`;
    throw error;
  }
}

/** Whether data that nobody asked for are only not here, or not the model's. */
export function isNoMistake({ code }: NascentError): boolean {
  return code === 'data/missing' || code === 'data/damaged' || code === 'input/invalid';
}
