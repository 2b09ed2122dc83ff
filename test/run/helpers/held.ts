/** Works on the run of its first argument in steps of a few milliseconds until stopped, and is there to be told what to do. */

import { setTimeout as sleep } from 'node:timers/promises';

import { openRun } from '../../../src/run/directory.ts';
import { holdRun } from '../../../src/run/hold.ts';

const [path = '', steps = '1000000'] = process.argv.slice(2);
const run = openRun(path);
const latest = run.latestCheckpoint();
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('SIGTERM')));

await holdRun(run, 'train', stop.signal, async (_, { control, reporter }) => {
  reporter.stage('count', 'Counting');
  run.rewindTo(latest);
  let step = (latest?.meta as { step: number } | undefined)?.step ?? 0;
  const save = async () => {
    await run.writeCheckpoint(`step-${step}`, { meta: { step }, tensors: new Map() });
  };
  for (; step < Number(steps); step++) {
    await control.turn(save);
    run.appendMetrics({ step });
    reporter.progress(step + 1, Number(steps), 'steps');
    await sleep(2);
  }
  return { steps: step };
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 7;
});
