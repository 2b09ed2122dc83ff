/** What is done for each task, by the table of tasks. */
import { tasks } from '../../src/tasks/tasks.ts';
import { code, table } from './table.ts';

export function taskFeatures(): string[] {
  const all = Object.values(tasks);
  const list = (names: readonly string[]) => names.map(code).join(' ');
  return [
    '## Tasks',
    '[All settings](docs/settings.md).',
    table(
      ['', ...all.map(({ name }) => name)],
      ['judged by', ...all.map(({ metric }) => `${metric.name}, ${metric.better} is better`)],
      ['presets of search', ...all.map(({ search }) => list(Object.keys(search.presets)))],
      ['presets of train', ...all.map(({ train }) => list(Object.keys(train.presets)))],
    ),
  ];
}
