/**
 * When a loss is not finite any more: which tensor went first, and what can still be had of the run.
 *
 * By the time it is seen the step has been taken, and every weight is spoilt: gradients that are scaled by a norm that
 * is not a number are none either. But each batch norm has left a trace in its running statistics, which depend on what
 * went into it and on nothing after it. So the first of them that is not finite, in the order of the network, tells
 * where a pass forward went wrong. Where all are finite, the loss itself is the first, or the way back from it.
 */
import { NascentError } from '../errors.ts';
import type { Tensors, TensorData } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { CheckpointContent } from '../run/checkpoint-file.ts';
import type { Run } from '../run/directory.ts';
import type { Store } from '../runtime/runtime.ts';
import { velocityName } from './optimizers.ts';

/** What a step says of itself: `loss`, and `gradient_norm` before clipping. */
export interface StepFigures {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** A step that went wrong, and the state after it. */
export interface FailedStep extends StepFigures {
  /** What it was fed. */
  readonly feeds: Tensors;
  readonly graph: Graph;
  readonly store: Store;
}

export function isFiniteStep({ loss, gradientNorm }: StepFigures): boolean {
  return Number.isFinite(loss) && Number.isFinite(gradientNorm);
}

/** What became of a step that is not finite, naming the first tensor that was not. */
export async function whatDiverged(failed: FailedStep): Promise<string> {
  const { loss, gradientNorm } = failed;
  const what = Number.isFinite(loss)
    ? `the norm of the gradient became ${gradientNorm}`
    : `the training loss became ${loss}`;
  return `${what}: first not finite was ${await firstIn(failed)}`;
}

/** The error for a run that cannot continue. Its help names only what is there. */
export function diverged(run: Run, message: string): NascentError {
  const { kind } = run.record();
  const last = run.latestCheckpoint();
  const rest =
    last === undefined
      ? 'It has no checkpoint from before that.'
      : kind === 'search'
        ? `Its last checkpoint, ${last.name}, is from before that; its cells: nascent derive ${run.path}`
        : `Its last checkpoint, ${last.name}, is from before that; to export it: nascent export ${run.path}`;
  return new NascentError('train/diverged', message, {
    help: `Lower \`rate\` or \`clip\` in a new run. ${rest}`,
  });
}

/** @throws NascentError 'train/diverged' naming the first tensor of a checkpoint to be that is not finite */
export function requireFiniteState({ tensors }: CheckpointContent, run: Run, epoch: number): void {
  for (const [name, { data }] of tensors) {
    if (!isFiniteData(data)) throw diverged(run, `"${name}" is not finite any more in epoch ${epoch}`);
  }
}

async function firstIn({ loss, feeds, graph, store }: FailedStep): Promise<string> {
  const fed = [...feeds].find(([, { dtype, data }]) => dtype === 'float32' && !isFiniteData(data));
  if (fed !== undefined) return `the input "${fed[0]}" of the batch`;
  const named = (role: 'buffer' | 'weight') =>
    graph.inputs.filter((input) => input.role === role).map(({ value }) => value.name);
  const statistic = await firstNotFinite(store, named('buffer'));
  if (statistic !== undefined) {
    return statistic.includes('running_')
      ? `what went into the batch norm of "${statistic}"`
      : `the state "${statistic}"`;
  }
  if (!Number.isFinite(loss)) return 'the loss, of outputs that follow from finite batch norms';
  // The way back begins at the last weight.
  const weights = named('weight').toReversed();
  const velocity = await firstNotFinite(
    store,
    weights.map(velocityName).filter((name) => store.has(name)),
  );
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
