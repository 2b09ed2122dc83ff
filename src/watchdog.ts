/**
 * A thread that ends its own process where nobody else can: when its parent is gone, or when it takes more memory or time
 * than it may. It works while the main thread is busy in a loop or in a native library, and hears of nothing.
 */
import { Worker } from 'node:worker_threads';

/** What a process may take. */
export interface Bounds {
  /** How long the process has to end in order once its parent is gone. */
  readonly graceMs: number;
  /** Of memory in use, in bytes; without it, as much as there is. */
  readonly memory?: number | undefined;
  /** How long it may work from now on; without it, for ever. */
  readonly seconds?: number | undefined;
  /** How long it may work without a word of how far it is, from now on; without it, for ever. */
  readonly quietSeconds?: number | undefined;
}

/** What the process of a job may take, where it may not take everything. */
export interface Limits extends Omit<Bounds, 'graceMs'> {
  /** The stage of the job that they are of; without it, of all. */
  readonly stage?: string;
}

/** The thread at work. */
export interface Watch {
  /** Has these bounds in place of those before. */
  bound(bounds: Bounds): void;
  /** Told of progress, which is what `quietSeconds` is counted from. */
  heard(): void;
}

/** What a process that was ended for its memory writes last to its stderr, on a line of its own. */
export const overMemory = 'nascent: over its limit of memory';

/** The same of one that was ended for its time. */
export const overTime = 'nascent: over its limit of time';

/** The same of one that was ended because it came no further. */
export const overQuiet = 'nascent: no progress within its limit of time';

/** Text, because a thread needs a file in the language that Node runs without help. */
const thread = `
const { workerData: { parent, groups, bounds: first, overMemory, overTime, overQuiet }, parentPort } = require('node:worker_threads');
const { readdirSync, readFileSync, writeSync } = require('node:fs');
let bounds, began, heard;
const bound = (given) => {
  bounds = given;
  began = heard = Date.now();
};
bound(first);
parentPort.on('message', (told) => {
  if (told.kind === 'group') groups.push(told.group);
  else if (told.kind === 'bounds') bound(told.bounds);
  else heard = Date.now();
});
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
  if (groups.length === 0 || bounds.memory === undefined) return;
  try {
    heldByOthers = readdirSync('/proc').reduce((sum, name) => sum + (/^\\d+$/.test(name) ? heldBy(name) : 0), 0);
  } catch { heldByOthers = 0; }
};
setInterval(lookAtOthers, 250);
const end = () => process.kill(process.pid, 'SIGKILL');
const endFor = (words) => {
  try { writeSync(2, '\\n' + words + '\\n'); } catch {}
  end();
};
const isGone = () => {
  if (process.ppid !== parent) return true;
  try { process.kill(parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
};
const isOver = (since, seconds) => seconds !== undefined && Date.now() - since > seconds * 1000;
let goneAt;
setInterval(() => {
  const { graceMs, memory, seconds, quietSeconds } = bounds;
  if (memory !== undefined && process.memoryUsage.rss() + heldByOthers > memory) endFor(overMemory);
  if (isOver(began, seconds)) endFor(overTime);
  if (isOver(heard, quietSeconds)) endFor(overQuiet);
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
  told?.postMessage({ kind: 'group', group }, []);
}

/** Watches the process that this is called in, which it does not keep alive. */
export function watchOver(bounds: Bounds): Watch {
  const watch = new Worker(thread, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, groups, bounds, overMemory, overTime, overQuiet },
  });
  // A process that may not start a thread is one that nobody watches; its work is no worse for it.
  watch.on('error', () => {});
  watch.unref();
  told = watch;
  return {
    bound: (given) => watch.postMessage({ kind: 'bounds', bounds: given }, []),
    heard: () => watch.postMessage({ kind: 'progress' }, []),
  };
}
