/** How job code says where it is, whoever listens. */

import { kindOfGiven, NascentError } from '../errors.ts';
import type { Check, Figures, JobEvent } from './events.ts';

/** Whom a job tells how it goes. */
export interface Reporter {
  /** Begins a stage; the one before it is done. For the current stage: another part of it begins. */
  stage(id: string, title: string): void;
  /** How far the current stage is. May be called at every step: it is thinned out here. */
  progress(done: number, total: number, unit: string, note?: string, figures?: Figures): void;
  /** A line worth keeping, such as which runtime was picked and why. */
  note(text: string): void;
  /** What a row of a table came to by the check of a column. */
  check(check: Check): void;
}

/** For code that is used as a library, and for tests. */
export const silentReporter: Reporter = { stage() {}, progress() {}, note() {}, check() {} };

/** A program that is not checked by a compiler may hand over anything. @throws NascentError 'input/invalid' */
export function requireReporter(given: unknown, who: string): asserts given is Reporter {
  const has = (name: string) =>
    typeof given === 'object' &&
    given !== null &&
    typeof (given as Readonly<Record<string, unknown>>)[name] === 'function';
  if (['stage', 'progress', 'note', 'check'].every(has)) return;
  throw new NascentError('input/invalid', `${who} was given ${kindOfGiven(given)} as its reporter`, {
    help: 'Give silentReporter, or what reporterTo makes.',
  });
}

const progressEveryMs = 100;

/** What a reporter says; results and failures are not its to say. */
export type Said = Extract<JobEvent, { readonly kind: 'stage' | 'progress' | 'note' | 'check' }>;

/**
 * A reporter that emits events: a stage's first and last progress always, those between at most ten a second.
 *
 * @param everyMs between two progress events
 */
export function reporterTo(
  emit: (event: Said) => void,
  now = () => performance.now(),
  everyMs = progressEveryMs,
): Reporter & { /** Says the last progress, where it was thinned out: how far it came. */ flush(): void } {
  let stage = '';
  let lastProgress = -Infinity;
  let thinned: Said | undefined;
  const flush = () => {
    if (thinned !== undefined) emit(thinned);
    thinned = undefined;
  };
  return {
    flush,
    stage(id, title) {
      flush();
      stage = id;
      lastProgress = -Infinity;
      emit({ kind: 'stage', stage, title });
    },
    progress(done, total, unit, note, figures) {
      const time = now();
      const event = {
        kind: 'progress',
        stage,
        done,
        total,
        unit,
        ...(note !== undefined && { note }),
        ...(figures !== undefined && { figures }),
      } as const;
      if (done < total && time - lastProgress < everyMs) {
        // What is measured between steps is not how far the steps are.
        if (figures !== undefined || !isOfSteps(thinned)) thinned = event;
        return;
      }
      // Nor does it take the place of what the steps came to, however short an epoch is.
      if (figures === undefined && isOfSteps(thinned)) flush();
      thinned = undefined;
      lastProgress = time;
      emit(event);
    },
    note(text) {
      emit({ kind: 'note', text });
    },
    check(check) {
      emit({ kind: 'check', ...check });
    },
  };
}

function isOfSteps(said: Said | undefined): boolean {
  return said?.kind === 'progress' && said.figures !== undefined;
}

/** Says everything to both. */
export function both(one: Reporter, other: Reporter): Reporter {
  return {
    stage(...given) {
      one.stage(...given);
      other.stage(...given);
    },
    progress(...given) {
      one.progress(...given);
      other.progress(...given);
    },
    note(...given) {
      one.note(...given);
      other.note(...given);
    },
    check(...given) {
      one.check(...given);
      other.check(...given);
    },
  };
}
