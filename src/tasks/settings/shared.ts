/** Settings that mean the same for images and for text. Only the values that presets give them differ. */
import { oneOf, orNull, real, share, whole } from './kinds.ts';
import { kind } from './table.ts';

/** More steps than any machine will take. */
const manyEpochs = 1_000_000;
/** More than any dataset has. */
export const many = 10_000_000_000;

const epochs = kind({
  type: whole(1, manyEpochs),
  unit: 'epochs',
  help: 'How often the data is gone through.',
  source: 'DARTS, appendix A',
});

const seed = kind({
  // What a stream of random numbers can be seeded with.
  type: whole(0, 2 ** 32 - 1),
  unit: null,
  help: 'Where all random numbers begin: equal seeds give equal runs.',
  source: 'the official code',
});

const weightDecay = kind({
  type: real({ from: 0, to: 10 }),
  unit: null,
  help: 'How strongly weights are pulled to 0: this times the weight is added to its gradient.',
  source: 'DARTS, appendix A',
});

const clip = kind({
  type: real({ above: 0, to: 1_000_000_000 }),
  unit: null,
  help: "The largest L2 norm of the weights' gradient: a longer one is scaled down to it.",
  source: 'the official code',
});

/** Of every search and every training. */
export const learning = { epochs, seed, weightDecay, clip } as const;

/** Of every search. */
export const searching = {
  order: kind({
    type: oneOf([1, 2]),
    unit: null,
    help: 'Order of the gradient of alpha: 1 takes the weights as they are, 2 looks one step of training ahead.',
    source: 'DARTS, section 2.3',
  }),
  alphaRate: kind({
    type: real({ above: 0, to: 100 }),
    unit: null,
    help: 'Learning rate of alpha.',
    source: 'DARTS, appendix A.1',
  }),
  alphaBeta1: kind({
    type: share,
    unit: null,
    help: "How much of its mean gradient Adam keeps from step to step, for alpha's steps.",
    source: 'DARTS, appendix A.1',
  }),
  alphaBeta2: kind({
    type: share,
    unit: null,
    help: "How much of its mean squared gradient Adam keeps from step to step, for alpha's steps.",
    source: 'DARTS, appendix A.1',
  }),
  alphaWeightDecay: kind({
    type: real({ from: 0, to: 10 }),
    unit: null,
    help: 'How strongly alpha is pulled to 0: this times alpha is added to its gradient.',
    source: 'DARTS, appendix A.1',
  }),
  warmupEpochs: kind({
    type: whole(0, manyEpochs),
    unit: 'epochs',
    help: 'Epochs at the start in which only weights are trained, and alpha stays as it is.',
    source: 'PC-DARTS, Xu et al. (2020)',
  }),
} as const;

/** The caps on skip connections, for cells of at most so many edges; `skip` is what one is called in the cell. */
export function skipCaps(edges: number, cell: string, skip: string) {
  return {
    maxSkips: kind({
      type: orNull(whole(0, edges)),
      unit: skip,
      help: `The most ${skip} in the derived ${cell}; null for any number.`,
      source: 'P-DARTS, Chen et al. (2019)',
    }),
    stopOnSkips: kind({
      type: orNull(whole(1, edges)),
      unit: skip,
      help: `Stop after an epoch whose derived ${cell} has this many ${skip} or more; null to never stop.`,
      source: 'DARTS+, Liang et al. (2019)',
    }),
  } as const;
}
