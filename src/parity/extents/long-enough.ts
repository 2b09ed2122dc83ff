/**
 * What is guessed of extents that a file leaves open, where the usual guess is too short: for a window of a pool over samples
 * of sound, or for a slice that leaves nothing of it.
 */
import { sizeOf } from '../../graph/tensor.ts';
import { OpenExtents, type Extents, type Guesses } from './open-extents.ts';
import type { Fed, Shapes } from '../whole/shapes.ts';

/** How a file is read for inputs of certain shapes: not at all, with values that are of no elements, or fully. */
export type Fit = 'not at all' | 'emptily' | 'fully';

/** What is tried, the first that fits being taken: words, sides of images, a second of sound and more. */
const lengths = [16, 64, 224, 512, 1000, 4000, 16_000, 64_000];
/** More values are not worth it. */
export const mostValues = 2 ** 20;
/** The batch for which all of it is tried. */
const batch = 2;

/**
 * The guesses with which a file is read: all extents longer, or one of them. None where the usual fit, or nothing that is
 * tried fits better; undefined where nothing fits at all.
 *
 * @param fitOf how the file is read for inputs of these shapes
 * @param most how many readings are worth it
 */
export function longEnough(
  inputs: readonly Fed[],
  said: Extents,
  fitOf: (shapes: Shapes) => Fit,
  most: number,
): Guesses | undefined {
  const fitWith = (guesses: Guesses): Fit => fitOf(shapesWith(inputs, said, guesses));
  const usual: Guesses = new Map();
  let best = { guesses: usual, fit: fitWith(usual) };
  const { guessed } = new OpenExtents(inputs, said);
  for (const guesses of longer(guessed).slice(0, most)) {
    if (best.fit === 'fully') break;
    if (valuesOf(shapesWith(inputs, said, guesses)) > mostValues) continue;
    const fit = fitWith(guesses);
    if (fit === 'fully' || (fit === 'emptily' && best.fit === 'not at all')) best = { guesses, fit };
  }
  return best.fit === 'not at all' ? undefined : best.guesses;
}

/** Of each length: for all that are shorter, and where these are several, for each of them alone. */
function longer(guessed: Guesses): readonly Guesses[] {
  return lengths.flatMap((length) => {
    const shorter = [...guessed].filter(([, extent]) => extent < length);
    const all = shorter.map(([name]) => [name, length] as const);
    const alone = all.length > 1 ? all.map((one) => new Map([one])) : [];
    return all.length === 0 ? [] : [new Map(all), ...alone];
  });
}

function shapesWith(inputs: readonly Fed[], said: Extents, guesses: Guesses): Shapes {
  const open = new OpenExtents(inputs, said, guesses);
  return new Map(inputs.map((input) => [input.name, open.shapeOf(input, { batch })]));
}

export function valuesOf(shapes: Shapes): number {
  return [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
}
