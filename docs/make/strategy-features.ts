/** Which method searches which task, by the table of strategies. */
import { strategies } from '../../src/search/strategies/strategies.ts';
import { strategyNames, taskNames } from '../../src/tasks/task.ts';
import { code, table } from './table.ts';

export function strategyFeatures(): string[] {
  return [
    '## Strategies',
    'The methods of search: `nascent search --strategy NAME`.',
    table(
      ['', 'method', 'paper', 'kind', ...taskNames, 'settings of its own'],
      ...strategyNames.map((name) => {
        const { title, paper, kind, tasks, settings } = strategies[name];
        const does = taskNames.map((task) => (tasks.includes(task) ? 'yes' : '–'));
        return [code(name), title, paper, kind, ...does, settings.map(code).join(' ')];
      }),
    ),
  ];
}
