/**
 * Learning rates. Which schedule a training follows is a setting of it, so that a preset is data and a run's record says
 * all there is to know.
 */
import { internal } from '../errors.ts';

export const scheduleKinds = ['cosine-epoch', 'cosine-step', 'exponential'] as const;
export type ScheduleKind = (typeof scheduleKinds)[number];

export interface Schedule {
  readonly schedule: ScheduleKind;
  readonly rate: number;
  /** Where half a cosine ends. */
  readonly rate_min: number;
  /** What `exponential` multiplies the rate by after every epoch. */
  readonly rate_decay: number;
  /** Share of all steps over which the rate climbs from nothing. */
  readonly warmup: number;
  readonly epochs: number;
}

/** From `from` at epoch 0 along half a cosine to `to` at epoch `epochs` (SGDR without restarts). */
export function cosineRate(from: number, to: number, epoch: number, epochs: number): number {
  return to + ((from - to) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
}

/**
 * The learning rate of a step, counted from 0 over the whole training.
 *
 * - `cosine-epoch`: half a cosine, constant within an epoch, as the paper trains on CIFAR-10;
 * - `cosine-step`: a linear climb over the first share of the steps, then half a cosine over the rest, new at each step;
 * - `exponential`: times `rate_decay` after each epoch, as the paper trains on ImageNet.
 */
export function rateAt(schedule: Schedule, step: number, stepsPerEpoch: number): number {
  const { rate, rate_min, rate_decay, warmup, epochs } = schedule;
  const steps = epochs * stepsPerEpoch;
  const climb = Math.floor(warmup * steps);
  const climbed = step < climb ? (step + 1) / climb : 1;
  const epoch = Math.floor(step / stepsPerEpoch);
  switch (schedule.schedule) {
    case 'cosine-epoch':
      return climbed * cosineRate(rate, rate_min, epoch, epochs);
    case 'cosine-step':
      return step < climb
        ? (rate * (step + 1)) / climb
        : cosineRate(rate, rate_min, step - climb, steps - climb);
    case 'exponential':
      return climbed * rate * rate_decay ** epoch;
    default:
      throw internal(`no schedule ${String(schedule.schedule)}`);
  }
}
