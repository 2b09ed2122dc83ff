/**
 * The recurrent networks over a known number of steps: the one of a search, and the one of a genotype. Each is built
 * into a builder, together with its loss; who trains them adds gradients and updates.
 */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { discreteCell } from './cell.ts';
import type { RnnGenotype } from './genotype.ts';
import { languageLoss, type LanguageLoss, type Penalties } from './loss.ts';
import type { DropoutRates } from './masks.ts';
import { modelWeights, unrolledModel, type RnnShape, type Unrolled, type UnrolledSize } from './model.ts';
import { rnnAlphaInput, searchCell, type RnnSearchShape } from './search-cell.ts';
import { sharedNorm } from './shared-norm.ts';

export interface BuiltNetwork extends Unrolled, LanguageLoss {}

export interface BuiltSearch extends BuiltNetwork {
  readonly alpha: Value;
  /** Next running statistics, by the name of the state they replace; none in `infer` mode. */
  readonly statistics: ReadonlyMap<string, Value>;
}

export interface NetworkSettings extends UnrolledSize {
  readonly rates: DropoutRates;
  readonly penalties: Penalties;
}

/**
 * The network of a search. Inputs: `tokens`, `targets` int64 [steps, batch], `hidden_in` [batch, units], masks, weights,
 * `alpha`, and the running statistics `cell.norm.running_mean` and `cell.norm.running_variance`, which `train` mode
 * moves and `infer` mode normalises by.
 */
export function searchNetwork(
  b: GraphBuilder,
  shape: RnnShape & RnnSearchShape,
  settings: NetworkSettings,
  mode: 'train' | 'infer',
): BuiltSearch {
  const weights = modelWeights(b, shape, shape.nodes);
  const alpha = rnnAlphaInput(b, shape);
  const norm = b.scope('cell.norm', () => sharedNorm(b, shape.units, mode));
  const cell = searchCell(b, shape, alpha, norm);
  const unrolled = unrolledModel(b, shape, weights, cell, settings, settings.rates);
  const loss = languageLoss(b, unrolled, settings, settings.penalties);
  return { ...unrolled, ...loss, alpha, statistics: norm.statistics() };
}

/** The network of a genotype. Inputs as above, without alpha and statistics: a derived cell has no batch norm. */
export function derivedNetwork(
  b: GraphBuilder,
  shape: RnnShape,
  genotype: RnnGenotype,
  settings: NetworkSettings,
): BuiltNetwork {
  const weights = modelWeights(b, shape, genotype.nodes.length);
  const unrolled = unrolledModel(b, shape, weights, discreteCell(b, genotype), settings, settings.rates);
  return { ...unrolled, ...languageLoss(b, unrolled, settings, settings.penalties) };
}
