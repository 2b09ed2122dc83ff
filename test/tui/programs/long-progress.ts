/** Shows 20,000 events in place on a terminal that forgets, and prints what is in memory at each quarter. */

import { runWithProgress } from '../../../src/tui/run-with-progress.ts';

const events = 20_000;
const stream = Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, {
  isTTY: true,
  columns: 80,
  rows: 6,
});
// Every second event is drawn, at once: there is no waiting for the next frame.
globalThis.setTimeout = ((then: () => void) => setImmediate(then)) as unknown as typeof setTimeout;
globalThis.clearTimeout = clearImmediate as unknown as typeof clearTimeout;

const heaps: number[] = [];
let drawn = 0;
let onDrawn = () => {};
stream.write = () => {
  drawn++;
  onDrawn();
  return true;
};

await runWithProgress(
  'Nascent',
  async (report) => {
    for (let done = 0; done <= events; done++) {
      if (done % 100 === 0) report({ kind: 'stage', stage: `epoch ${done}`, title: `Epoch ${done / 100}` });
      if (done % 50 === 0) report({ kind: 'note', text: `note ${done}` });
      const note = `loss ${(1 / (done + 1)).toFixed(9)}`;
      report({ kind: 'progress', stage: '', done, total: events, unit: 'img', note });
      if (done % 2 === 0) {
        await new Promise<void>((resolve) => {
          onDrawn = resolve;
        });
      }
      if (done > 0 && done % (events / 4) === 0) {
        globalThis.gc?.();
        heaps.push(process.memoryUsage().heapUsed);
      }
    }
  },
  { stream },
);
const measures = performance.getEntriesByType('measure').length;
console.log(JSON.stringify({ drawn, measures, heaps, environment: process.env['NODE_ENV'] ?? null }));
