/** Settings that no network can be built from are refused before a run is begun. */

import { NascentError } from '../errors.ts';
import type { SearchConfig } from '../search/config.ts';
import { checkCnnShape } from '../space/cnn.ts';
import type { TrainConfig } from '../train/config.ts';

/** Any data set's will do: what can be wrong with a shape is not theirs. */
const anyImages = { classes: 10, image: [3, 32, 32] } as const;

/** @throws NascentError `space/invalid` */
export function checkTraining({ channels, layers }: Pick<TrainConfig, 'channels' | 'layers'>): void {
  checkCnnShape({ channels, layers, ...anyImages });
}

/** @throws NascentError `space/invalid` */
export function checkSearch({ channels, layers, primitives, max_skips }: SearchConfig): void {
  checkCnnShape({ channels, layers, ...anyImages });
  const refuse = (help: string) => {
    throw new NascentError('space/invalid', `no search is possible over primitives=${primitives.join(',')}`, {
      help,
    });
  };
  if (new Set(primitives).size !== primitives.length) refuse('List each primitive once.');
  if (primitives.every((each) => each === 'none')) refuse('List at least one primitive besides none.');
  if (max_skips !== null && primitives.every((each) => each === 'none' || each === 'skip_connect')) {
    refuse('Skip connections can be capped where there is something else to take: add --set max_skips=null.');
  }
}
