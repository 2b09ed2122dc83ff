/** `nascent doctor`: what this machine is and what runs on it, as data. */
import { existsSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { cacheFolder } from '../files/cache.ts';
import { nascentVersion } from '../run/versions.ts';
import { findNvidiaDriver } from '../runtime/probe/nvidia.ts';
import type { NvidiaDriver } from '../runtime/probe/nvidia.ts';
import { probeRuntimes } from '../runtime/probe/probe.ts';
import type { RuntimeReport } from '../runtime/probe/probe.ts';
import { bytesUnder } from './context.ts';

/** The report, as `nascent doctor --json` prints it. */
export interface DoctorReport {
  readonly nascent: string;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: { readonly model: string; readonly count: number };
  readonly memoryBytes: number;
  /** Absent where there is no NVIDIA driver. */
  readonly nvidiaDriver?: NvidiaDriver;
  readonly runtimes: readonly RuntimeReport[];
  /** What is known of datasets, by name; whoever asks for the report knows them. */
  readonly data?: Readonly<Record<string, DataReport>>;
  readonly cache: { readonly folder: string; readonly exists: boolean; readonly bytes: number };
}

export interface DataReport {
  readonly status: 'ready' | 'missing' | 'damaged';
  /** The next command, where there is one. */
  readonly fix?: string;
}

export interface DoctorOptions {
  readonly signal?: AbortSignal;
  readonly data?: Readonly<Record<string, DataReport>>;
}

/** Probes everything; takes a second or two. Never rejects for something that is missing. */
export async function doctorReport(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { signal, data } = options;
  const driver = await findNvidiaDriver();
  const folder = cacheFolder();
  return {
    nascent: nascentVersion(),
    node: process.versions.node,
    platform: platform(),
    arch: arch(),
    cpus: { model: cpus()[0]?.model.trim() ?? '', count: cpus().length },
    memoryBytes: totalmem(),
    ...(driver === undefined ? {} : { nvidiaDriver: driver }),
    runtimes: await probeRuntimes({ driver, ...(signal === undefined ? {} : { signal }) }),
    ...(data === undefined ? {} : { data }),
    cache: { folder, exists: existsSync(folder), bytes: await bytesUnder(folder) },
  };
}
