/** The cells that a command is about: a genotype in any form, or those of a search at an epoch. */
import { openRun } from '../../run/directory.ts';
import { deriveFrom } from '../../search/derive.ts';
import type { Genotype, Space } from '../../space/space.ts';

/**
 * @param given a published name, a file, a run folder, or the notation itself; with `epoch`, the run folder of a search
 * @throws NascentError 'space/invalid-genotype', 'input/unknown'; what `deriveFrom` throws
 */
export function cellsGiven(space: Space, given: string, epoch: number | undefined): Genotype {
  return epoch === undefined ? space.load(given) : deriveFrom(openRun(given), { epoch }).genotype;
}
