/** `--estimate`: how long it would take, and how much memory, instead of doing it. */
import { askForEstimate } from '../../estimate/ask.ts';
import { newConfig, type EstimateOrder } from '../../estimate/order.ts';
import type { Estimate } from '../../estimate/estimate.ts';
import { stepMemory } from '../input/configure.ts';
import { estimateText, type Asked } from '../render/estimate.ts';
import { print } from './output.ts';
import type { Limits } from '../../watchdog.ts';
import { work, type Work } from './work.ts';

export interface EstimateOptions {
  readonly verbose: boolean;
  readonly json: boolean;
  /** The command without `--estimate`. */
  readonly command: string;
}

/**
 * Measures, and prints what came of it.
 *
 * @throws NascentError 'input/invalid' for a run that is to be resumed; what the search or the training would be refused
 *   for
 */
export async function printEstimate(
  order: EstimateOrder,
  { verbose, json, command }: EstimateOptions,
): Promise<void> {
  const asked: Asked = { stepMemory: stepMemory(newConfig(order)), command };
  const onInterrupt = () => 'Nothing was made.';
  const title = `Estimate of a ${order.job === 'search' ? 'search' : 'training'}`;
  const found = await work(title, { verbose, onInterrupt }, (working) => estimate(order, working));
  print(json ? JSON.stringify({ ...found, ...asked }, undefined, 2) : estimateText(found, asked));
}

/** An estimate by a job of `working`, for whoever shows it otherwise. It can be stopped at once. */
export async function estimate(
  order: EstimateOrder,
  { job, report, stop }: Pick<Work, 'job' | 'report' | 'stop'>,
  limits?: Limits,
): Promise<Estimate> {
  return askForEstimate(
    order,
    (given, listen, end) =>
      job('estimate', given, { listen, end: AbortSignal.any([stop, end]), ...(limits && { limits }) }),
    // What is said of resuming when it is stopped is of no use here.
    (event) => stop.aborted || report(event),
  );
}
