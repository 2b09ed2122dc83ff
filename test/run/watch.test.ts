import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readAlphas } from '../../src/run/artefacts/alphas.ts';
import { readMetrics } from '../../src/run/artefacts/metrics.ts';
import { createRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import { watchRun } from '../../src/run/watch.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { tries } from '../support/properties.ts';

let made = 0;

function newRun(folder: string): Promise<Run> {
  return createRun(join(folder, String(made++)), {
    kind: 'search',
    config: {},
    seed: 1,
    engine: 'reference',
  });
}

test('whenever one looks, one sees what reading the whole folder sees', async () => {
  const folder = await temporaryFolder();
  const write = fc.oneof(
    fc.constantFrom('metrics', 'alphas', 'event', 'look').map((kind) => ({ kind, bytes: 0 })),
    fc.record({ kind: fc.constant('torn'), bytes: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('cut'), bytes: fc.integer({ min: 0, max: 200 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 30 }), async (writes) => {
      const run = await newRun(folder);
      // Who writes works on it.
      const lease = run.acquireLease();
      const watch = watchRun(run.path);
      let epoch = 0;
      let torn = Buffer.alloc(0);
      const file = run.file('metrics.jsonl');
      for (const { kind, bytes } of writes) {
        // What another process has begun to write it also ends.
        if (kind !== 'look' && torn.length > 0) {
          appendFileSync(file, torn);
          torn = Buffer.alloc(0);
        }
        if (kind === 'metrics') {
          appendFileSync(file, `${JSON.stringify({ kind: 'epoch', epoch: epoch++, note: 'é→' })}\n`);
        } else if (kind === 'alphas') {
          appendFileSync(run.file('alphas.jsonl'), `${JSON.stringify({ epoch: epoch++ })}\n`);
        } else if (kind === 'event') {
          run.appendEvent({ kind: 'note', text: 'ü'.repeat(epoch) });
        } else if (kind === 'torn') {
          const line = Buffer.from(`${JSON.stringify({ note: 'é→ü', kind: 'epoch', epoch: epoch++ })}\n`);
          appendFileSync(file, line.subarray(0, bytes));
          torn = line.subarray(bytes);
        } else if (kind === 'cut') {
          watch.look();
          const lines =
            safely(() => readFileSync(file, 'utf8'))
              ?.split('\n')
              .slice(0, -1) ?? [];
          const kept = lines.slice(0, Math.floor((lines.length * bytes) / 200));
          if (lines.length > 0) writeFileSync(file, kept.map((line) => `${line}\n`).join(''));
        }
        const seen = watch.look();
        expect(seen.metrics).toEqual(readMetrics(run));
        expect(seen.alphas).toEqual(readAlphas(run));
        expect(seen.events).toEqual(run.readEvents());
        expect(seen.damage).toEqual([]);
      }
      lease.release();
      run.close();
    }),
    { numRuns: tries(40) },
  );
});

test('what did not change is the same object', async () => {
  const folder = await temporaryFolder();
  const run = await newRun(folder);
  run.appendMetrics({ kind: 'epoch', epoch: 0 });
  const watch = watchRun(run.path);
  const first = watch.look();
  expect(watch.look()).toBe(first);
  run.appendAlphas({ epoch: 0 });
  const second = watch.look();
  expect(second.metrics).toBe(first.metrics);
  expect(second.record).toBe(first.record);
  expect(second.alphas).not.toBe(first.alphas);
  run.close();
});

test('what cannot be read is told, and what was known before stays', async () => {
  const folder = await temporaryFolder();
  const run = await newRun(folder);
  run.appendMetrics({ kind: 'epoch', epoch: 0 });
  const watch = watchRun(run.path);
  expect(watch.look()).toMatchObject({ status: 'created', metrics: [{ epoch: 0 }] });

  appendFileSync(
    run.file('metrics.jsonl'),
    'not JSON\n{"kind":"dreamt","epoch":1}\n{"kind":"epoch","epoch":2}\n',
  );
  expect(watch.look()).toMatchObject({
    metrics: [{ epoch: 0 }, { epoch: 2 }],
    damage: [
      expect.stringContaining('1 line is not JSON and was left out'),
      expect.stringContaining('1 line that is unknown to this version, and left out'),
    ],
  });

  const record = readFileSync(run.file('run.json'), 'utf8');
  writeFileSync(run.file('run.json'), record.replace('"version": 1', '"version": 99'));
  expect(watch.look()).toMatchObject({
    record: { kind: 'search' },
    damage: [
      expect.stringContaining('later version'),
      expect.stringContaining('not JSON'),
      expect.stringContaining('unknown'),
    ],
  });

  renameSync(run.path, `${run.path}-moved`);
  expect(watch.look()).toMatchObject({ record: { kind: 'search' }, metrics: [{ epoch: 0 }, { epoch: 2 }] });
  expect(watch.look().damage).toEqual([`${run.path} is no longer there`]);
  run.close();
});

test('a run that went away is not said to go on, and one that had ended stays so', async () => {
  const folder = await temporaryFolder();
  for (const [status, after] of [
    ['running', undefined],
    ['paused', undefined],
    ['stopped', 'stopped'],
  ] as const) {
    const run = await newRun(folder);
    const lease = run.acquireLease();
    await run.update({ status });
    const watch = watchRun(run.path);
    expect(watch.look().status).toBe(status);
    renameSync(run.path, `${run.path}-moved`);
    expect(watch.look()).toMatchObject({ status: after, damage: [`${run.path} is no longer there`] });
    renameSync(`${run.path}-moved`, run.path);
    expect(watch.look().status).toBe(status);
    lease.release();
    run.close();
  }
});

test('events of a later version are left out, and a note says so', async () => {
  const run = await newRun(await temporaryFolder());
  run.appendEvent({ kind: 'note', text: 'known' });
  const watch = watchRun(run.path);
  expect(watch.look().damage).toEqual([]);
  appendFileSync(
    run.file('events.jsonl'),
    '{"v":2,"seq":1,"at":"2030-01-01T00:00:00.000Z","kind":"dreamt"}\n',
  );
  expect(watch.look()).toMatchObject({
    events: [{ text: 'known' }],
    damage: [
      `${run.file('events.jsonl')} was written by a later version of Nascent: 1 line was left out; update Nascent`,
    ],
  });
  run.close();
});

test('logs that a run must have and has not are told; those that it does not need yet are not', async () => {
  const run = await newRun(await temporaryFolder());
  const damage = () =>
    watchRun(run.path)
      .look()
      .damage.map((text) => text.replaceAll(`${run.path}/`, ''));
  expect(damage()).toEqual([]);
  await run.update({ status: 'failed' });
  expect(damage()).toEqual(['events.jsonl is missing: what it said is not shown']);
  run.appendEvent({ kind: 'note', text: 'failed before anything was measured' });
  expect(damage()).toEqual([]);
  await run.writeCheckpoint('epoch-1', { tensors: new Map(), meta: {} });
  expect(damage()).toEqual([]);
  await run.update({ status: 'done' });
  for (const name of ['events', 'metrics', 'alphas']) rmSync(run.file(`${name}.jsonl`));
  expect(damage()).toEqual([
    'events.jsonl is missing: what it said is not shown',
    'metrics.jsonl is missing: what it said is not shown',
    'alphas.jsonl is missing: what it said is not shown',
  ]);
  run.close();
});

test('a line that nobody ends is told once nobody works on the run', async () => {
  const run = await newRun(await temporaryFolder());
  run.appendMetrics({ kind: 'epoch', epoch: 0 });
  appendFileSync(run.file('metrics.jsonl'), '{"kind":"ep');
  const lease = run.acquireLease();
  const watch = watchRun(run.path);
  expect(watch.look().damage).toEqual([]);
  lease.release();
  expect(watch.look().damage).toEqual([
    `${run.file('metrics.jsonl')} ends within a line, which was left out`,
  ]);
  run.close();
});

test('a run that cannot be read yet is watched, and what is no run is not', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'later');
  mkdirSync(path);
  writeFileSync(join(path, 'run.json'), '{"format": "nascent-run", "ver');
  const watch = watchRun(path);
  expect(watch.look()).toMatchObject({ record: undefined, damage: [expect.stringContaining('not JSON')] });
  rmSync(path, { recursive: true });
  await createRun(path, { kind: 'train', config: {}, seed: 1, engine: 'reference' });
  expect(watch.look()).toMatchObject({ record: { kind: 'train' }, damage: [] });
  expect(() => watchRun(join(folder, 'nowhere'))).toThrow('does not exist');
});

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
