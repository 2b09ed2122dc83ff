/**
 * The training step of a derived recurrent network as a graph, and its evaluation.
 *
 * Beside each weight there is its average, `average.<weight>`, which evaluation and export go by. As long as training is
 * plain SGD the average is the weight itself: it takes the whole of it, a share of 1, at each step.
 */
import { grad } from '../../autodiff/grad.ts';
import { internal } from '../../errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { inline, sameInput } from '../../graph/inline.ts';
import type { Graph } from '../../graph/types.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { noPenalties } from '../../space/text/loss.ts';
import { noDropout } from '../../space/text/masks.ts';
import type { RnnShape, UnrolledSize } from '../../space/text/model.ts';
import { derivedNetwork, type NetworkSettings } from '../../space/text/networks.ts';
import type { Updates } from '../../learn/optimizers.ts';
import { finishStep, weightsOf, type StepGraph } from '../../learn/step-graph.ts';
import { carried, hiddenNames } from './carried.ts';
import { plainSgd, type PlainSgdOptions } from '../../learn/plain-sgd.ts';

/** The state that holds the average of a weight. */
export function averageName(weight: string): string {
  return `average.${weight}`;
}

/** Inputs `tokens`, `targets`, `hidden_in`, masks; outputs `loss`, `nll`, `hidden_out`. */
export function derivedLoss(shape: RnnShape, genotype: RnnGenotype, settings: NetworkSettings): Graph {
  const b = new GraphBuilder();
  const { loss, nll, hiddenOut } = derivedNetwork(b, shape, genotype, settings);
  return b.finish('rnn_loss', { loss, nll, hidden_out: hiddenOut });
}

/**
 * Inputs: `tokens`, `targets`, masks, scalars `rate` and `share`, which the average takes of the next weights. Outputs:
 * `loss`, `nll`, and `gradient_norm` before clipping.
 */
export function rnnTrainingStep(
  shape: RnnShape,
  genotype: RnnGenotype,
  settings: NetworkSettings,
  options: PlainSgdOptions,
): StepGraph {
  const graph = derivedLoss(shape, genotype, settings);
  const loss = carried({ graph, updates: new Map(), reports: [] }, hiddenNames.training, true);
  const b = new GraphBuilder();
  const outputs = inline(b, loss.graph, (input) => sameInput(b, input));
  const [total, nll, hidden] = ['loss', 'nll', 'hidden_out'].map((name) => outputs.get(name));
  if (total === undefined || nll === undefined || hidden === undefined) {
    throw internal('the loss of a recurrent network has three outputs');
  }
  const weights = weightsOf(b);
  const updates: Updates = new Map([[hiddenNames.training, hidden]]);
  const norm = plainSgd(b, weights, grad(b, total, weights), b.input('rate', []), options, updates);
  const share = b.input('share', []);
  const rest = b.op('Sub', [b.constant(1), share]);
  for (const weight of weights) {
    const next = updates.get(weight.name);
    if (next === undefined) throw internal(`"${weight.name}" has no next value`);
    const average = b.input(averageName(weight.name), weight.type.shape, {
      role: 'optimizer',
      initializer: { kind: 'constant', value: 0 },
    });
    const kept = b.op('Mul', [average, rest]);
    updates.set(average.name, b.op('Add', [kept, b.op('Mul', [next, share])]));
  }
  return finishStep(b, 'rnn_training_step', { loss: total, nll, gradient_norm: norm }, updates);
}

/** By the averages, nothing dropped. Inputs `tokens`, `targets`, `hidden_in`; outputs `nll`, `hidden_out`. */
export function rnnEvaluation(shape: RnnShape, genotype: RnnGenotype, size: UnrolledSize): Graph {
  const settings = { ...size, rates: noDropout, penalties: noPenalties };
  const b = new GraphBuilder();
  const outputs = inline(b, derivedLoss(shape, genotype, settings), (input) =>
    input.role === 'weight'
      ? b.input(averageName(input.value.name), input.value.type.shape, { role: 'optimizer' })
      : sameInput(b, input),
  );
  const [nll, hidden] = [outputs.get('nll'), outputs.get('hidden_out')];
  if (nll === undefined || hidden === undefined) throw internal('an evaluation has two outputs');
  return b.finish('rnn_evaluation', { nll, hidden_out: hidden });
}
