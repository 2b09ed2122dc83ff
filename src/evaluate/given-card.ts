/**
 * What a user says of an image model whose file says nothing of it: how its images are normalised, and what its classes are
 * called. A wrong answer here is a wrong accuracy without an error, so whatever can be seen to be wrong is refused.
 */
import { z } from 'zod';
import type { PerChannel } from '../data/images/imagenet/normalisation.ts';
import type { ImageSource } from '../data/images/source.ts';
import { NascentError } from '../errors.ts';
import type { ImageModel } from './image-model.ts';

/** The fields of an order; pixels are scaled to [0, 1], and so are mean and deviation. */
export const givenCard = {
  /** For each channel, or one number for all of them. */
  mean: z.array(z.number().min(0).max(1)).min(1).optional(),
  std: z.array(z.number().positive().max(1)).min(1).optional(),
  /** The name of each class, in the order of the model's outputs. */
  labels: z.array(z.string()).min(1).optional(),
};
const card = z.strictObject(givenCard);
/** What is said; each where it is. */
export type GivenCard = z.input<typeof card>;

/**
 * The model with what was said of it.
 *
 * @throws NascentError 'input/invalid' where the file says it itself, or it does not go with its inputs and outputs
 */
export function withGiven(model: ImageModel, { mean, std, labels }: GivenCard): ImageModel {
  return { ...model, ...normalised(model, mean, std), ...labelled(model, labels) };
}

function normalised(model: ImageModel, mean: GivenCard['mean'], std: GivenCard['std']): Partial<ImageModel> {
  if (mean === undefined && std === undefined) return {};
  const refuse = (why: string, help: string): never => {
    throw new NascentError('input/invalid', why, { help });
  };
  if (mean === undefined || std === undefined) {
    const [has, lacks] = mean === undefined ? ['deviation', 'mean'] : ['mean', 'deviation'];
    return refuse(
      `a ${has} was given and no ${lacks}`,
      'Images are normalised by both or by neither: give --mean and --std.',
    );
  }
  if (model.takes === 'bytes') {
    return refuse(
      `${model.path} takes images as bytes, and normalises them itself`,
      'Leave --mean and --std out.',
    );
  }
  if (model.mean !== undefined) {
    return refuse(
      `${model.path} says itself how its images are normalised: by mean ${model.mean.join(', ')} and deviation ${model.std?.join(', ')}`,
      'Leave --mean and --std out.',
    );
  }
  return { mean: perChannel(model, 'mean', mean), std: perChannel(model, 'deviation', std) };
}

function perChannel({ path, channels }: ImageModel, what: string, given: readonly number[]): PerChannel {
  const [first = 0, second = first, third = first] = given;
  if (given.length === 1 || given.length === channels)
    return channels === 1 ? [first] : [first, second, third];
  throw new NascentError(
    'input/invalid',
    `${path} takes images of ${channels === 1 ? 'one channel' : `${channels} channels`}, and the ${what} given has ${given.length} numbers`,
    { help: `Give ${channels === 1 ? 'one number' : 'a number for each channel, or one for all'}.` },
  );
}

function labelled(model: ImageModel, labels: GivenCard['labels']): Partial<ImageModel> {
  if (labels === undefined) return {};
  const { path, classes = labels.length } = model;
  if (model.labels !== undefined) {
    throw new NascentError('input/invalid', `${path} names its classes itself`, {
      help: 'Leave --labels out.',
    });
  }
  if (labels.length !== classes) {
    throw new NascentError(
      'input/invalid',
      `${path} tells ${classes} classes apart, and ${labels.length} labels were given`,
      { help: 'Give by --labels a file with a line for each class, in the order of its outputs.' },
    );
  }
  return { labels, classes };
}

/** Where the classes of a dataset are among the outputs of a model. */
export interface Places {
  /** The output of each class: of each another one. */
  readonly at: Int32Array;
  /** What was taken for granted to find them; undefined where every class is a whole label. */
  readonly note?: string | undefined;
}

/**
 * At which output of the model each class of a dataset is, told by the names. A label of several words is the class that its
 * first word names, too, as lists of ImageNet's have it: `n01440764 tench, Tinca tinca`; unless the whole of it is a class,
 * as `cat food` may be one beside `cat`.
 *
 * @throws NascentError 'input/invalid' where a class has no label, or several
 */
export function placesOf(
  { name, classes }: Pick<ImageSource, 'name' | 'classes'>,
  labels: readonly string[],
): Places {
  const known = new Set(classes);
  const whole = placesBy(labels, (label) => label);
  const byFirst = placesBy(labels, (label) => (known.has(label) ? undefined : /^[^\s,]+/.exec(label)?.[0]));
  const missing: string[] = [];
  const guessed: string[] = [];
  const places = classes.map((each) => {
    const found = whole.get(each) ?? byFirst.get(each) ?? [];
    const [place, second] = found;
    if (second !== undefined) {
      throw new NascentError(
        'input/invalid',
        `the labels given name the class "${each}" ${found.length} times: at outputs ${found.join(', ')}`,
        { help: 'Give each class of the model a name of its own.' },
      );
    }
    if (place === undefined) missing.push(each);
    else if (labels[place] !== each) guessed.push(`"${each}" by "${labels[place]}"`);
    return place ?? -1;
  });
  if (missing.length === 0) {
    const at = Int32Array.from(places);
    if (guessed.length === 0) return { at };
    const note = `classes of ${name} told by the first word of a label: ${guessed.length} of ${classes.length}, such as ${guessed[0]}`;
    return { at, note };
  }
  const shown = missing.slice(0, 3).map((each) => `"${each}"`);
  const more = missing.length - shown.length;
  throw new NascentError(
    'input/invalid',
    `the labels given, from "${labels[0]}" to "${labels.at(-1)}", lack ${missing.length} of the ${classes.length} classes of ${name}: ` +
      `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    {
      help: 'Name the classes as the dataset does, such as by the names of its folders; more words may follow in the line.',
    },
  );
}

/** @param nameOf what a label is found by, if by anything */
function placesBy(
  labels: readonly string[],
  nameOf: (label: string) => string | undefined,
): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [i, label] of labels.entries()) {
    const name = nameOf(label);
    if (name === undefined) continue;
    const same = places.get(name);
    if (same === undefined) places.set(name, [i]);
    else same.push(i);
  }
  return places;
}
