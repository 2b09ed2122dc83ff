/** What the process of a run takes of this machine: processor, memory, graphics card. Null where it cannot be told. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, freemem, hostname, loadavg, totalmem } from 'node:os';

export interface MachineUse {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly load: number;
  readonly cores: number;
  readonly memoryUsed: number;
  readonly memoryTotal: number;
  /** Of the process: cores that are busy for it, and bytes. */
  readonly process: { readonly cores: number | null; readonly bytes: number } | null;
  readonly gpu: {
    readonly name: string;
    readonly busy: number;
    readonly used: number;
    readonly total: number;
  } | null;
}

export interface MachineWatch {
  /** @param holder the process that works on the run, on whichever machine */
  look(holder: { readonly pid: number; readonly host: string } | undefined): MachineUse;
}

const gpuEveryMs = 5_000;
/** The kernel counts processor time in hundredths of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function watchMachine(): MachineWatch {
  let before: { readonly pid: number; readonly ticks: number; readonly at: number } | undefined;
  let gpu: MachineUse['gpu'] = null;
  let gpuAt = -Infinity;
  let hasGpu = true;
  const askGpu = (now: number) => {
    if (!hasGpu || now - gpuAt < gpuEveryMs) return;
    gpuAt = now;
    const query = [
      '--query-gpu=name,utilization.gpu,memory.used,memory.total',
      '--format=csv,noheader,nounits',
    ];
    execFile('nvidia-smi', query, { timeout: 3_000 }, (error, text) => {
      if (error !== null && gpu === null) hasGpu = false;
      gpu = error === null ? gpuIn(text) : null;
    });
  };
  return {
    look(holder) {
      const now = Date.now();
      askGpu(now);
      const here = holder !== undefined && holder.host === hostname() ? processUse(holder.pid) : null;
      const since = holder !== undefined && before?.pid === holder.pid ? before : undefined;
      const busy =
        here === null || since === undefined || now <= since.at
          ? null
          : (here.ticks - since.ticks) / ticksPerSecond / ((now - since.at) / 1_000);
      before =
        here === null || holder === undefined ? undefined : { pid: holder.pid, ticks: here.ticks, at: now };
      return {
        at: now,
        load: loadavg()[0] ?? 0,
        cores: cpus().length,
        memoryUsed: totalmem() - available(),
        memoryTotal: totalmem(),
        process: here === null ? null : { cores: busy, bytes: here.bytes },
        gpu,
      };
    },
  };
}

/** Null where the system has no /proc, or the process is gone. */
function processUse(pid: number): { readonly ticks: number; readonly bytes: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime and stime are fields 14 and 15 of proc(5), and the name and what is before it are cut off.
    const ticks = Number(fields[11]) + Number(fields[12]);
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Number.isFinite(ticks + kilobytes) ? { ticks, bytes: 1024 * kilobytes } : null;
  } catch {
    return null;
  }
}

/** Memory that can be had: more than what is free, because caches give theirs back. */
function available(): number {
  try {
    const kilobytes = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
    return Number.isFinite(kilobytes) ? 1024 * kilobytes : freemem();
  } catch {
    return freemem();
  }
}

/** The first card in what `nvidia-smi` prints. */
function gpuIn(text: string): MachineUse['gpu'] {
  const [name = '', busy, used, total] = (text.split('\n')[0] ?? '').split(', ');
  const numbers = [busy, used, total].map(Number);
  if (!numbers.every(Number.isFinite)) return null;
  const [share = 0, usedMb = 0, totalMb = 0] = numbers;
  return { name, busy: share / 100, used: usedMb * 2 ** 20, total: totalMb * 2 ** 20 };
}
