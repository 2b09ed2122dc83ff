/** Starts the job `train`, or one that is busy for ever, and is there to be killed. */

import { spawnJob } from '../../../src/run/child.ts';

const worker = new URL('worker.ts', import.meta.url);
const [file, talks] = process.argv.slice(2);
const order =
  file === 'busy'
    ? { job: 'validate', arguments: 'busy', worker }
    : { job: 'train', arguments: { file, talks: talks === 'talk' }, worker };
await spawnJob(order, (event) => console.log(event.kind === 'note' ? event.text : event.kind), {
  stop: new AbortController().signal,
});
