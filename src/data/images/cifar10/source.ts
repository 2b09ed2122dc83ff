/** What every way of getting CIFAR-10 is given and gives. */

import type { OnProgress } from '../../../files/progress.ts';
import type { BatchFile, Release } from './format.ts';

export interface SourceRequest {
  readonly release: Release;
  /** The files that are wanted; the others are there already. */
  readonly needed: readonly BatchFile[];
  /** Where they go. Big temporary things may be put here too. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Takes the bytes of one file; throws where they are not the file's. */
export type Deliver = (file: BatchFile, bytes: Uint8Array) => Promise<void>;
