/** Starts the job `train` and is there to be killed. */

import { spawnJob } from '../../../src/run/child.ts';

const worker = new URL('worker.ts', import.meta.url);
await spawnJob({ job: 'train', arguments: process.argv[2], worker }, (event) => console.log(event.kind), {
  stop: new AbortController().signal,
});
