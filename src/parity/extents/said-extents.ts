/** What was said of extents that a model leaves open is of extents that it has. */
import { NascentError } from '../../errors.ts';
import { extentName } from '../../graph/extent.ts';
import { namesIn } from './written-extents.ts';

/** @throws NascentError 'input/unknown' with those that there are; 'input/invalid' where one is given no extent */
export function requireExtents(
  shapes: readonly (readonly (number | string)[] | undefined)[],
  said: Readonly<Record<string, number>>,
): void {
  const dims = shapes.flatMap((shape) => (shape ?? []).filter((dim) => typeof dim === 'string'));
  const names = new Set(dims.flatMap((dim) => [dim, ...namesIn(dim)]));
  for (const [name, extent] of Object.entries(said)) {
    if (!Number.isInteger(extent) || extent < 0) {
      throw new NascentError('input/invalid', `the extent "${name}" is given as ${String(extent)}`, {
        help: 'Give a whole number.',
      });
    }
    if (names.has(name) || [...names].some((one) => extentName(one) === name)) continue;
    throw new NascentError('input/unknown', `no input of the model has an extent "${name}"`, {
      help: names.size === 0 ? 'Leave it out: all are fixed.' : `Open are ${[...names].join(', ')}.`,
    });
  }
}

/**
 * What is computed from others is an extent.
 *
 * @throws NascentError 'input/invalid' where they are too short for it
 */
export function requireLong(input: string, dtype: string, shape: readonly number[]): void {
  if (shape.every((extent) => extent >= 0)) return;
  throw new NascentError(
    'input/invalid',
    `the input "${input}" would be ${dtype}[${shape.join(', ')}], as extents follow from others that are too short`,
    { help: 'Give longer ones: --extent NAME=NUMBER.' },
  );
}
