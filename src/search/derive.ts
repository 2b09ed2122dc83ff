/** From what a search has left so far, a checkpoint or a logged epoch, to a genotype: also of one that was interrupted. */
import { NascentError } from '../errors.ts';
import { parseRecorded } from '../run/config.ts';
import { readAlphas, whenLogged } from '../run/artefacts/alphas.ts';
import type { Run } from '../run/directory.ts';
import type { Alphas, Genotype } from '../space/space.ts';
import { recordedSearch } from '../tasks/recorded.ts';
import type { Task } from '../tasks/task.ts';
import { taskOf } from '../tasks/tasks.ts';
import { alphasIn, meanEntropy, rowsOf } from './alphas.ts';

export interface DeriveOptions {
  /** After which epoch, counted from 1; 0 is before the first (default: the last checkpoint). */
  readonly epoch?: number | undefined;
  /** Most skip connections in the (normal) cell (default: as the search was told). */
  readonly maxSkips?: number | undefined;
}

export interface Derived {
  readonly task: Task;
  readonly genotype: Genotype;
  /** Where the alphas are from: `checkpoint epoch-3`, `alphas.jsonl after epoch 3`. */
  readonly source: string;
  /** Of the alphas, in nats. */
  readonly alphaEntropy: number;
}

/**
 * Derives the cells of a search.
 *
 * @throws NascentError 'run/not-a-run' for a training, 'data/missing' where there are no alphas, or none of that epoch,
 *   'run/damaged', 'space/invalid' where skips cannot be capped
 */
export function deriveFrom(run: Run, { epoch, maxSkips }: DeriveOptions = {}): Derived {
  const record = run.record();
  if (record.kind !== 'search') {
    throw new NascentError('run/not-a-run', `${run.path} is a training, and has no alphas`, {
      help: `Give the run of a search. The cells that it trains: nascent draw --genotype ${run.path}`,
    });
  }
  const { data, settings } = parseRecorded(recordedSearch, record.config, run.path);
  const task = taskOf(data);
  const { alphas, source } = epoch === undefined ? latest(run, task) : logged(run, task, epoch);
  const max_skips = maxSkips ?? settings.max_skips;
  const genotype = task.space.derive(alphas, { ...settings, max_skips });
  return { task, genotype, source, alphaEntropy: meanEntropy(alphas) };
}

interface Found {
  readonly alphas: Alphas;
  readonly source: string;
}

/** Of the last checkpoint; before the first one, of the last line of the log. */
function latest(run: Run, { space }: Task): Found {
  const checkpoint = run.latestCheckpoint();
  if (checkpoint !== undefined) {
    const alphas = space.alphas.map(
      ({ key, state }) => [key, rowsOf(checkpoint.tensors.get(state))] as const,
    );
    return { alphas: Object.fromEntries(alphas), source: `checkpoint ${checkpoint.name}` };
  }
  const last = readAlphas(run).at(-1);
  if (last === undefined) {
    throw new NascentError('data/missing', `the search in ${run.path} has not logged any alphas yet`, {
      help: `Resume it: nascent search --resume ${run.path}`,
    });
  }
  return { alphas: alphasIn(last, space), source: loggedAfter(last.epoch) };
}

/** @param epoch as alphas.jsonl has it, from 0; -1 before the first */
export function loggedAfter(epoch: number): string {
  return `alphas.jsonl ${whenLogged(epoch)}`;
}

function logged(run: Run, { space }: Task, epoch: number): Found {
  const lines = readAlphas(run);
  const line = lines.findLast((each) => each.epoch === epoch - 1);
  if (line !== undefined) return { alphas: alphasIn(line, space), source: loggedAfter(line.epoch) };
  const epochs = lines.map((each) => each.epoch + 1);
  const range = epochs.length === 0 ? 'none yet' : `${Math.min(...epochs)} to ${Math.max(...epochs)}`;
  throw new NascentError('data/missing', `the search in ${run.path} has not logged epoch ${epoch}`, {
    help: `Epochs are counted from 1, and 0 is before the first. It has logged: ${range}.`,
  });
}
