/**
 * How long a search or a training will take on this machine, and how much memory: what `--estimate` and the form of a new
 * run show. A plain value, and the words for it.
 */
import { z } from 'zod';
import { taskNames } from '../tasks/task.ts';

/** Seconds that the job may take. */
export const longest = 60;

/** Stages that the job says it is at. */
export const stages = { prepare: 'estimate-prepare', steps: 'estimate-steps' } as const;

const seconds = z.number().nonnegative();
const common = {
  job: z.enum(['search', 'train']),
  task: z.enum(taskNames),
  epochs: z.int().positive(),
  /** Seconds that the estimate took. */
  took: seconds,
};

/** Figures from steps that were taken. */
export const measuredEstimate = z.strictObject({
  kind: z.literal('measured'),
  ...common,
  /** The runtime that was measured on, and why that one. */
  engine: z.string(),
  why: z.string(),
  /** Steps that the figures are from. */
  steps: z.int().positive(),
  secondsPerStep: seconds,
  stepsPerEpoch: seconds,
  seconds: z.strictObject({
    /** Once: the engine, the data, compiling, and the first step. */
    prepare: seconds,
    /** An epoch, measuring after it included. */
    epoch: seconds,
    /** Measuring after an epoch; null where there was no time to measure that. */
    measuring: seconds.nullable(),
    /** Measuring the best weights, once at the end; null as `measuring`. */
    testing: seconds.nullable(),
    total: seconds,
  }),
  memory: z.strictObject({
    /** The most that the measuring process had in memory, in bytes. What lies on a graphics card is not in it. */
    peak: z.int().positive(),
  }),
  /** Why the figures are rough, in words; none where they are not. */
  rough: z.array(z.string()),
});

/** The time was over before a step had ended: all that is known is what takes longer than that. */
export const tooSlowEstimate = z.strictObject({
  kind: z.literal('too-slow'),
  ...common,
  /** What had not ended. */
  during: z.enum(['prepare', 'step']),
  /** How long that had taken until then. */
  atLeast: seconds,
});

export const estimateSchema = z.discriminatedUnion('kind', [measuredEstimate, tooSlowEstimate]);
export type MeasuredEstimate = z.output<typeof measuredEstimate>;
export type TooSlowEstimate = z.output<typeof tooSlowEstimate>;
export type Estimate = z.output<typeof estimateSchema>;

/** What steps, and what comes after them, were found to take. */
export interface Found {
  readonly prepare: number;
  readonly warmup: number;
  readonly epochs: number;
  /** How much of what is counted an epoch has. */
  readonly total: number;
  /** Seconds for one of what is counted; in the epochs of warm-up, too. */
  readonly each: number;
  readonly eachInWarmup: number;
  readonly measuring: number | null;
  readonly testing: number | null;
}

/** The seconds of the whole from those of its parts. */
export function secondsIn(found: Found): MeasuredEstimate['seconds'] {
  const { prepare, warmup, epochs, total, each, eachInWarmup, measuring, testing } = found;
  const after = measuring ?? 0;
  const warm = Math.min(warmup, epochs);
  const steps = total * (warm * eachInWarmup + (epochs - warm) * each);
  return {
    prepare,
    epoch: total * each + after,
    measuring,
    testing,
    total: prepare + steps + epochs * after + (testing ?? 0),
  };
}
