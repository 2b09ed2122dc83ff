/**
 * What a job in a child process and the process that started it say to each other.
 *
 * Events travel over Node's IPC channel as structured clones, so typed arrays and NaN arrive as they left.
 */

import type { ErrorCode } from '../errors.ts';
import type { Limits } from '../watchdog.ts';
import type { PairFigures } from './artefacts/results.ts';

/** An error, as it crosses between processes. */
export interface JobFailure {
  readonly message: string;
  readonly help?: string;
  /** Absent for a bug of ours. */
  readonly code?: ErrorCode;
  readonly exitCode: number;
  readonly stack?: string;
}

/** How it goes as numbers, by the name of what is measured: `loss` in nats, `accuracy` from 0 to 1, `perplexity`. */
export type Figures = Readonly<Record<string, number>>;

/** One of several things, a row, held to one of several checks, a column. */
export interface Check {
  readonly row: string;
  readonly column: string;
  readonly outcome: 'waiting' | 'running' | 'passed' | 'failed' | 'skipped';
  /** In a few words: a figure, or why it was skipped. */
  readonly text: string;
  /** With the last check of a row: all that is known of it. */
  readonly figures?: PairFigures;
}

/** What a job tells whoever started it. */
export type JobEvent =
  /** A stage begins, and the one before it is done. Of the current stage again: another part of it begins. */
  | { readonly kind: 'stage'; readonly stage: string; readonly title: string }
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      /** What is counted, such as `img`; `bytes` is shown as kB, MB… */
      readonly unit: string;
      /** A few words on how it goes, such as the loss. */
      readonly note?: string;
      readonly figures?: Figures;
    }
  /** A line worth keeping on the screen. */
  | { readonly kind: 'note'; readonly text: string }
  /** A cell of a table that fills as results come. */
  | ({ readonly kind: 'check' } & Check)
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: JobFailure };

/** From the parent to the job's process. */
export type JobCommand =
  | {
      readonly kind: 'start';
      readonly job: string;
      readonly arguments: unknown;
      /** Without them a job takes what it needs. */
      readonly limits?: Limits | undefined;
    }
  | { readonly kind: 'stop' };
