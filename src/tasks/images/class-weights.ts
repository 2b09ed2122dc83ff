/** How much an image of each class counts in the loss that is learnt from, where classes are uneven. */
import { areUneven } from '../../data/images/own/splits.ts';
import type { ImageSource } from '../../data/images/source.ts';
import { NascentError } from '../../errors.ts';
import type { Reporter } from '../../run/reporter.ts';

/** In words, or a number for each class in the order of the classes. */
export type ClassWeights = 'none' | 'balanced' | readonly number[];

type Counted = Pick<ImageSource, 'name' | 'classes' | 'perClass'>;

/**
 * A number for each class; undefined where all count alike. `balanced` is N / (K · n) for a class with n of the N images, K
 * being the classes that there are images of: each class counts as much as another, and an image once on average (King
 * and Zeng 2001, as scikit-learn has it). A class without images to train on counts 1: there may be some of it on which a search
 * learns its alphas, and a batch of these alone has a loss, too.
 *
 * @param images those that are trained on
 * @throws NascentError 'input/invalid' for a list of another length
 */
export function classWeightsOf(
  wanted: ClassWeights,
  { name, classes, perClass }: Counted,
): readonly number[] | undefined {
  if (wanted === 'none') return undefined;
  if (wanted === 'balanced') {
    const images = perClass.reduce((sum, each) => sum + each, 0);
    const present = perClass.filter((each) => each > 0).length;
    return perClass.map((each) => (each === 0 ? 1 : images / (present * each)));
  }
  if (wanted.length === classes.length) return wanted;
  throw new NascentError(
    'input/invalid',
    `class_weights=${wanted.join(',')} gives weights for ${wanted.length} classes, and ${name} has ${classes.length}`,
    {
      help: `Give one for each of ${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}, in this order, or say balanced.`,
    },
  );
}

/** Says how classes are made to count alike, where they are uneven and nothing was said of it. */
export function adviseClassWeights(
  wanted: ClassWeights,
  { perClass }: Pick<Counted, 'perClass'>,
  reporter: Reporter,
): void {
  if (wanted !== 'none' || !areUneven(perClass)) return;
  reporter.note(
    'a class of few images counts little in the loss: --set class_weights=balanced has each class count alike',
  );
}

/** So many are named. */
const mostNamed = 10;

/** Says what each class counts. */
export function sayClassWeights(
  weights: readonly number[] | undefined,
  { classes }: Pick<Counted, 'classes'>,
  reporter: Reporter,
): void {
  if (weights === undefined) return;
  const shown = classes.slice(0, mostNamed).map((name, i) => `${name} ${shortly(weights[i] ?? Number.NaN)}`);
  const more = classes.length - shown.length;
  reporter.note(
    `the loss is weighted by class: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}; what is measured is not`,
  );
}

/** Three digits that count; a large number is not rounded to them, nor said by a power of ten. */
function shortly(weight: number): string {
  return weight >= 100 ? String(Math.round(weight)) : String(Number(weight.toPrecision(3)));
}
