/**
 * How fast something goes and how long it will take, from what was reported lately.
 *
 * The rate is that of a window of a few seconds, so that it follows a change and does not jump with every report. What
 * came before the first report, such as loading and compiling, does not count.
 */

import type { LoggedEvent } from './artefacts/events.ts';

export interface Sample {
  /** Milliseconds, of any clock that only goes forward. */
  readonly time: number;
  readonly done: number;
}

const windowMs = 10_000;
/** Where a report takes seconds, one alone says little: its time left would jump with every one. */
const fewest = 8;
const shortestSpanMs = 400;

/** The samples to keep once `sample` came: those of the window, and at least the last few. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  // It began anew.
  if (last !== undefined && sample.done < last.done) return [sample];
  const recent = samples.filter(({ time }, index) => {
    return sample.time - time <= windowMs || index > samples.length - fewest;
  });
  return [...recent, sample];
}

/** Units a second; undefined until there is enough to tell. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const span = last.time - first.time;
  if (span < shortestSpanMs || last.done === first.done) return undefined;
  return ((last.done - first.done) / span) * 1_000;
}

/** Milliseconds left at `now`, never below 0; undefined until there is a rate. */
export function timeLeft(samples: readonly Sample[], total: number, now: number): number | undefined {
  const rate = rateOf(samples);
  const last = samples.at(-1);
  if (rate === undefined || last === undefined) return undefined;
  return Math.max(0, ((total - last.done) / rate) * 1_000 - (now - last.time));
}

/** What the steps of the stage under way reported; what is measured between two of them is no step. */
export function stepSamples(events: readonly LoggedEvent[]): readonly Sample[] {
  const from = events.findLastIndex(({ kind }) => kind === 'begun' || kind === 'stage' || kind === 'resumed');
  return events
    .slice(from + 1)
    .flatMap((event) =>
      event.kind === 'progress' && event.figures !== undefined
        ? [{ time: Date.parse(event.at), done: event.done }]
        : [],
    )
    .reduce<readonly Sample[]>(addSample, []);
}
