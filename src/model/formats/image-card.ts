/** What a folder says of an image classifier: what it takes and how its classes are called, as the model itself has it. */
import type { OnnxModel } from '../../../proto/onnx.ts';
import { imageModelOf, type ImageModel } from '../../evaluate/image-model.ts';
import { internal } from '../../errors.ts';
import { shorterSideOf } from '../../evaluate/square.ts';

export interface ImageCard {
  readonly model: ImageModel;
  /** Side of the square that it takes. */
  readonly size: number;
  /** What the shorter side of an image is brought to before the square is cut from its middle. */
  readonly resize: number;
  /** The name of each class; `class 0` and on where the model does not name them. */
  readonly labels: readonly string[];
  /** All of the metadata. */
  readonly about: ReadonlyMap<string, string>;
}

/** @param model of images, as an export makes it */
export function imageCardOf(model: OnnxModel): ImageCard {
  const image = imageModelOf({ path: 'the model', bytes: 0, sha256: '', model });
  const about = new Map(model.metadata);
  const { height: size, labels, classes = Number(about.get('num_classes') ?? Number.NaN) } = image;
  if (size === undefined || Number.isNaN(classes)) throw internal('an exported classifier has no sizes');
  return {
    model: image,
    size,
    resize: shorterSideOf(size, image.dataset),
    labels: labels ?? Array.from({ length: classes }, (_, k) => `class ${k}`),
    about,
  };
}
