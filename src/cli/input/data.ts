/** The data that a command is about: by name, by a folder, by both, or as the run that it is given has them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { datasetNamed, dataNames, isDataName, type DataName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { openRun, type Run } from '../../run/directory.ts';
import { hasTraining, trainingFolder } from '../../run/searched.ts';
import { taskOf, tasks } from '../../tasks/tasks.ts';
import type { AnySearchConfig, AnyTrainConfig, Metric, Task, TaskName } from '../../tasks/task.ts';
import { unknownName } from '../../tasks/settings/unknown-name.ts';

/** A dataset, and the folder or archive that holds it where that is not the cache. */
export interface GivenData {
  readonly data: DataName;
  readonly from?: string | undefined;
}

export interface DataFlags {
  readonly data?: string | undefined;
  readonly from?: string | undefined;
}

/** The data that a run was made with; undefined where its run.json does not say, or names none that there is. */
export function dataOf(run: Run): GivenData | undefined {
  const { data, from } = run.record().config;
  if (typeof data !== 'string' || !isDataName(data)) return undefined;
  return { data, ...(typeof from === 'string' && { from }) };
}

/** The data that the network of a run was trained on: those of the training within it, if it is of a search. */
export function trainedOn(run: Run): GivenData | undefined {
  return dataOf(hasTraining(run.path) ? openRun(trainingFolder(run.path)) : run);
}

/** How the network of a run is judged, in the words that its data have for it. */
export function metricOfRun(run: Run): Metric {
  const { data, settings } = run.record().config;
  const task = taskOf(typeof data === 'string' ? data : '');
  return task.metricOf(settings as unknown as AnySearchConfig | AnyTrainConfig);
}

/** Whether `--from` can say where a dataset is. */
function takesFrom(data: DataName): boolean {
  return datasetNamed(data).from !== null;
}

/**
 * The data that were asked for; what was not said is as the run's own data are. A run may be resumed elsewhere, so the
 * folder is written down whole.
 *
 * @param own the data of the run that the command is given, where it is given one
 * @param fallback the dataset where neither says; without one, it must be said
 * @throws NascentError 'input/unknown' for an unknown name, 'input/invalid' where a folder is given for data that have
 *   none
 */
export function givenData({ data, from }: DataFlags, own?: GivenData, fallback?: DataName): GivenData {
  const meant = data ?? own?.data ?? (from === undefined ? fallback : undefined);
  if (meant === undefined) {
    const what = from === undefined ? 'no dataset was named' : `--from ${from} needs the name of its dataset`;
    throw new NascentError('input/invalid', what, {
      help: `Name it with --data: ${dataNames.join(', ')}. \`text\` is a text of your own.`,
    });
  }
  if (!isDataName(meant)) throw unknownName('dataset', meant, dataNames);
  if (from !== undefined && !takesFrom(meant)) {
    const { origin } = datasetNamed(meant);
    throw new NascentError(
      'input/invalid',
      `--from ${from} is for a dataset in a folder, and ${meant} is ${origin.kind === 'made' ? 'made on the spot' : 'in the cache'}`,
      {
        help: `Leave --from out, or name the dataset that the folder holds: ${dataNames.filter(takesFrom).join(', ')}.`,
      },
    );
  }
  if (from !== undefined) return { data: meant, from: resolve(from) };
  return own !== undefined && meant === own.data ? own : { data: meant };
}

/** The task of what a path holds; undefined for what is no run, which whoever opens it says. */
export function taskAt(path: string): Task | undefined {
  if (!existsSync(join(path, 'run.json'))) return undefined;
  const own = dataOf(openRun(path));
  return own === undefined ? undefined : taskOf(own.data);
}

/**
 * The cells of a search on text are trained on text, those of a search on images on images.
 *
 * @throws NascentError 'input/invalid' where the data are of another task than the run
 */
export function requireSameTask(path: string, data: string): void {
  const searched = taskAt(path)?.name;
  const wanted = taskOf(data).name;
  if (searched === undefined || searched === wanted) return;
  throw new NascentError('input/invalid', `${path} is of ${searched}, and ${data} is ${wanted}`, {
    help: 'Leave --data out to train on what was searched on.',
  });
}

/**
 * Refuses options that another task has.
 *
 * @param theirs options by the task that they are for
 * @throws NascentError 'input/invalid' where one was given
 */
export function refuseOthers(
  task: TaskName,
  theirs: { readonly [N in TaskName]?: Readonly<Record<string, unknown>> },
): void {
  for (const other of Object.values(tasks)) {
    if (other.name !== task)
      refuseGiven(theirs[other.name] ?? {}, `is for ${other.name}, and this is about ${task}`);
  }
}

/** @throws NascentError 'input/invalid' where one of these was given, and `why` that is of no use */
export function refuseGiven(flags: Readonly<Record<string, unknown>>, why: string): void {
  const stray = Object.keys(flags).find((name) => flags[name] !== undefined && flags[name] !== false);
  if (stray === undefined) return;
  const option = stray.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new NascentError('input/invalid', `--${option} ${why}`, { help: `Leave --${option} out.` });
}
