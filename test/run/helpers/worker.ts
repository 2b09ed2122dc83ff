/** A worker whose jobs behave in each way a job can. */

import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { NascentError } from '../../../src/errors.ts';
import { openRun } from '../../../src/run/directory.ts';
import { holdRun } from '../../../src/run/hold.ts';
import type { Job } from '../../../src/run/jobs.ts';
import type { Reporter } from '../../../src/run/reporter.ts';
import { serveJob } from '../../../src/run/serve.ts';

/** A run to work on, to die while it is worked on. */
interface Fatal {
  readonly path: string;
  /** What it dies by, or `none`. */
  readonly signal: string;
  readonly checkpoint: boolean;
}

async function dieOn({ path, signal: how, checkpoint }: Fatal, reporter: Reporter): Promise<void> {
  const run = openRun(path);
  await holdRun(run, 'search', new AbortController().signal, async () => {
    if (checkpoint) await run.writeCheckpoint('epoch-1', { meta: null, tensors: new Map() });
    reporter.note('working');
    if (how !== 'none') process.kill(process.pid, how);
    await sleep(60_000);
  });
}

const jobs: Readonly<Record<string, Job<unknown>>> = {
  /** Says what it was told; told of a run, works on it and dies while it does. */
  async search(args, reporter) {
    if (typeof args === 'object' && args !== null && 'path' in args) return dieOn(args as Fatal, reporter);
    reporter.stage('look', 'Looking');
    reporter.note('a note');
    for (let step = 1; step <= 1_000; step++) reporter.progress(step, 1_000, 'img');
    console.log('talk that must not become data');
    return { args, loss: Number.NaN, weights: new Float32Array([1, 2]) };
  },
  /** Runs until stopped; leaves a file when it stopped in order. */
  async train(args, reporter, signal) {
    const { file, talks } = args as { file: string; talks: boolean };
    reporter.stage('wait', 'Waiting');
    try {
      if (talks) {
        while (!signal.aborted) {
          console.log('talk of a library');
          console.error('and its complaints');
          await sleep(5);
        }
        // The parent has ended by now, and the pipes are broken for certain.
        for (let i = 0; i < 20; i++) {
          console.error('last words');
          await sleep(5);
        }
      }
      await sleep(60_000, undefined, { signal });
    } finally {
      writeFileSync(file, 'in order');
    }
  },
  /** Dies as told. */
  async validate(args, reporter) {
    if (args === 'busy') {
      reporter.note(`${process.pid}`);
      await sleep(100);
      for (;;);
    }
    if (args === 'throw later') {
      setTimeout(() => {
        throw new TypeError('a bug');
      }, 1);
      await sleep(60_000);
    }
    if (args === 'exit') {
      console.error('could not load libfoo.so');
      process.exit(9);
    }
    process.kill(process.pid, args as NodeJS.Signals);
    await sleep(60_000);
  },
  async parity() {
    throw new NascentError('gate/failed', 'top-1 differs', { help: 'Look at it.' });
  },
  /** Takes all memory that there is, or computes for ever: neither lets the event loop turn. */
  async greedy(args) {
    const held: Float64Array[] = [];
    for (;;) {
      if (args !== 'time') held.push(new Float64Array(2 ** 21).fill(held.length));
    }
  },
  /** Takes so many steps of half a second. */
  async slow(args, reporter) {
    for (let step = 1; step <= (args as number); step++) {
      await sleep(500);
      reporter.progress(step, args as number, 'img');
    }
    return args;
  },
  async export(args) {
    // Does not react to being stopped.
    const { until } = args as { until: string };
    while (!existsSync(until)) await sleep(50);
  },
};

/** What each is told is for the test that tells it, but one. */
const orderOf = (name: string): z.ZodType =>
  name === 'export' ? z.strictObject({ until: z.string() }) : z.unknown();

serveJob(
  Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      { order: async () => orderOf(name), load: async () => job },
    ]),
  ),
  1_000,
);
