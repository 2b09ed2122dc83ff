/** The real images of a parity check, where the model takes images and the data set is here. */
import { datasetNames, loadDataset, type DatasetName } from '../data/datasets.ts';
import type { ImageDataset } from '../data/images.ts';
import { NascentError } from '../errors.ts';
import { imageModelOf, normalisedFor, requireFit, type ImageModel } from './image-model.ts';
import type { ModelFile } from './model-file.ts';

export interface RealImages {
  readonly model: ImageModel;
  /** As the model wants them normalised. */
  readonly dataset: ImageDataset;
}

/**
 * The first `images` of a test split: of `data`, or of the data set that the model says it was made for. A sentence
 * where there are none, which is no mistake unless `data` was asked for.
 *
 * @throws NascentError 'input/invalid' where the model does not fit `data`, 'data/missing' or 'data/damaged'
 */
export async function realImages(
  file: ModelFile,
  data: DatasetName | null | undefined,
  images: number,
): Promise<RealImages | string> {
  if (data === null) return 'none were asked for';
  if (data !== undefined) return fitting(file, data, images);
  const said = new Map(file.model.metadata).get('dataset');
  if (said === undefined) return 'the model does not say what data it was made for; name it with --data';
  // A part of a data set, or a stand-in for it, is called so: cifar10-fixture.
  const known = datasetNames.find((name) => said === name || said.startsWith(`${name}-`));
  if (known === undefined)
    return `the model was made for ${said}, which is not among ${datasetNames.join(', ')}`;
  try {
    return await fitting(file, known, images);
  } catch (error) {
    if (error instanceof NascentError && isNoMistake(error)) return `${error.message} (${error.help})`;
    throw error;
  }
}

async function fitting(file: ModelFile, name: DatasetName, images: number): Promise<RealImages> {
  const model = imageModelOf(file);
  const loaded = await loadDataset(name, 'test', images);
  requireFit(model, loaded);
  return { model, dataset: normalisedFor(model, loaded) };
}

function isNoMistake({ code }: NascentError): boolean {
  return code === 'data/missing' || code === 'data/damaged' || code === 'input/invalid';
}
