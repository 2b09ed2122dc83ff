/**
 * Asks for an estimate, and has an answer within about a minute, whatever becomes of it: a step of a large network in
 * native code hears nothing until it ends, so the process that measures is ended from outside.
 */
import type { JobEvent } from '../run/events.ts';
import { taskOf } from '../tasks/tasks.ts';
import { longest, stages, type Estimate, type MeasuredEstimate, type TooSlowEstimate } from './estimate.ts';
import { newConfig, type EstimateOrder } from './order.ts';

/**
 * Runs the job `estimate` in a process of its own.
 *
 * @param end ends the process at once when it is aborted: it has nothing to put in order
 * @throws what the job throws, and something when it was ended
 */
export type RunEstimate = (
  order: EstimateOrder,
  listen: (event: JobEvent) => void,
  end: AbortSignal,
) => Promise<MeasuredEstimate>;

/** Beside what the job may take: for its process to start and to end. */
const spareSeconds = 6;

/**
 * @param show told what happens meanwhile
 * @param seconds after which there is an answer, about
 * @throws what the job throws; NascentError 'input/invalid' for a run that is to be resumed
 */
export async function askForEstimate(
  order: EstimateOrder,
  run: RunEstimate,
  show: (event: JobEvent) => void = () => {},
  seconds: number = longest + spareSeconds,
): Promise<Estimate> {
  const { data, settings } = newConfig(order);
  const over = AbortSignal.timeout(1000 * seconds);
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let [during, since]: [TooSlowEstimate['during'], number] = ['prepare', 0];
  const listen = (event: JobEvent) => {
    // It says so before the first.
    if (event.kind === 'progress' && event.stage === stages.steps && event.done === 0)
      [during, since] = ['step', elapsed()];
    show(event);
  };
  try {
    return await run(order, listen, over);
  } catch (error) {
    if (!over.aborted) throw error;
    const took = elapsed();
    show({ kind: 'note', text: 'The time is over: what was measuring was ended.' });
    const { name: task } = taskOf(data);
    const { job } = order;
    return { kind: 'too-slow', job, task, epochs: settings.epochs, took, during, atLeast: took - since };
  }
}
