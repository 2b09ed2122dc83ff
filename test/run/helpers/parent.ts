/** Starts the job `train` and is there to be killed. */

import { spawnJob } from '../../../src/run/child.ts';

const worker = new URL('worker.ts', import.meta.url);
const [file, talks] = process.argv.slice(2);
await spawnJob(
  { job: 'train', arguments: { file, talks: talks === 'talk' }, worker },
  (event) => console.log(event.kind),
  {
    stop: new AbortController().signal,
  },
);
