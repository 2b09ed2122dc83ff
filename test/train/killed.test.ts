/**
 * A training that is killed, with SIGKILL and wherever it happens to be, and taken up again comes to what one does that
 * nobody touched, bit for bit.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openRun } from '../../src/run/directory.ts';
import { z } from 'zod';
import { newRun, remainsOf } from '../support/runs.ts';
import { trainTiny } from './helpers/tiny.ts';
import { tries } from '../support/properties.ts';

const killable = fileURLToPath(new URL('helpers/killable.ts', import.meta.url));

const position = z.object({ epoch: z.int() });

/** What is known of a run: how far it has certainly got. */
interface Model {
  epochs: number;
  starts: number;
}

interface Real {
  readonly path: string;
}

/** Starts the training in a process of its own, and kills that some microseconds after its `step`th step. */
class RunAndKill implements fc.AsyncCommand<Model, Real> {
  readonly step: number;
  readonly microseconds: number;

  constructor(step: number, microseconds: number) {
    this.step = step;
    this.microseconds = microseconds;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { path }: Real): Promise<void> {
    const code = await startAndKill(path, this.step, this.microseconds);
    model.starts++;
    const run = openRun(path);
    // Whatever was being written, what is there is whole, and nothing is lost that was there before.
    const latest = run.latestCheckpoint();
    expect(latest?.damaged ?? []).toEqual([]);
    const epoch = latest === undefined ? 0 : position.parse(latest.meta).epoch;
    expect(epoch).toBeGreaterThanOrEqual(model.epochs);
    expect(code === null || code === 0).toBe(true);
    model.epochs = epoch;
  }

  toString(): string {
    return `killed ${this.microseconds} µs after step ${this.step}`;
  }
}

/** The exit code; null where it was killed before its end. */
async function startAndKill(path: string, step: number, microseconds: number): Promise<number | null> {
  const child = fork(killable, [path], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let steps = 0;
  child.on('message', () => {
    steps++;
    if (steps !== step) return;
    setTimeout(() => {
      const until = performance.now() + (microseconds % 1000) / 1000;
      while (performance.now() < until);
      child.kill('SIGKILL');
    }, microseconds / 1000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

it('killed anywhere and resumed is bit for bit an unbroken one', { timeout: 300_000 }, async () => {
  const whole = await newRun('train');
  await trainTiny(whole);
  const expected = remainsOf(whole);
  whole.close();

  const kills = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(6000))
    .map(([step, microseconds]) => new RunAndKill(step, microseconds));
  await fc.assert(
    fc.asyncProperty(fc.commands([kills], { maxCommands: 3, size: 'max' }), async (commands) => {
      const run = await newRun('train');
      const real = { path: run.path };
      await fc.asyncModelRun(() => ({ model: { epochs: 0, starts: 0 }, real }), commands);
      await trainTiny(run);
      expect(remainsOf(run)).toEqual(expected);
      run.close();
    }),
    { numRuns: tries(5), endOnFailure: true },
  );
});
