/** Resumes the tiny training in a run folder, tells each step, and is there to be killed. */
import { openRun } from '../../../src/run/directory.ts';
import { holdRun } from '../../../src/run/hold.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { trainTiny } from './tiny.ts';

const run = openRun(process.argv[2] ?? '');
const reporter = { ...silentReporter, progress: (done: number) => process.send?.(done) };
await holdRun(run, 'train', new AbortController().signal, (signal) => trainTiny(run, reporter, signal));
process.disconnect();
