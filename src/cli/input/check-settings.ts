/** Settings that no network can be built from are refused before a run is begun. */

import { NascentError } from '../../errors.ts';
import type { SearchConfig } from '../../tasks/images/search-settings.ts';
import { checkCnnShape, reductionCells } from '../../space/images/cnn.ts';
import type { TrainConfig } from '../../tasks/images/train-settings.ts';

/** Any data set's will do: what can be wrong with a shape is not theirs. */
const anyImages = { classes: 10, image: [3, 32, 32] } as const;

/** @throws NascentError `space/invalid` */
export function checkTraining({ channels, layers }: Pick<TrainConfig, 'channels' | 'layers'>): void {
  checkCnnShape({ channels, layers, ...anyImages });
}

/** @throws NascentError `space/invalid`, `input/invalid` for a search that would learn nothing of some cell */
export function checkSearch(settings: SearchConfig): void {
  const { channels, layers, primitives, epochs, warmup_epochs, max_skips, stop_on_skips } = settings;
  checkCnnShape({ channels, layers, ...anyImages });
  const impossible = (help: string) => {
    throw new NascentError('space/invalid', `no search is possible over primitives=${primitives.join(',')}`, {
      help,
    });
  };
  if (new Set(primitives).size !== primitives.length) impossible('List each primitive once.');
  if (primitives.every((each) => each === 'none')) impossible('List at least one primitive besides none.');
  if (max_skips !== null && primitives.every((each) => each === 'none' || each === 'skip_connect')) {
    impossible(
      'Skip connections can be capped where there is something else to take: add --set max_skips=null.',
    );
  }
  const vain = (what: string, help: string) => {
    throw new NascentError('input/invalid', what, { help });
  };
  if (reductionCells(layers).length === layers) {
    vain(`a supernet of layers=${layers} has no normal cell to learn from`, 'Use 3 layers or more.');
  }
  if (warmup_epochs >= epochs) {
    vain(
      `warmup_epochs=${warmup_epochs} leaves alphas alone for all of epochs=${epochs}`,
      'Use fewer warmup_epochs, or more epochs.',
    );
  }
  // Skips are counted in the cell as it is derived, which is after the cap.
  if (max_skips !== null && stop_on_skips !== null && max_skips < stop_on_skips) {
    vain(
      `stop_on_skips=${stop_on_skips} is never reached where max_skips=${max_skips} caps them`,
      'Leave one of them out: --set max_skips=null, or --set stop_on_skips=null.',
    );
  }
}
