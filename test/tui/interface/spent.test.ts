/** How long a run has been worked on goes on where it was, whoever works on it and however that ended. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { LoggedEvent, RunEvent } from '../../../src/run/artefacts/events.ts';
import { logLines } from '../../../src/tui/interface/panes/log.ts';
import { spentAt, spentIn } from '../../../src/tui/interface/spent.ts';
import { render } from '../../../src/tui/theme.ts';
import { begun } from '../../support/watched.ts';
import { plain } from './states.ts';

const stage = 'search';
const took: RunEvent = { kind: 'begun', stage, pid: 1, host: 'here' };
const step: RunEvent = { kind: 'progress', stage, done: 1, total: 9, unit: 'steps', figures: { loss: 1 } };
const stopped: RunEvent = { kind: 'stopped', reason: 'interrupted' };
const checkpoint = (name: string): RunEvent => ({ kind: 'checkpoint', name, best: false, file: name });

const logged = (timed: readonly (readonly [second: number, event: RunEvent])[]) =>
  timed.map(([second, event], seq): LoggedEvent => ({
    v: 1,
    seq,
    at: new Date(begun + 1_000 * second).toISOString(),
    ...event,
  }));
const secondsOf = (events: readonly LoggedEvent[], isWorkedOn: boolean, now: number) =>
  spentAt(spentIn(events, isWorkedOn), begun + 1_000 * now) / 1_000;

test('a run that is resumed goes on from what was spent', () => {
  const events = logged([
    [0, took],
    [60, stopped],
    [1_000, took],
    [1_010, step],
  ]);
  expect(secondsOf(events, true, 1_015)).toBe(75);
  expect(secondsOf(events.slice(0, 2), false, 9_000)).toBe(60);
});

test('a pause costs nothing, neither while it lasts nor afterwards', () => {
  const paused = logged([
    [0, took],
    [20, { kind: 'paused' }],
    [500, { kind: 'resumed' }],
    [510, step],
  ]);
  expect(secondsOf(paused.slice(0, 2), true, 400)).toBe(20);
  expect(secondsOf(paused, true, 512)).toBe(32);
});

test('of a process that died counts what it did until it said something last', () => {
  const events = logged([
    [0, took],
    [30, step],
    [900, took],
    [905, step],
  ]);
  expect(secondsOf(events.slice(0, 2), false, 800)).toBe(30);
  expect(secondsOf(events, true, 910)).toBe(40);
});

test('what is done with the run beside its own work counts nothing', () => {
  const events = logged([
    [0, took],
    [10, { kind: 'result', value: null }],
    [50, { kind: 'begun', stage: 'parity', pid: 2, host: 'here' }],
    [55, { kind: 'progress', stage: 'parity', done: 1, total: 2, unit: 'inputs' }],
    [60, { kind: 'result', job: 'parity', value: null }],
  ]);
  for (const count of [2, 3, 4, 5]) expect(secondsOf(events.slice(0, count), false, 99)).toBe(10);
});

test('it never goes back, and never faster than the clock', () => {
  const event = fc.constantFrom<RunEvent>(
    took,
    step,
    stopped,
    { kind: 'paused' },
    { kind: 'resumed' },
    { kind: 'begun', stage: 'validate', pid: 2, host: 'here' },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), event), { maxLength: 12 }), fc.nat(100), (gaps, wait) => {
      let second = 0;
      const events = logged(gaps.map(([gap, each]) => [(second += gap), each] as const));
      const [now, later] = [secondsOf(events, true, second), secondsOf(events, true, second + wait)];
      expect(now).toBeLessThanOrEqual(second);
      expect([0, wait]).toContain(later - now);
    }),
  );
});

const linesOf = (timed: readonly (readonly [number, RunEvent])[]) =>
  logLines({ events: logged(timed), damage: [] }).map((line) => render(line, plain));

test('checkpoints of the same steps are one line, which says how many there were', () => {
  expect(
    linesOf([
      [0, took],
      [1, checkpoint('epoch-1')],
      [2, step],
      [3, checkpoint('epoch-1')],
      [4, checkpoint('epoch-1')],
      [5, stopped],
      [6, took],
      [7, checkpoint('epoch-1')],
      [8, checkpoint('epoch-2')],
    ]),
  ).toEqual([
    '09:00:00 ● begun by process 1 on here',
    '09:00:04 · checkpoint epoch-1, 3 times',
    '09:00:05 ■ interrupted',
    '09:00:06 ● resumed by process 1 on here',
    '09:00:07 · checkpoint epoch-1',
    '09:00:08 · checkpoint epoch-2',
  ]);
});

test('a pause has one mark, in the log as beside the name of the run', () => {
  expect(
    linesOf([
      [0, { kind: 'paused' }],
      [1, { kind: 'resumed' }],
    ]),
  ).toEqual(['09:00:00 ‖ paused', '09:00:01 ● goes on after the pause']);
});
