import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { followRun } from '../../src/report/follow.ts';
import { reportHtml } from '../../src/report/html.ts';
import type { ReportedRun } from '../../src/report/read-run.ts';
import { createRun } from '../../src/run/directory.ts';
import { call, start } from '../cli/call.ts';
import { temporaryFolder } from '../data/temporary.ts';

const options = { kind: 'search', config: { data: 'cifar10' }, seed: 7, engine: 'reference' } as const;

/** Follows a run; `after` gets each page and does what comes next. */
async function followed(
  path: string,
  after: (page: ReportedRun, number: number) => void | Promise<void>,
  signal: AbortSignal,
) {
  const pages: { readonly epochs: number; readonly ended: boolean }[] = [];
  const following = followRun(path, {
    signal,
    everyMs: 5,
    async write(run, ended) {
      pages.push({ epochs: run.metrics.length, ended });
      await after(run, pages.length);
    },
  });
  return { pages, following };
}

test('a page is written for every change, and a last one when the run is done', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  run.acquireLease();
  await run.update({ status: 'running' });
  const { pages, following } = await followed(
    path,
    async (_, number) => {
      if (number < 3) run.appendMetrics({ kind: 'epoch', epoch: number - 1, train_loss: 1 });
      else if (number === 3) await run.update({ status: 'done' });
    },
    new AbortController().signal,
  );
  expect((await following).status).toBe('done');
  run.close();
  expect(pages).toEqual([
    { epochs: 0, ended: false },
    { epochs: 1, ended: false },
    { epochs: 2, ended: false },
    { epochs: 2, ended: true },
  ]);
});

test('who follows a search follows the training in its folder', async () => {
  const path = join(await temporaryFolder(), 'run');
  await (await createRun(path, options)).update({ status: 'done' });
  const training = await createRun(join(path, 'train'), { ...options, kind: 'train' });
  const { pages, following } = await followed(
    path,
    async (_, number) => {
      if (number === 1) await training.update({ status: 'stopped', reason: 'asked to' });
    },
    new AbortController().signal,
  );
  expect((await following).training?.status).toBe('stopped');
  expect(pages.map(({ ended }) => ended)).toEqual([false, true]);
});

test('a run whose process died is found to have ended, though it wrote nothing', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  const lease = run.acquireLease();
  await run.update({ status: 'running' });
  const { pages, following } = await followed(path, () => lease.release(), new AbortController().signal);
  expect((await following).status).toBe('crashed');
  expect(pages.map(({ ended }) => ended)).toEqual([false, true]);
});

test('news between two epochs is a new page, after a rest', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  run.acquireLease();
  await run.update({ status: 'running' });
  const progress = { kind: 'progress', stage: 'search', total: 9, unit: 'steps' } as const;
  const pages: (readonly [done: unknown, at: number])[] = [];
  const restMs = 150;
  await followRun(path, {
    signal: new AbortController().signal,
    everyMs: 5,
    restMs,
    async write({ events }, ended) {
      const last = events.at(-1);
      pages.push([last?.kind === 'progress' ? last.done : last?.kind, performance.now()]);
      if (pages.length === 1) for (let done = 1; done <= 3; done++) run.appendEvent({ ...progress, done });
      else if (pages.length === 2) run.appendEvent({ kind: 'paused' });
      else if (!ended) {
        run.close();
        await run.update({ status: 'done' });
      }
    },
  });
  expect(pages.map(([done]) => done)).toEqual([undefined, 3, 'paused', 'paused']);
  const [first = 0, second = 0, third = 0] = pages.map(([, at]) => at);
  // Timers may be early by less than a millisecond.
  expect(Math.min(second - first, third - second)).toBeGreaterThan(restMs - 1);
});

test('a run that is done is followed while it is compared', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  await run.update({ status: 'done' });
  const lease = run.acquireLease();
  const check = { kind: 'check', row: 'tfjs-cpu', column: 'seeded inputs' } as const;
  run.appendEvent({ kind: 'begun', stage: 'parity', pid: process.pid, host: 'here' });
  run.appendEvent({ ...check, outcome: 'running', text: '' });
  const pages: string[] = [];
  await followRun(path, {
    signal: new AbortController().signal,
    everyMs: 5,
    restMs: 5,
    async write(found) {
      pages.push(/tfjs-cpu<\/th><td>(.*?)</.exec(reportHtml('run', found))?.[1] ?? 'none');
      if (pages.length === 1) run.appendEvent({ ...check, outcome: 'passed', text: '1e-6' });
      else lease.release();
    },
  });
  run.close();
  expect(pages).toEqual(['seeded inputs: running', 'seeded inputs: passed 1e-6', 'none']);
});

test('between a search and the training that a demo begins, it has not ended', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  const searching = run.acquireLease();
  await run.update({ status: 'running' });
  let training: ReturnType<typeof run.acquireLease> | undefined;
  const pages: (readonly [text: string, ended: boolean])[] = [];
  await followRun(path, {
    signal: new AbortController().signal,
    everyMs: 200,
    restMs: 5,
    async write(found, ended) {
      pages.push([/Under way/.test(reportHtml('run', found)) ? 'under way' : 'at rest', ended]);
      if (pages.length > 1) training?.release();
      if (pages.length > 1) return;
      await run.update({ status: 'done' });
      searching.release();
      // After the look that finds nobody at work, and before the next.
      setTimeout(() => {
        training = run.acquireLease();
        run.appendEvent({ kind: 'begun', stage: 'training', pid: process.pid, host: 'here' });
        run.appendEvent({ kind: 'stage', stage: 'fit', title: 'Measuring' });
      }, 300);
    },
  });
  run.close();
  expect(pages).toEqual([
    ['at rest', false],
    ['under way', false],
    ['at rest', true],
  ]);
});

test('stopped, it writes the page a last time and says by what', async () => {
  const path = join(await temporaryFolder(), 'run');
  await createRun(path, options);
  const stop = new AbortController();
  const { pages, following } = await followed(path, () => stop.abort(new Error('Ctrl-C')), stop.signal);
  await expect(following).rejects.toThrow('Ctrl-C');
  expect(pages.map(({ ended }) => ended)).toEqual([false, true]);
});

test('a run that is deleted while it is followed is gone', async () => {
  const path = join(await temporaryFolder(), 'run');
  await createRun(path, options);
  const { following } = await followed(
    path,
    () => rmSync(path, { recursive: true }),
    new AbortController().signal,
  );
  await expect(following).rejects.toMatchObject({ code: 'run/gone' });
});

test('a followed run that has ended is one page, and Ctrl-C is an interruption', async () => {
  const path = join(await temporaryFolder(), 'run');
  const run = await createRun(path, options);
  let asked = false;
  const following = await start(['report', path, '--follow'], (text, child) => {
    if (!asked && text.includes('Following')) asked = child.kill('SIGINT');
  });
  expect(following).toMatchObject({ exitCode: 130, stdout: `${join(path, 'report.html')}\n` });
  await run.update({ status: 'done' });
  const ended = await call('report', path, '--follow');
  expect(ended).toMatchObject({ exitCode: 0, stdout: `${join(path, 'report.html')}\n` });
});

test('where the page cannot be written, a place is named that may do', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'run');
  await createRun(path, options);
  writeFileSync(join(folder, 'file'), '');
  for (const more of [[], ['--follow']]) {
    const { exitCode, stdout, stderr } = await call(
      'report',
      path,
      '--out',
      join(folder, 'file', 'page.html'),
      ...more,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/cannot write .*page\.html: [^]*--out report\.html/);
  }
});
