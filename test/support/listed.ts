/** Runs as a list of a folder has them. */

import { measures } from '../../src/run/artefacts/metrics.ts';
import type { ListedRun } from '../../src/run/list-runs.ts';

/** A search that is done, and says nothing else of itself. */
export function listed(path: string, more: Partial<ListedRun> = {}): ListedRun {
  return {
    path,
    kind: 'search',
    status: 'done',
    data: 'cifar10',
    preset: 'quick',
    strategy: 'darts',
    progress: undefined,
    left: undefined,
    beside: undefined,
    skips: undefined,
    best: undefined,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: undefined,
    note: undefined,
    inside: [],
    ...more,
  };
}

/** The best value of a measure, by its key in metrics.jsonl. */
export function bestOf(key: string, value: number): ListedRun['best'] {
  const measure = measures.find((each) => each.key === key);
  if (measure === undefined) throw new Error(`there is no measure ${key}`);
  return { measure, value, epoch: 3 };
}
