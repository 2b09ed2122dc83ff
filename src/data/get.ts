/** What getting any dataset takes and gives. */

import type { OnProgress } from '../files/progress.ts';

export interface GetOptions {
  /** The cache folder. Default: the platform's. */
  readonly cache?: string | undefined;
  /** A folder or an archive with the published files; then no network is used. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface GetResult {
  readonly directory: string;
  /** Where the files came from, for people. */
  readonly source: string;
  /** Everything was there and whole; nothing was done. */
  readonly alreadyThere: boolean;
}
