/**
 * The methods of search, a row each. A one-shot method makes the two steps of a bilevel search, of the weights and of the
 * alphas; what is around them (epochs, measuring, checkpoints, the genotype) is one and the same.
 */
import { strategyNames, type StrategyName, type TaskName } from '../../tasks/task.ts';
import { createBilevel } from '../one-shot/bilevel.ts';

export interface Strategy {
  /** For people. */
  readonly title: string;
  readonly paper: string;
  readonly kind: 'one-shot';
  readonly tasks: readonly TaskName[];
  /** The settings that are its own: those of a search that another method may not have. */
  readonly settings: readonly string[];
  /** Writes the starting state and compiles the steps. */
  readonly create: typeof createBilevel;
}

export const strategies: { readonly [N in StrategyName]: Strategy } = {
  darts: {
    title: 'DARTS',
    paper: 'Liu, Simonyan and Yang, ICLR 2019 (1806.09055)',
    kind: 'one-shot',
    tasks: ['images', 'text'],
    settings: [
      'order',
      'alpha_rate',
      'alpha_beta1',
      'alpha_beta2',
      'alpha_weight_decay',
      'warmup_epochs',
      'stop_on_skips',
      'max_skips',
    ],
    create: createBilevel,
  },
};

/** The strategies of a task, by name. */
export function strategiesOf(task: TaskName): readonly StrategyName[] {
  return strategyNames.filter((name) => strategies[name].tasks.includes(task));
}
