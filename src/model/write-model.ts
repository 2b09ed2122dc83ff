/** The last stretch of every export: a network with its weights, and what a reader of the file needs to know of it. */
import { exportOnnx } from '../../exporters/onnx/export.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import type { Tensors } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { nascentVersion } from '../run/versions.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import type { ImageFacts } from '../tasks/images/facts.ts';

export type ExportOpset = 15 | 16 | 17 | 18;

export interface ImageClassifier {
  readonly graph: Graph;
  /** All its weights and running statistics. */
  readonly weights: Tensors;
  readonly genotype: CnnGenotype;
  /** Of the images that it takes; without `classes` where their names are not known. */
  readonly images: Pick<ImageFacts, 'name' | 'mean' | 'std'> & Partial<Pick<ImageFacts, 'classes'>>;
  readonly numClasses: number;
  readonly seed: number;
  /** What the weights are: `trained`, or that they are not. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly opset: ExportOpset;
}

export interface ModelBytes {
  readonly bytes: Uint8Array;
  readonly parameters: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
}

/** The bytes of `model.onnx`: NCHW, any batch, batch norm in inference form. The same classifier gives the same bytes. */
export function modelBytes(classifier: ImageClassifier): ModelBytes {
  const { graph, weights, genotype, images, numClasses, seed, provenance, opset } = classifier;
  const [parameters, macs] = [countParameters(graph), countMacs(graph)];
  const bytes = exportOnnx(graph, {
    weights,
    opset,
    name: 'nascent',
    producerVersion: nascentVersion(),
    metadata: {
      task: 'image-classification',
      dataset: images.name,
      genotype: JSON.stringify(genotype),
      ...(images.classes !== undefined && { labels: JSON.stringify(images.classes) }),
      num_classes: String(numClasses),
      input_layout: 'NCHW',
      input_range: '[0, 1] before normalisation',
      input_mean: JSON.stringify(images.mean),
      input_std: JSON.stringify(images.std),
      parameters: String(parameters),
      macs: String(macs),
      seed: String(seed),
      ...provenance,
    },
  });
  return { bytes, parameters, macs };
}
