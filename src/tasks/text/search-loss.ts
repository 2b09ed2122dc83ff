/** The recurrent search network's loss, in the form that the bilevel steps are made from. */
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/types.ts';
import { noPenalties } from '../../space/text/loss.ts';
import { noDropout } from '../../space/text/masks.ts';
import type { RnnShape, UnrolledSize } from '../../space/text/model.ts';
import { searchNetwork, type NetworkSettings } from '../../space/text/networks.ts';
import type { RnnSearchShape } from '../../space/text/search-cell.ts';
import { finishStep } from '../../learn/step-graph.ts';
import type { LossGraph } from '../../learn/loss-graph.ts';

export type RnnSupernetShape = RnnShape & RnnSearchShape;

/**
 * Inputs: `tokens`, `targets` int64 [steps, batch], `hidden_in` [batch, units], the masks of the rates. Reports:
 * `nll`, which is the loss without its penalties, and `hidden_out` [batch, units], for the next slice of text.
 */
export function rnnSearchLoss(shape: RnnSupernetShape, settings: NetworkSettings): LossGraph {
  const b = new GraphBuilder();
  const { loss, nll, hiddenOut, statistics } = searchNetwork(b, shape, settings, 'train');
  const outputs = { loss, nll, hidden_out: hiddenOut };
  const step = finishStep(b, 'rnn_search_loss', outputs, statistics);
  return { ...step, reports: ['nll', 'hidden_out'] };
}

/** Inputs `tokens`, `targets`, `hidden_in`; outputs `nll`, `hidden_out`: nothing dropped, running statistics. */
export function rnnSearchEvaluation(shape: RnnSupernetShape, size: UnrolledSize): Graph {
  const b = new GraphBuilder();
  const settings = { ...size, rates: noDropout, penalties: noPenalties };
  const { nll, hiddenOut } = searchNetwork(b, shape, settings, 'infer');
  return b.finish('rnn_search', { nll, hidden_out: hiddenOut });
}
