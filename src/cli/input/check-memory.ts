/** A step that cannot fit the machine is refused before a run is begun. */

import { NascentError } from '../../errors.ts';
import { cardMemory, hostMemory } from '../../runtime/probe/memory.ts';
import { formatBytes } from '../render/format.ts';

/** What a step holds at one time, at least; numbers, of 4 bytes each. */
export interface StepMemory {
  /** Weights, and what there is one of for each weight: gradients, which are clipped together, and momentum. */
  readonly weights: number;
  /** What gradients need of one example, which goes with the batch. */
  readonly example: number;
  readonly batch: number;
  /** The settings to lower, the batch aside. */
  readonly settings: readonly string[];
}

/** What there is, in bytes. A graphics card's counts where it is more, for the tensors may lie there. */
export interface Memories {
  readonly host: () => number;
  readonly card: () => number;
}

const here: Memories = { host: () => hostMemory(), card: cardMemory };

/**
 * @returns what the step needs at least, in bytes
 * @throws NascentError `input/invalid` where the machine has less
 */
export function requireMemory(
  { weights, example, batch, settings }: StepMemory,
  memories: Memories = here,
): number {
  const needed = 4 * (weights + batch * example);
  // A card is asked last: that starts a program.
  if (needed <= memories.host()) return needed;
  const most = Math.max(memories.host(), memories.card());
  if (needed <= most) return needed;
  const fitting = Math.floor((most / 4 - weights) / example);
  const lower = [...settings, 'batch_size'].join(', ').replace(/, ([^,]*)$/, ' or $1');
  throw new NascentError(
    'input/invalid',
    `a step needs at least ${formatBytes(needed)} of memory (${formatBytes(4 * weights)} for weights and their ` +
      `gradients, ${formatBytes(4 * batch * example)} for a batch of ${batch}), and this machine has ${formatBytes(most)}`,
    {
      help:
        fitting >= 1
          ? `Lower ${lower}: a batch of more than ${fitting} cannot fit.`
          : `Lower ${settings.join(' or ')}: a batch of one does not fit.`,
    },
  );
}
