/**
 * Draws many frames of the interface, each of a run that went on, on a terminal that forgets: what is in memory after
 * each tenth, and how long a frame takes.
 */

import { interfaceFrames } from './interface-frames.ts';

const count = Number(process.argv[2] ?? 5_000);
const drawn = await interfaceFrames();
const [heaps, residents]: [number[], number[]] = [[], []];
const started = performance.now();
const before = process.cpuUsage();
for (let frame = 1; frame <= count; frame++) {
  drawn(frame);
  // A turn of the event loop, as there is between frames.
  await new Promise((resolve) => setImmediate(resolve));
  if (frame % (count / 10) !== 0) continue;
  globalThis.gc?.();
  heaps.push(process.memoryUsage().heapUsed);
  residents.push(process.memoryUsage().rss);
}
const ms = (performance.now() - started) / count;
const { user, system } = process.cpuUsage(before);
const processorMs = (user + system) / 1_000 / count;
const measures = performance.getEntriesByType('measure').length;
console.log(JSON.stringify({ heaps, residents, ms, processorMs, measures }));
