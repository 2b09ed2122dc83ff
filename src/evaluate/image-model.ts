/**
 * What a model file says of itself as an image classifier, and whether that fits a dataset.
 *
 * A wrong accuracy has dull causes: images normalised otherwise than in training, labels in another order, channels
 * last. Each can be seen before anything runs.
 */
import { z } from 'zod';
import type { OnnxDim, OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import type { Channels, PerChannel } from '../data/images/imagenet/normalisation.ts';
import type { ImageSource } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import type { Face } from './face.ts';
import type { ModelFile } from './model-file.ts';

/**
 * A classifier with one input, normalised [batch, C, H, W] or bytes [batch, H, W, C], C being 3 or, of grey, 1; and one output [batch, classes]; or
 * two, the best classes and their scores. An extent left open is undefined.
 */
export interface ImageModel {
  readonly path: string;
  readonly input: string;
  /** Whether it takes images normalised, channels first, or as files have them: uint8, channels last. */
  readonly takes: 'normalised' | 'bytes';
  readonly output: string;
  /** What its output is of every class; or that it gives only the best, in `output`, and in `classOutput` which they are. */
  readonly gives: 'logits' | 'probabilities' | 'the best';
  readonly classOutput?: string;
  /** Whether the scores of the best are probabilities. */
  readonly bestOfProbabilities?: boolean;
  /** Where the model takes batches of one size only. */
  readonly batch: number | undefined;
  readonly channels: Channels;
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly classes: number | undefined;
  /** From the metadata, each where it is there. */
  readonly mean: PerChannel | undefined;
  readonly std: PerChannel | undefined;
  readonly labels: readonly string[] | undefined;
  readonly dataset: string | undefined;
}

/**
 * Reads inputs, outputs and metadata.
 *
 * @throws NascentError 'input/invalid' where the model does not take images and give logits, or its metadata is damaged
 */
export function imageModelOf({ path, model }: ModelFile): ImageModel {
  const refuse = (why: string): never => {
    throw new NascentError('input/invalid', `${path} is no image classifier: it ${why}`, {
      help:
        'It takes a model with one input, float32 [batch, 3, height, width] or uint8 [batch, height, width, 3], or with one channel for grey, ' +
        'and one output [batch, classes].',
    });
  };
  const inputs = dataInputs(model);
  const outputs = model.graph.outputs;
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || inputs.length > 1) {
    return refuse(`has ${inputs.length} inputs (${named(inputs)})`);
  }
  const best = outputs.length === 2 ? outputs.find(({ name }) => name === 'classes') : undefined;
  if (output === undefined || (outputs.length > 1 && best === undefined)) {
    return refuse(`has ${outputs.length} outputs (${named(outputs)})`);
  }
  const takes = input.type.kind === 'tensor' && input.type.dtype === 'uint8' ? 'bytes' : 'normalised';
  const images = takes === 'bytes' ? shapeOf(input) : floatShape(input);
  if (images === undefined) return refuse(`takes ${showInfo(input)}`);
  if (images.length !== 4) return refuse(`takes ${showInfo(input)}, which is no batch of images`);
  const [batch, ...extents] = images.map(extentOf);
  const [channels, height, width] =
    takes === 'bytes' ? [extents[2], extents[0], extents[1]] : [extents[0], extents[1], extents[2]];
  if (channels !== undefined && channels !== 3 && channels !== 1) {
    const last = takes === 'normalised' && width === 3 ? ': channels last' : '';
    return refuse(`takes ${showInfo(input)}${last}`);
  }
  const scores = floatShape(output) ?? (hasShape(output) ? refuse(`gives ${showInfo(output)}`) : [0, 0]);
  if (scores.length !== 2) return refuse(`gives ${showInfo(output)}, which is no list of logits an image`);
  const said = new Map(model.metadata).get('output') ?? '';
  const about = metadataOf(path, model);
  const numbers = about.mean?.length;
  if (channels !== undefined && numbers !== undefined && numbers !== channels) {
    refuse(`takes ${showInfo(input)}, and its metadata normalises ${numbers} channels`);
  }
  return {
    path,
    input: input.name,
    takes,
    output: output.name,
    gives: best === undefined ? (said === 'probabilities' ? 'probabilities' : 'logits') : 'the best',
    ...(best !== undefined && {
      classOutput: best.name,
      bestOfProbabilities: said.includes('probabilities'),
    }),
    batch,
    channels: channels ?? numbers ?? 3,
    height,
    width,
    classes: best === undefined ? extentOf(scores[1]) : about.labels?.length,
    ...about,
  };
}

/** The inputs that are fed: before IR 4, initializers were listed among them. */
export function dataInputs(model: Pick<Face, 'graph'>): readonly OnnxValueInfo[] {
  const initializers = new Set(model.graph.initializers.map((tensor) => tensor.name));
  return model.graph.inputs.filter((input) => !initializers.has(input.name));
}

/**
 * Checks that the model was made for images and classes like these.
 *
 * @throws NascentError 'input/invalid' naming the model's side and the dataset's
 */
export function requireFit(model: ImageModel, dataset: Sides & Pick<ImageSource, 'classes'>): void {
  requireSides(model, dataset);
  const refuse = (theModel: string, theData: string): never => {
    throw unfit(model, theModel, dataset, theData);
  };
  const { classes } = dataset;
  if ((model.classes ?? classes.length) !== classes.length) {
    refuse(`tells ${model.classes} classes apart`, `has ${classes.length}`);
  }
  const { labels } = model;
  if (labels === undefined) {
    // Without labels, the name is all there is to go by.
    if (model.dataset !== undefined && model.dataset !== dataset.name)
      refuse(`was made for ${model.dataset}`, 'is another dataset');
    return;
  }
  if (labels.length !== classes.length) refuse(`has ${labels.length} labels`, `has ${classes.length}`);
  const wrong = classes.findIndex((label, i) => label !== labels[i]);
  if (wrong >= 0) refuse(`calls class ${wrong} "${labels[wrong]}"`, `calls it "${classes[wrong]}"`);
}

type Sides = Pick<ImageSource, 'name' | 'channels' | 'height' | 'width'>;

/** Checks the images alone. Throws as `requireFit` does. */
export function requireSides(model: ImageModel, dataset: Sides): void {
  const { channels, height, width } = dataset;
  const sides = (model.height ?? height) === height && (model.width ?? width) === width;
  if (sides && model.channels === channels) return;
  throw unfit(
    model,
    `takes images of ${model.channels}×${model.height ?? '?'}×${model.width ?? '?'}`,
    dataset,
    `has images of ${channels}×${height}×${width}`,
  );
}

function unfit(
  model: ImageModel,
  theModel: string,
  dataset: Pick<ImageSource, 'name'>,
  theData: string,
): NascentError {
  return new NascentError('input/invalid', `${model.path} ${theModel}, and ${dataset.name} ${theData}`, {
    help: whatFits(model, dataset.name),
  });
}

function whatFits(model: ImageModel, given: string): string {
  if (model.dataset === undefined) return 'Give the dataset that the model was made for with --data.';
  if (model.dataset !== given)
    return `The model says that it was made for ${model.dataset}: give that with --data.`;
  return given === 'imagenet' || given === 'images'
    ? 'Give, by --from, a folder with the classes that the model was trained on, all of them: they are the names of ' +
        'the folders, sorted: of those in train, if there is one.'
    : 'The model says that it was made for other images of that name: train and export it again.';
}

const number = z.number();
const positive = z.number().positive();
const perChannel = z.union([z.tuple([number, number, number]), z.tuple([number])]);
const positivePerChannel = z.union([z.tuple([positive, positive, positive]), z.tuple([positive])]);

function metadataOf(
  path: string,
  { metadata }: OnnxModel,
): Pick<ImageModel, 'mean' | 'std' | 'labels' | 'dataset'> {
  const entries = new Map(metadata);
  const list = <T>(key: string, schema: z.ZodType<T>, what: string): T | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const parsed = schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    throw new NascentError('input/invalid', `${path}: its metadata has ${key} = ${shortened(text)}`, {
      help: `It must be a JSON list of ${what}. Export the model again.`,
    });
  };
  const mean = list('input_mean', perChannel, 'three numbers, or of one for grey');
  const std = list('input_std', positivePerChannel, 'three positive numbers, or of one for grey');
  if ((mean === undefined) !== (std === undefined)) {
    const [has, lacks] = mean === undefined ? ['input_std', 'input_mean'] : ['input_mean', 'input_std'];
    throw new NascentError('input/invalid', `${path}: its metadata has ${has} and no ${lacks}`, {
      help: 'Images are normalised by both or by neither. Export the model again.',
    });
  }
  if (mean?.length !== std?.length) {
    throw new NascentError(
      'input/invalid',
      `${path}: its metadata has ${mean?.length} numbers in input_mean and ${std?.length} in input_std`,
      { help: 'Both have a number for each channel. Export the model again.' },
    );
  }
  return {
    mean,
    std,
    labels: list('labels', z.array(z.string()).min(1), 'names'),
    dataset: entries.get('dataset'),
  };
}

/** Undefined, which no schema takes, where it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function extentOf(dim: OnnxDim): number | undefined {
  return typeof dim === 'number' && dim > 0 ? dim : undefined;
}

function hasShape({ type }: OnnxValueInfo): boolean {
  return type.kind === 'tensor' && type.shape !== undefined;
}

function shapeOf({ type }: OnnxValueInfo): readonly OnnxDim[] | undefined {
  return type.kind === 'tensor' ? type.shape : undefined;
}

function floatShape({ type }: OnnxValueInfo): readonly OnnxDim[] | undefined {
  return type.kind === 'tensor' && type.dtype === 'float32' ? type.shape : undefined;
}

function showInfo({ name, type }: OnnxValueInfo): string {
  if (type.kind !== 'tensor') return `"${name}", a ${type.kind}`;
  const shape =
    type.shape === undefined ? ' of any shape' : `[${type.shape.map((dim) => dim ?? '?').join(', ')}]`;
  return `"${name}", ${type.dtype}${shape}`;
}

function named(infos: readonly OnnxValueInfo[]): string {
  return infos.map(({ name }) => `"${name}"`).join(', ') || 'none';
}
