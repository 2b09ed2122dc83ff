import { expect, test } from 'vitest';

import type { LoggedEvent, RunEvent } from '../../../src/run/artefacts/events.ts';
import { checkTable } from '../../../src/tui/interface/parity/parity.ts';

const logged = (events: readonly RunEvent[]): readonly LoggedEvent[] =>
  events.map((event, seq) => ({ ...event, v: 1, seq, at: '2026-01-01T00:00:00.000Z' }));

const check = (row: string, column: string, outcome: 'waiting' | 'passed' | 'failed'): RunEvent => ({
  kind: 'check',
  row,
  column,
  outcome,
  text: outcome,
});

test('the table is that of the last comparison, and the last event of a cell holds', () => {
  const begun: RunEvent = { kind: 'begun', stage: 'parity', pid: 1, host: 'here' };
  const { columns, rows } = checkTable(
    logged([
      begun,
      check('gone', 'old', 'failed'),
      begun,
      check('a', 'seeded', 'waiting'),
      check('a', 'real', 'waiting'),
      check('b', 'seeded', 'waiting'),
      check('a', 'seeded', 'passed'),
    ]),
  );
  expect(columns).toEqual(['seeded', 'real']);
  expect(
    rows.map(({ name, cells }) => [name, ...columns.map((column) => cells.get(column)?.outcome)]),
  ).toEqual([
    ['a', 'passed', 'waiting'],
    ['b', 'waiting', undefined],
  ]);
});
