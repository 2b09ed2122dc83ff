/** An answer in time, also of a process that gives none. */
import { expect, test } from 'vitest';
import { askForEstimate, type RunEstimate } from '../../src/estimate/ask.ts';
import { estimateSchema, stages } from '../../src/estimate/estimate.ts';
import type { JobEvent } from '../../src/run/events.ts';
import { smallOrders } from './small.ts';

const [{ config }] = smallOrders;
const order = { job: 'search', order: { kind: 'new', out: 'nowhere', config } } as const;

/** Says so much, and then nothing until it is ended. */
function stuckAfter(...events: readonly JobEvent[]): RunEstimate {
  return (_, listen, end) => {
    for (const event of events) listen(event);
    return new Promise((_resolve, reject) => {
      end.addEventListener('abort', () => reject(new Error('ended by SIGKILL')));
    });
  };
}

test('where nothing was ready in time, that is the answer', async () => {
  const said: JobEvent[] = [];
  const stage = { kind: 'stage', stage: stages.prepare, title: 'Building' } as const;
  const found = await askForEstimate(order, stuckAfter(stage), (event) => said.push(event), 0.05);
  expect(estimateSchema.parse(found)).toEqual(found);
  expect(found).toMatchObject({
    kind: 'too-slow',
    during: 'prepare',
    job: 'search',
    task: 'images',
    epochs: 1,
  });
  expect(said).toEqual([stage, { kind: 'note', text: 'The time is over: what was measuring was ended.' }]);
});

test('where the first step did not end, it takes at least what it had', async () => {
  const begun = { kind: 'progress', stage: stages.steps, done: 0, total: 13, unit: 'steps' } as const;
  const found = await askForEstimate(order, stuckAfter(begun), undefined, 0.05);
  expect(found).toMatchObject({ kind: 'too-slow', during: 'step' });
  expect(found.kind === 'too-slow' && found.atLeast <= found.took).toBe(true);
});

test('what went wrong before that is said as it is', async () => {
  const failing: RunEstimate = async () => Promise.reject(new Error('no data'));
  await expect(askForEstimate(order, failing)).rejects.toThrow('no data');
  const resumed = { job: 'train', order: { kind: 'resume', run: 'runs/a' } } as const;
  await expect(askForEstimate(resumed, failing)).rejects.toThrow('runs/a has begun');
});
