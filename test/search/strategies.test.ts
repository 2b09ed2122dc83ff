import { expect, test } from 'vitest';

import { strategies, strategiesOf } from '../../src/search/strategies/strategies.ts';
import { strategyNames, taskNames } from '../../src/tasks/task.ts';
import { tasks } from '../../src/tasks/tasks.ts';

test('what a strategy calls its own are settings of every task that it searches', () => {
  for (const name of strategyNames) {
    for (const task of strategies[name].tasks) {
      const known = Object.keys(tasks[task].search.schema.shape);
      for (const setting of strategies[name].settings) expect(known).toContain(setting);
    }
  }
});

test('every task has a strategy', () => {
  for (const task of taskNames) expect(strategiesOf(task)).toContain('darts');
});
