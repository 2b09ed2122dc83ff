/** What can be done for each task, by the tables of tasks and of their settings. */
import { tasks } from '../../src/tasks/tasks.ts';
import { code, table } from './table.ts';

export function taskFeatures(): string[] {
  const all = Object.values(tasks);
  const list = (names: readonly string[]) => names.map(code).join(' ');
  const settingsOf = (which: 'search' | 'train') => {
    const named = all.map((task) => new Set(Object.values(task[which].presets).flatMap(Object.keys)));
    const shared = [...(named[0] ?? [])].filter((name) => named.every((names) => names.has(name)));
    return [
      [`presets of ${which}`, ...all.map((task) => list(Object.keys(task[which].presets)))],
      [`settings of ${which} that both have`, ...all.map(() => list(shared))],
      [
        'and those of its own',
        ...named.map((names) => list([...names].filter((name) => !shared.includes(name)))),
      ],
    ];
  };
  return [
    '## Tasks',
    'A search is one-shot, by DARTS: `order` 1 or 2.',
    table(
      ['', ...all.map(({ name }) => name)],
      ['judged by', ...all.map(({ metric }) => `${metric.name}, ${metric.better} is better`)],
      ...settingsOf('search'),
      ...settingsOf('train'),
    ),
  ];
}
