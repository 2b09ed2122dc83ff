import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { JobEvent } from '../../src/run/events.ts';
import { plainProgress } from '../../src/tui/plain-progress.ts';
import { afterPause, endStage, noProgress, reduceProgress } from '../../src/tui/progress-state.ts';
import type { ProgressState } from '../../src/tui/progress-state.ts';
import { loadProductionReact } from '../../src/tui/production-react.ts';
import { render } from '../../src/tui/theme.ts';
import { widthOf } from '../../src/tui/width.ts';
import { forbidden, hostile } from './hostile.ts';

loadProductionReact();
const { progressLines } = await import('../../src/tui/progress-view.tsx');

type Timed = readonly [time: number, event: JobEvent];

const data = (done: number): JobEvent => {
  return { kind: 'progress', stage: 'data', done, total: 170e6, unit: 'bytes' };
};
const search = (done: number, note: string): JobEvent => {
  return { kind: 'progress', stage: 'search', done, total: 4_000, unit: 'img', note };
};

const story: readonly Timed[] = [
  [0, { kind: 'stage', stage: 'data', title: 'Getting CIFAR-10' }],
  [1_000, data(0)],
  [12_000, data(80e6)],
  [19_000, data(170e6)],
  [20_000, { kind: 'stage', stage: 'search', title: 'Searching' }],
  [20_500, { kind: 'note', text: 'Engine tfjs-node-gpu: it is the fastest that is ready.' }],
  [30_000, search(100, 'loss 2.30')],
  [40_000, search(1_100, 'loss 1.92, accuracy 31%')],
];

function stateAt(events: readonly Timed[]): ProgressState {
  return events.reduce((state, [time, event]) => reduceProgress(state, event, time), noProgress);
}

const bare = { colour: false, ascii: false };

function frame(state: ProgressState, now: number, columns: number, rows = 24, look = bare): string {
  return progressLines({ title: 'Nascent', state, now, columns, rows, look }).join('\n');
}

test('a view of 80 columns', () => {
  expect(frame(stateAt(story), 41_000, 80)).toMatchInlineSnapshot(`
    "Nascent
    ✓ Getting CIFAR-10 20s
    ● Searching 21s
      ███████░░░░░░░░░░░░░░░░░░░░░  27%  1,100/4,000 img  100 img/s  28s left
      loss 1.92, accuracy 31%"
  `);
});

test('narrow views leave out what matters least, and never break a line', () => {
  const state = stateAt(story);
  expect(frame(state, 41_000, 50)).toMatchInlineSnapshot(`
    "Nascent
    ✓ Getting CIFAR-10 20s
    ● Searching 21s
      ██████░░░░░░░░░░░░░░░░  27%  100 img/s  28s left
      loss 1.92, accuracy 31%"
  `);
  expect(frame(state, 41_000, 24)).toMatchInlineSnapshot(`
    "Nascent
    ✓ Getting CIFAR-10 20s
    ● Searching 21s
      ████░░░░░░░░░░░░░  27%
      loss 1.92, accuracy …"
  `);
  for (let columns = 12; columns <= 80; columns += 4) {
    const drawn = frame(state, 41_000, columns).split('\n');
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(columns);
  }
});

test('the end of the work shows on its last stage', () => {
  const state = stateAt(story);
  expect(frame(endStage(state, 'done', 62_000), 99_000, 80)).toMatchInlineSnapshot(`
    "Nascent
    ✓ Getting CIFAR-10 20s
    ✓ Searching 42s"
  `);
  const error = { message: 'the loss is not a number', exitCode: 1 };
  const failed = reduceProgress(state, { kind: 'failed', error }, 62_000);
  expect(frame(failed, 99_000, 80)).toContain('✖ Searching 42s');
  const interrupted = { message: 'interrupted', code: 'interrupted', exitCode: 130 } as const;
  const stopped = reduceProgress(state, { kind: 'failed', error: interrupted }, 62_000);
  expect(frame(stopped, 99_000, 80)).toContain('■ Searching 42s');
});

test('on a low screen earlier stages become a line', () => {
  const stages = ['a', 'b', 'c', 'd'].map((stage, time): Timed => [
    time,
    { kind: 'stage', stage, title: stage },
  ]);
  expect(frame(stateAt(stages), 4, 80, 7)).toMatchInlineSnapshot(`
    "Nascent
    ✓ 2 earlier
    ✓ c 0s
    ● d 0s"
  `);
});

test('a total that is not known has no bar', () => {
  const state = stateAt([
    [0, { kind: 'stage', stage: 'a', title: 'Counting' }],
    [0, { kind: 'progress', stage: 'a', done: 0, total: 0, unit: 'img' }],
    [2_000, { kind: 'progress', stage: 'a', done: 50, total: 0, unit: 'img' }],
  ]);
  expect(frame(state, 2_000, 80)).toMatchInlineSnapshot(`
    "Nascent
    ● Counting 2s
      50 img  25.0 img/s"
  `);
});

test('a result ends the stage, and another job may go on in the same view', () => {
  const state = stateAt([
    ...story,
    [50_000, { kind: 'result', value: null }],
    [51_000, { kind: 'stage', stage: 'train', title: 'Training' }],
  ]);
  expect(state.stages.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'data done',
    'search done',
    'train current',
  ]);
  expect(state.stages[1]?.endedAt).toBe(50_000);
});

test('a stage whose next part begins keeps its time and drops its progress', () => {
  const state = stateAt([...story, [41_000, { kind: 'stage', stage: 'search', title: 'Deriving' }]]);
  expect(state.stages.at(-1)).toEqual({
    id: 'search',
    title: 'Deriving',
    status: 'current',
    startedAt: 20_000,
  });
});

test('as lines: stages, notes, and progress every ten seconds at most', () => {
  const plain = plainProgress();
  const often: readonly Timed[] = [
    ...story,
    [41_000, search(1_200, 'loss 1.90')],
    [49_900, search(2_090, 'loss 1.70')],
    [50_000, search(2_100, 'loss 1.65')],
    [60_000, { kind: 'result', value: null }],
  ];
  let state = noProgress;
  const lines = often.flatMap(([time, event]) => {
    const next = reduceProgress(state, event, time);
    const step = plain.step(state, next, event, time);
    state = next;
    return step;
  });
  expect(lines.map((line) => render(line, bare)).join('\n')).toMatchInlineSnapshot(`
    "● Getting CIFAR-10
      Getting CIFAR-10: 47%, 80.0/170 MB, 7.27 MB/s, 12s left
    ✓ Getting CIFAR-10 20s
    ● Searching
    · Engine tfjs-node-gpu: it is the fastest that is ready.
      Searching: 2%, 100/4,000 img, loss 2.30
      Searching: 27%, 1,100/4,000 img, 100 img/s, 29s left, loss 1.92, accuracy 31%
      Searching: 52%, 2,100/4,000 img, 100 img/s, 19s left, loss 1.65
    ✓ Searching 40s"
  `);
});

test('in ASCII, for terminals that have nothing else', () => {
  const shown = frame(stateAt(story), 41_000, 24, 24, { colour: false, ascii: true });
  expect(shown).toMatchInlineSnapshot(`
    "Nascent
    + Getting CIFAR-10 20s
    * Searching 21s
      ####.............  27%
      loss 1.92, accuracy..."
  `);
});

test('after a pause the rate begins anew', () => {
  const state = afterPause(stateAt(story));
  const later = [3_700_000, 3_705_000].map((time, index): Timed => [time, search(1_200 + index * 500, '')]);
  const resumed = later.reduce((before, [time, event]) => reduceProgress(before, event, time), state);
  expect(frame(state, 3_700_000, 80)).toContain('1,100/4,000 img\n');
  expect(frame(resumed, 3_705_000, 80)).toContain('1,700/4,000 img  100 img/s');
  expect(afterPause(noProgress)).toBe(noProgress);
});

test('of many stages the last are kept, and the others counted', () => {
  const stages = Array.from({ length: 250 }, (_, time): Timed => [
    time,
    { kind: 'stage', stage: `${time}`, title: `stage ${time}` },
  ]);
  const state = stateAt(stages);
  expect(state.stages.length + state.earlier).toBe(250);
  expect(state.stages.length).toBeLessThanOrEqual(100);
  expect(frame(state, 250, 80, 7)).toContain('248 earlier');
  const plain = plainProgress();
  let before = noProgress;
  const lines = stages.flatMap(([time, event]) => {
    const after = reduceProgress(before, event, time);
    const step = plain.step(before, after, event, time);
    before = after;
    return step.map((line) => render(line, bare));
  });
  expect(lines.slice(-3)).toEqual(['● stage 248', '✓ stage 248 0s', '● stage 249']);
});

test('whatever a job says, lines hold no control characters and fit', () => {
  const texts = fc.record({ title: hostile, unit: hostile, note: hostile });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), ({ title, unit, note }, columns) => {
      const state = stateAt([
        [0, { kind: 'stage', stage: 'a', title }],
        [0, { kind: 'progress', stage: 'a', done: 1, total: 2, unit, note }],
      ]);
      for (const line of progressLines({ title, state, now: 1, columns, rows: 24, look: bare })) {
        expect(line).not.toMatch(forbidden);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    }),
  );
});
