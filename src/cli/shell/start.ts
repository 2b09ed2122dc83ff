/** From the process's arguments to its exit code. */

import { endOnClosedPipe, exitWhenWritten } from './output.ts';
import { run } from './run.ts';

export async function start(): Promise<void> {
  endOnClosedPipe();
  await exitWhenWritten(await run(process.argv.slice(2)));
}
