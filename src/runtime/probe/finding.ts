/** What trying a runtime is given, and what comes of it. */
import type { NvidiaDriver } from './nvidia.ts';

export interface Machine {
  readonly driver: NvidiaDriver | undefined;
  /** For each runtime; a graphics card that is being woken takes a while. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface About {
  /** Of the package, and of the library under it where that has its own; empty where the package is not installed. */
  readonly version: string;
  /** The device it runs on, or would. */
  readonly device: string;
}

export type Finding =
  | (About & {
      readonly status: 'ready';
      /** Something worth knowing although it works. */
      readonly note?: string;
    })
  | (About & {
      readonly status: 'unavailable';
      /** One line, in lower case, without a full stop. */
      readonly reason: string;
      /** What to do about it. */
      readonly fix: string;
    });
