/** What the jobs are told that time a search or a training: the order of that job, and what to do with its time. */
import { z } from 'zod';
import { searchOrder } from '../search/order.ts';
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
