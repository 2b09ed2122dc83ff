/** What the jobs are told that time a search or a training: the order of that job, and what to do with its time. */
import { z } from 'zod';
import { NascentError } from '../errors.ts';
import type { RunOrder } from '../learn/order.ts';
import { searchOrder } from '../search/order.ts';
import type { RecordedSearch, RecordedTraining } from '../tasks/recorded.ts';
import { trainOrder } from '../train/order.ts';

const sized = z.strictObject({
  /** For people, such as `20 steps`. */
  title: z.string(),
  /** The settings that make a configuration one of this amount. */
  settings: z.record(z.string(), z.number().nullable()).readonly(),
  /** All that it costs, in what the job counts: steps, images or tokens. */
  work: z.number().nonnegative(),
});

const fit = z.strictObject({
  /** What is fitted, for people: `search`, `training`. */
  what: z.string(),
  /** From the largest down. */
  amounts: z.tuple([sized], sized).readonly(),
  /** For all of the job, from its beginning. */
  seconds: z.number(),
});

/** An amount of work that a job can be given. */
export type Sized = Readonly<z.output<typeof sized>>;
/** What there is to choose from, and the time. */
export type Fit = Readonly<z.output<typeof fit>>;

export const fittedSearchOrder = z.strictObject({ order: searchOrder, fit });
export const fittedTrainOrder = z.strictObject({ order: trainOrder, fit });
export type FittedSearchOrder = z.output<typeof fittedSearchOrder>;
export type FittedTrainOrder = z.output<typeof fittedTrainOrder>;

/** What is estimated: a job, and its order as that job would get it. */
export const estimateOrder = z.discriminatedUnion('job', [
  z.strictObject({ job: z.literal('search'), order: searchOrder }),
  z.strictObject({ job: z.literal('train'), order: trainOrder }),
]);
export type EstimateOrder = z.output<typeof estimateOrder>;

/**
 * The configuration of what has not begun. What has is in the middle of its steps, and its own progress says more than a
 * few others would.
 *
 * @throws NascentError 'input/invalid' for a run that is to be resumed
 */
export function newConfigOf<C>(job: EstimateOrder['job'], order: RunOrder<C>): C {
  if (order.kind === 'new') return order.config;
  throw new NascentError('input/invalid', `${order.run} has begun, and only what has not can be timed`, {
    help: `Resume it, and its progress says how long it takes: nascent ${job} --resume ${order.run}`,
  });
}

/** @throws NascentError as `newConfigOf` */
export function newConfig(asked: EstimateOrder): RecordedSearch | RecordedTraining {
  return asked.job === 'search' ? newConfigOf('search', asked.order) : newConfigOf('train', asked.order);
}
