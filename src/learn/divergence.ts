/**
 * When a loss is no number any more: which tensor went first.
 *
 * By the time it is seen the step has been taken, and every weight is spoilt: gradients that are scaled by a norm that
 * is no number are none either. But each batch norm has left a trace in its running statistics, which depend on what
 * went into it and on nothing after it. So the first of them that is not finite, in the order of the network, tells
 * where a pass forward went wrong. Where all are finite, the loss itself is the first, or the way back from it.
 */
import type { Batch } from '../data/images/batches.ts';
import { NascentError } from '../errors.ts';
import type { TensorData } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { CheckpointContent } from '../run/checkpoint-file.ts';
import type { Store } from '../runtime/runtime.ts';
import { velocityName } from './optimizers.ts';

/** A step that went wrong, and the state after it. */
export interface FailedStep {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly batch: Batch;
  readonly graph: Graph;
  readonly store: Store;
}

/** The error 'train/diverged' for a step whose loss or gradient is not finite, naming the first tensor that was not. */
export async function diverged(failed: FailedStep): Promise<NascentError> {
  const { loss, gradientNorm, epoch, step } = failed;
  const what = Number.isFinite(loss)
    ? `the norm of the gradient became ${gradientNorm}`
    : `the training loss became ${loss}`;
  return error(`${what} in epoch ${epoch}, step ${step}: first not finite was ${await firstIn(failed)}`);
}

/** @throws NascentError 'train/diverged' naming the first tensor of a checkpoint to be that is not finite */
export function requireFiniteState({ tensors }: CheckpointContent, epoch: number): void {
  for (const [name, { data }] of tensors) {
    if (!isFiniteData(data)) throw error(`"${name}" is not finite any more in epoch ${epoch}`);
  }
}

async function firstIn({ loss, batch, graph, store }: FailedStep): Promise<string> {
  if (!isFiniteData(batch.images)) return 'an image of the batch';
  const named = (role: 'buffer' | 'weight') =>
    graph.inputs.filter((input) => input.role === role).map(({ value }) => value.name);
  const statistic = await firstNotFinite(store, named('buffer'));
  if (statistic !== undefined) return `what went into the batch norm of "${statistic}"`;
  if (!Number.isFinite(loss)) return 'the loss, of logits that follow from finite batch norms';
  // The way back begins at the last weight.
  const weights = named('weight').toReversed();
  const velocity = await firstNotFinite(store, weights.map(velocityName));
  const weight = weights.find((name) => velocityName(name) === velocity);
  return weight === undefined ? 'the sum of the squared gradients' : `the gradient of "${weight}"`;
}

async function firstNotFinite(store: Store, names: readonly string[]): Promise<string | undefined> {
  const tensors = await store.read(names);
  return names.find((name) => !isFiniteData(tensors.get(name)?.data ?? []));
}

function isFiniteData(data: TensorData | readonly number[]): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

function error(message: string): NascentError {
  return new NascentError('train/diverged', message, {
    help: 'Lower `rate` or `clip` in a new run. The last checkpoint is from before it, and can be exported.',
  });
}
