/** The table of tasks, and which task a dataset is of. */
import { datasetNamed, isDataName } from '../data/registry.ts';
import { images } from './images/task.ts';
import type { Task, TaskName } from './task.ts';
import { text } from './text/task.ts';

/** The tasks, by name. */
export const tasks: { readonly [N in TaskName]: Task } = { images, text };

/** The task of a dataset by name; that of images for a name that nobody knows, which refuses it. */
export function taskOf(data: string): Task {
  return isDataName(data) ? tasks[datasetNamed(data).task] : images;
}
