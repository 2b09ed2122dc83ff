import { expect, test } from 'vitest';

import type { LoggedEvent, RunEvent } from '../../../src/run/artefacts/events.ts';
import { cellsAt, shownRun, whyNone } from '../../../src/tui/interface/shown-run.ts';
import { standingInWords } from '../../../src/tui/interface/watch/header.ts';
import { currentStage } from '../../../src/tui/progress-state.ts';
import { progressText } from '../../../src/tui/progress-text.ts';
import { rateOf } from '../../../src/run/pace.ts';
import { begun, watchedRun } from '../../support/watched.ts';

const stage = 'search';
const progress = (done: number): RunEvent => ({ kind: 'progress', stage, done, total: 100, unit: 'steps' });
const shownOf = (timed: readonly (readonly [second: number, event: RunEvent])[]) =>
  shownRun({
    ...watchedRun({}),
    events: timed.map(([second, event], seq): LoggedEvent => ({
      v: 1,
      seq,
      at: new Date(begun + 1_000 * second).toISOString(),
      ...event,
    })),
  });

const took: RunEvent = { kind: 'begun', stage, pid: 1, host: 'here' };
const searching: RunEvent = { kind: 'stage', stage, title: 'Searching' };

test('a pause is no slow step', () => {
  const { progress: state } = shownOf([
    [0, took],
    [0, searching],
    [1, progress(1)],
    [2, progress(2)],
    [2, { kind: 'paused' }],
    [3_602, { kind: 'resumed' }],
    [3_603, progress(3)],
    [3_604, progress(4)],
  ]);
  expect(rateOf(currentStage(state)?.progress?.samples ?? [])).toBeCloseTo(1, 6);
});

test('what is measured between two steps leaves how far the steps are, and how fast, as it was', () => {
  const step = (done: number): RunEvent => ({ ...progress(done), figures: { train_loss: 1 } }) as RunEvent;
  const measured: RunEvent = { kind: 'progress', stage, done: 8, total: 8, unit: 'measured' };
  const steps = [
    [0, took],
    [0, searching],
    [1, step(19)],
    [2, step(20)],
  ] as const;
  const progressOf = (state: ReturnType<typeof shownOf>) => currentStage(state.progress)?.progress;
  const during = progressOf(shownOf([...steps, [3, measured]]));
  expect(during).toEqual({
    ...progressOf(shownOf(steps)),
    measured: { done: 8, total: 8, unit: 'measured' },
  });
  expect(progressText(during ?? expect.fail(), begun)).toMatchObject({
    percent: ' 20%',
    count: '8/8 measured',
  });
  // And they go on from there.
  const after = progressOf(shownOf([...steps, [3, measured], [4, step(21)]]));
  expect([after?.done, after?.measured]).toEqual([21, undefined]);
});

test('what is done with a run beside its own work leaves how it went as it was', () => {
  const own = [
    [0, took],
    [0, searching],
    [1, progress(100)],
    [2, { kind: 'result', value: null }],
  ] as const;
  const parity: RunEvent = { kind: 'stage', stage: 'parity', title: 'reference against onnxruntime-cpu' };
  const before = shownOf(own);
  const during = shownOf([
    ...own,
    [60, { kind: 'begun', stage: 'parity', pid: 2, host: 'here' }],
    [60, parity],
    [61, { kind: 'progress', stage: 'parity', done: 3, total: 100, unit: 'inputs' }],
  ]);
  expect([during.progress, during.spent]).toEqual([before.progress, before.spent]);
  expect(currentStage(during.beside)?.title).toBe('reference against onnxruntime-cpu');
  expect(currentStage(before.beside)).toBeUndefined();
});

test.each(['images', 'text'] as const)(
  'of %s without a run.json, what is logged is shown, and nothing made up',
  (task) => {
    const whole = watchedRun({ task, ended: 3 });
    const run = shownRun({ ...whole, record: undefined, status: undefined });
    expect(run).toMatchObject({ epochs: 3, live: [], metric: task === 'images' ? 'accuracy' : 'perplexity' });
    const cells = cellsAt(run);
    expect(cells?.cells).toEqual(cellsAt(shownRun(whole))?.cells);
    expect(cells?.primitives[0]).toBe('op 1');
    expect(standingInWords(run, begun).slice(1)).toEqual([['3 epochs logged']]);
    const none = shownRun({
      ...whole,
      record: undefined,
      status: undefined,
      alphas: [],
      metrics: [],
      events: [],
    });
    expect(whyNone(none, 'cells')).toContain('run.json cannot be read');
    expect(standingInWords(none, begun).slice(1)).toEqual([['no epoch is logged']]);
    // A line of a later version is no cell, and no epoch that is still to come.
    const later = shownRun({ ...whole, alphas: [{ epoch: 0 }] });
    expect(cellsAt(later)).toBeUndefined();
    expect(whyNone(later, 'alphas')).toContain('a later version');
  },
);
