/** Image classifiers as models: NCHW, any batch, batch norm in inference form, classes and normalisation in the metadata. */
import { datasetNamed } from '../data/registry.ts';
import { internal, NascentError } from '../errors.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import type { Tensors } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { Random } from '../random.ts';
import type { CnnShape } from '../space/images/cnn.ts';
import { validateGenotype, type CnnGenotype } from '../space/images/genotype.ts';
import { inferenceGraph } from '../space/images/network-graphs.ts';
import type { ImageFacts } from '../run/artefacts/data.ts';
import { readMetrics } from '../run/artefacts/metrics.ts';
import type { Run } from '../run/directory.ts';
import { readImageFacts } from '../tasks/images/facts.ts';
import { images as task } from '../tasks/images/task.ts';
import { trainSchema } from '../tasks/images/train-settings.ts';
import { networkShape } from '../tasks/images/train.ts';
import type { RecordedTraining } from '../tasks/recorded.ts';
import type { Model, ModelMaker } from './model.ts';
import { madeUpImages, trainingImages } from './samples.ts';
import { settled } from './settle.ts';
import { factsOfWeights } from './trained-facts.ts';

interface ImageClassifier extends Required<Pick<Model, 'samples'>>, Pick<Model, 'measuredOn'> {
  readonly graph: Graph;
  readonly weights: Tensors;
  readonly genotype: CnnGenotype;
  /** Of the images that it takes; without `classes` where their names are not known. */
  readonly images: Pick<ImageFacts, 'name' | 'mean' | 'std'> & Partial<Pick<ImageFacts, 'classes'>>;
  readonly numClasses: number;
  readonly seed: number;
  /** Where the weights come from. */
  readonly provenance: Readonly<Record<string, string>>;
}

export const imageModels: ModelMaker<CnnShape> = {
  checkpoint: 'last',
  measuredOn,
  unmeasured: 'No epoch of it has been measured yet, or none is, by test_images=0',
  async ofRun({ run, config, checkpoint, which, seed }) {
    const genotype = validateGenotype(config.genotype);
    const images = readImageFacts(run);
    const graph = inferenceGraph(networkShape(trainSchema.parse(config.settings), images), genotype);
    const weights = weightsFor(graph, task.exported(checkpoint), checkpoint.file);
    return classifier({
      graph,
      weights,
      genotype,
      images,
      numClasses: images.classes.length,
      seed,
      samples: () => trainingImages(config, images),
      measuredOn: { data: config.data, from: config.from },
      provenance: factsOfWeights({ run, checkpoint, which }, weights, () => measuredOn(config, run)),
    });
  },
  async ofGenotype({ genotype: given, shape, seed }) {
    const genotype = validateGenotype(given);
    const graph = inferenceGraph(shape, genotype);
    // A stem is called after the images that it is for.
    const { name, normalisation, labels } = datasetNamed(shape.stem ?? 'cifar10');
    if (normalisation === null) throw internal(`${name} has no normalisation of its own`);
    // Names that are not of these classes would be wrong ones.
    const named = labels?.length === shape.classes ? { classes: labels } : {};
    const random = new Random(seed);
    const initial = initialise(graph, random.fork('weights'));
    return classifier({
      graph,
      weights: settled(graph, initial),
      genotype,
      images: { name, ...normalisation, ...named },
      numClasses: shape.classes,
      seed,
      samples: async () => madeUpImages(shape.image, random.fork('samples')),
      provenance: {
        training:
          'none: weights as initialised from the seed, running variances settled on what such weights lead to',
      },
    });
  },
  untrainedNote:
    'this network is not trained: its weights are freshly initialised, and it classifies nothing',
};

function measuredOn({ settings }: RecordedTraining, run: Run): string {
  if ('held_back' in settings && settings.held_back > 0) return 'held-back images';
  // Images of one's own may have some for validation beside those for the test.
  const isOnValidation = readMetrics(run).some((each) => each.kind === 'epoch' && 'valid_accuracy' in each);
  return isOnValidation ? 'validation images' : 'test images';
}

function classifier(given: ImageClassifier): Model {
  const { graph, weights, genotype, images, numClasses, seed, samples, measuredOn: data, provenance } = given;
  const [parameters, macs] = [countParameters(graph), countMacs(graph)];
  return {
    graph,
    weights,
    macs,
    samples,
    ...(data !== undefined && { measuredOn: { data: data.data, from: data.from } }),
    name: 'model',
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
  };
}

/** What the network takes of a checkpoint: all but the optimizer's state and the auxiliary head. */
function weightsFor(graph: Graph, state: Tensors, file: string): Tensors {
  return new Map(
    graph.inputs.flatMap(({ value, role }) => {
      if (role === 'data') return [];
      const tensor = state.get(value.name);
      const [found, wanted] = [tensor?.shape.join('×'), value.type.shape.join('×')];
      if (tensor === undefined || found !== wanted) {
        const what =
          tensor === undefined
            ? `has no tensor "${value.name}"`
            : `has "${value.name}" of the shape [${found}], not [${wanted}]`;
        throw new NascentError('run/damaged', `${file} ${what}`, {
          help: 'It belongs to another network. Export the run that it came from.',
        });
      }
      return [[value.name, tensor] as const];
    }),
  );
}
