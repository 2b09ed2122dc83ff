/** A process that waits for a runtime that never answers, to be killed meanwhile. */
import { openProcess } from '../../../src/parity/processes/spawn.ts';

const [module = '', model = ''] = process.argv.slice(2);
const opened = await openProcess(
  'hangs',
  { what: 'plugin', module },
  { path: model },
  { seconds: 600, memory: 2 ** 32 },
  new AbortController().signal,
);
await opened.run(new Map());
