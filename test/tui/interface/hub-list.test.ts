/** The list of the hub: what its columns say, and that they stand under one another whatever a run is called. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { LoggedEvent, RunEvent } from '../../../src/run/artefacts/events.ts';
import type { ListedRun } from '../../../src/run/list-runs.ts';
import { stepSamples, timeLeft } from '../../../src/run/pace.ts';
import { formatDuration } from '../../../src/run/duration.ts';
import { hubState } from '../../../src/tui/interface/hub/state.ts';
import { listLines } from '../../../src/tui/interface/hub/list.ts';
import { shownRun } from '../../../src/tui/interface/shown-run.ts';
import { currentStage } from '../../../src/tui/progress-state.ts';
import { progressText } from '../../../src/tui/progress-text.ts';
import { render } from '../../../src/tui/theme.ts';
import { widthOf, widthOfTalk } from '../../../src/tui/width.ts';
import { bestOf, listed } from '../../support/listed.ts';
import { begun, watchedRun } from '../../support/watched.ts';
import { hostile } from '../hostile.ts';
import { plain } from './states.ts';

const now = Date.parse('2026-01-01T03:00:00.000Z');
const linesOf = (runs: readonly ListedRun[], width: number, ascii = false) => {
  const look = { ...plain, ascii };
  return listLines({ ...hubState('runs'), runs }, { width, height: 20, look, now }).map((line) =>
    render(line, look),
  );
};
const progress = { stage: 'search', done: 9, total: 20, unit: 'steps' };

test('strategy, skips, and of what the best is are there', () => {
  const runs = [
    listed('runs/a', {
      best: bestOf('valid_accuracy', 0.57),
      skips: 2,
      status: 'running',
      progress,
      left: 330_000,
    }),
    listed('runs/b', {
      best: bestOf('test_perplexity', 123.4),
      data: 'ptb',
      kind: 'train',
      strategy: undefined,
    }),
  ];
  expect(
    `\n${linesOf(runs, 150)
      .map((line) => line.trimEnd())
      .join('\n')}\n`,
  ).toMatchInlineSnapshot(`
    "
      run                            status     progress          best               skips  dataset  age     strategy  kind    preset  measured on  task
    > a                              ● running  45%  5m 30s left  57.00 % accuracy   2      cifar10  3h 00m  darts     search  quick   validation   images
      b                              ✓ done                       123.40 perplexity         ptb      3h 00m            train   quick   test         text
    "
  `);
  expect(
    `\n${linesOf(runs, 80)
      .map((line) => line.trimEnd())
      .join('\n')}\n`,
  ).toMatchInlineSnapshot(`
    "
      run     status     progress          best               skips  dataset  age
    > a       ● running  45%  5m 30s left  57.00 % accuracy   2      cifar10  3h 00m
      b       ✓ done                       123.40 perplexity         ptb      3h 00m
    "
  `);
});

test('a comparison that goes on is seen, and how far it is', () => {
  const beside = { work: 'parity', progress: { ...progress, done: 5, stage: 'parity' } };
  const row = (more: Partial<ListedRun>) => linesOf([listed('runs/a', more)], 80)[1] ?? '';
  expect(row({ beside })).toContain('● parity 25%');
  expect(row({ beside: { work: 'parity', progress: undefined } })).toContain('● parity');
  expect(row({})).not.toContain('parity');
});

test('columns begin under their titles, and nothing is cut but names, whatever they are', () => {
  const run = fc.record({
    name: hostile,
    status: fc.constantFrom('running', 'done', 'crashed', undefined),
    left: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
    value: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    key: fc.constantFrom('valid_accuracy', 'test_perplexity', 'train_loss'),
  });
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 40, max: 200 }),
      fc.boolean(),
      (rows, width, ascii) => {
        const runs = rows.map(({ name, status, left, value, key }, i) =>
          listed(`runs/${name}${i}`, {
            status,
            data: name,
            progress,
            left,
            ...(value !== undefined && { best: bestOf(key, value) }),
          }),
        );
        const look = { ...plain, ascii };
        const lines = listLines({ ...hubState('runs'), runs }, { width, height: 20, look, now });
        // Each line is made of the same columns, so all are as wide as the room.
        expect(new Set(lines.map((line) => widthOfTalk(line)))).toEqual(new Set([width]));
        const [heading = '', ...shown] = linesOf(runs, width, ascii);
        const at = heading.indexOf('best');
        for (const [i, line] of at < 0 ? [] : shown.entries()) {
          const { best } = runs[i] ?? {};
          if (best === undefined) continue;
          const before = Array.from(line);
          let column = 0;
          while (column < before.length && widthOf(before.slice(0, column).join('')) < at) column++;
          const text = before.slice(column).join('');
          expect(
            runs.some((each) =>
              text.startsWith(each.best === undefined ? '' : each.best.measure.format(each.best.value)),
            ),
          ).toBe(true);
        }
      },
    ),
  );
});

test('the time that is left is what whoever watches the run is told', () => {
  const stage = 'search';
  const steps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 20_000 }), paused: fc.boolean() }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(steps, fc.nat(5_000), (all, wait) => {
      let at = begun;
      const timed: (readonly [number, RunEvent])[] = [
        [at, { kind: 'begun', stage, pid: 1, host: 'here' }],
        [at, { kind: 'stage', stage, title: 'Searching' }],
      ];
      for (const [i, { gap, paused }] of all.entries()) {
        at += gap;
        if (paused) timed.push([at, { kind: 'paused' }], [at + 1, { kind: 'resumed' }]);
        timed.push([
          at + 1,
          { kind: 'progress', stage, done: i + 1, total: 40, unit: 'steps', figures: { loss: 1 } },
        ]);
      }
      const events = timed.map(([time, event], seq): LoggedEvent => ({
        v: 1,
        seq,
        at: new Date(time).toISOString(),
        ...event,
      }));
      const watched = progressText(
        currentStage(shownRun({ ...watchedRun({}), events }).progress)?.progress ?? {
          done: 0,
          total: 40,
          unit: 'steps',
          samples: [],
        },
        at + wait,
      ).left;
      const left = timeLeft(stepSamples(events), 40, at + wait);
      expect(left === undefined ? undefined : `${formatDuration(left)} left`).toBe(watched);
    }),
  );
});
