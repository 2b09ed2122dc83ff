/**
 * A thread that ends its own process where nobody else can: when its parent is gone, or when it takes more memory or time
 * than it may. It works while the main thread is busy in a loop or in a native library, and hears of nothing.
 */
import { Worker } from 'node:worker_threads';

export interface Watch {
  /** How long the process has to end in order once its parent is gone. */
  readonly graceMs: number;
  /** Of memory in use, in bytes; without it, as much as there is. */
  readonly memory?: number | undefined;
  /** How long it may work from now on; without it, for ever. */
  readonly seconds?: number | undefined;
}

/** What the process of a job may take, where it may not take everything. */
export interface Limits extends Pick<Watch, 'memory' | 'seconds'> {
  /** The stage of the job that they are of; without it, of all. */
  readonly stage?: string;
}

/** What a process that was ended for its memory writes last to its stderr, on a line of its own. */
export const overMemory = 'nascent: over its limit of memory';

/** The same of one that was ended for its time. */
export const overTime = 'nascent: over its limit of time';

/** Text, because a thread needs a file in the language that Node runs without help. */
const thread = `
const { workerData: { parent, graceMs, memory, seconds, groups, overMemory, overTime }, parentPort } = require('node:worker_threads');
const { readdirSync, readFileSync, writeSync } = require('node:fs');
parentPort.on('message', (group) => groups.push(group));
parentPort.unref();
const heldBy = (pid) => {
  try {
    const [, group] = /^\\d+ \\(.*\\) \\S+ \\d+ (\\d+) /s.exec(readFileSync('/proc/' + pid + '/stat', 'latin1')) ?? [];
    if (!groups.includes(Number(group))) return 0;
    const [, kilobytes] = /^Pss: +(\\d+) kB/m.exec(readFileSync('/proc/' + pid + '/smaps_rollup', 'latin1')) ?? [];
    return 1024 * Number(kilobytes ?? 0);
  } catch { return 0; }
};
let heldByOthers = 0;
const lookAtOthers = () => {
  if (groups.length === 0) return;
  try {
    heldByOthers = readdirSync('/proc').reduce((sum, name) => sum + (/^\\d+$/.test(name) ? heldBy(name) : 0), 0);
  } catch { heldByOthers = 0; }
};
if (memory !== undefined) setInterval(lookAtOthers, 250);
const end = () => process.kill(process.pid, 'SIGKILL');
const isGone = () => {
  if (process.ppid !== parent) return true;
  try { process.kill(parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
};
const began = Date.now();
const say = (words) => { try { writeSync(2, '\\n' + words + '\\n'); } catch {} };
let goneAt;
setInterval(() => {
  if (memory !== undefined && process.memoryUsage.rss() + heldByOthers > memory) {
    say(overMemory);
    end();
  }
  if (seconds !== undefined && Date.now() - began > seconds * 1000) {
    say(overTime);
    end();
  }
  if (!isGone()) return;
  goneAt ??= Date.now();
  if (Date.now() - goneAt >= graceMs) end();
}, 50);
`;

/** Groups of processes whose memory counts as this one's, and the thread that is told of more. */
const groups: number[] = [];
let told: Worker | undefined;

/** Has the memory of a group of processes that this one started count as its own. Linux alone says what that is. */
export function countAlso(group: number): void {
  groups.push(group);
  told?.postMessage(group, []);
}

/**
 * Watches the process that this is called in, which it does not keep alive.
 *
 * @returns what ends the watch
 */
export function watchOver({ graceMs, memory, seconds }: Watch): () => void {
  const watch = new Worker(thread, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, graceMs, memory, seconds, groups, overMemory, overTime },
  });
  // A process that may not start a thread is one that nobody watches; its work is no worse for it.
  watch.on('error', () => {});
  watch.unref();
  told = watch;
  return () => void watch.terminate();
}
