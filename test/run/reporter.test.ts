import { expect, test } from 'vitest';

import type { JobEvent } from '../../src/run/events.ts';
import { reporterTo } from '../../src/run/reporter.ts';

test('progress is thinned out to ten a second, but for the first and the last of a stage', () => {
  const events: JobEvent[] = [];
  let time = 0;
  const reporter = reporterTo(
    (event) => events.push(event),
    () => time,
  );
  reporter.stage('a', 'A');
  for (let step = 1; step <= 50; step++, time += 10) reporter.progress(step, 50, 'img', `loss ${step}`);
  reporter.stage('b', 'B');
  reporter.progress(0, 9, 'img');
  const seen = events.map((event) =>
    event.kind === 'progress' ? `${event.stage} ${event.done}` : event.kind,
  );
  expect(seen).toEqual(['stage', 'a 1', 'a 11', 'a 21', 'a 31', 'a 41', 'a 50', 'stage', 'b 0']);
  expect(events[1]).toMatchObject({ note: 'loss 1' });
  expect(events.at(-1)).not.toHaveProperty('note');
});

test('how far a stage came that ended early is said at its end', () => {
  const events: JobEvent[] = [];
  const reporter = reporterTo(
    (event) => events.push(event),
    () => 0,
  );
  reporter.stage('a', 'A');
  for (const step of [1, 2, 3]) reporter.progress(step, 50, 'steps', undefined, { loss: step });
  // What is measured after them is not how far they came.
  reporter.progress(1, 9, 'img');
  reporter.stage('b', 'B');
  for (const step of [1, 2]) reporter.progress(step, 50, 'steps');
  reporter.flush();
  reporter.flush();
  const seen = events.map((event) =>
    event.kind === 'progress' ? `${event.done} ${event.unit}` : event.kind,
  );
  expect(seen).toEqual(['stage', '1 steps', '3 steps', 'stage', '1 steps', '2 steps']);
});

test('epochs that end within the time between two events still say how far the steps are', () => {
  const events: JobEvent[] = [];
  let time = 0;
  const reporter = reporterTo(
    (event) => events.push(event),
    () => time,
    1_000,
  );
  reporter.stage('search', 'Searching');
  for (let epoch = 0; epoch < 4; epoch++) {
    for (let step = 1; step <= 3; step++, time += 250)
      reporter.progress(3 * epoch + step, 12, 'steps', undefined, { loss: 1 });
    reporter.progress(8, 8, 'measured');
  }
  const steps = events.flatMap((event) =>
    event.kind === 'progress' && event.unit === 'steps' ? [event.done] : [],
  );
  expect(steps).toEqual([1, 3, 6, 9, 12]);
});
