/** What several runtimes say at once, as one stage: how far they are together, and their notes in the order of the report. */
import type { Reporter } from '../run/reporter.ts';

export interface BesideReporter {
  /** For the runtime at a place. */
  of(place: number): Reporter;
  /** It is done: what it said may be told, once those before it have told theirs. */
  done(place: number): void;
}

/** @param count how many runtimes there are */
export function besideReporter(reporter: Reporter, count: number): BesideReporter {
  const notes = Array.from({ length: count }, (): string[] => []);
  const steps = Array.from({ length: count }, () => ({ done: 0, total: 0 }));
  const finished = new Set<number>();
  let told = 0;
  const progress = (unit: string) => {
    const sum = (of: (step: { readonly done: number; readonly total: number }) => number) =>
      steps.reduce((all, step) => all + of(step), 0);
    // A runtime that has not begun will have about as much to do as the others.
    const begun = steps.filter(({ total }) => total > 0);
    const usual = begun.reduce((all, { total }) => Math.max(all, total), 0);
    const unbegun = steps.filter(({ total }, place) => total === 0 && !finished.has(place)).length;
    reporter.progress(
      sum(({ done }) => done),
      sum(({ total }) => total) + unbegun * usual,
      unit,
    );
  };
  return {
    of: (place) => ({
      // It is at several things at once; rows of the table say which.
      stage() {},
      progress(done, total, unit) {
        steps[place] = { done, total };
        progress(unit);
      },
      note(text) {
        notes[place]?.push(text);
      },
      check(check) {
        reporter.check(check);
      },
    }),
    done(place) {
      finished.add(place);
      for (; finished.has(told); told++) for (const text of notes[told] ?? []) reporter.note(text);
    },
  };
}
