/** `nascent doctor`: what this machine is and what runs on it, as data and as a table. */
import { existsSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { cacheFolder } from '../files/cache.ts';
import { nascentVersion } from '../run/versions.ts';
import { findNvidiaDriver } from '../runtime/probe/nvidia.ts';
import type { NvidiaDriver } from '../runtime/probe/nvidia.ts';
import { probeRuntimes } from '../runtime/probe/probe.ts';
import type { RuntimeReport } from '../runtime/probe/probe.ts';
import { columns } from './columns.ts';
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

/** The report for people: the machine, a table with a row for each runtime, and below it what could be put right. */
export function renderDoctor(report: DoctorReport): string {
  const { runtimes, data = {} } = report;
  const rows = runtimes.map(({ name, version, device, status }) => [name, version || '–', device, status]);
  const remarks = runtimes.flatMap((runtime) => {
    if (runtime.status === 'unavailable') {
      return [`${runtime.name}: ${runtime.reason}.\n    ${runtime.fix}`];
    }
    return runtime.note === undefined ? [] : [`${runtime.name}: ${runtime.note}.`];
  });
  const sets = Object.entries(data).map(([name, { status, fix }]) => [name, status, fix ?? '']);
  return [
    ...machineLines(report),
    '',
    ...columns(['Runtime', 'Version', 'Device', 'Status'], rows),
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `  ${remark}`)]),
    ...(sets.length === 0 ? [] : ['', ...columns(['Data', 'Status', 'Next'], sets)]),
    '',
  ].join('\n');
}

function machineLines(report: DoctorReport): string[] {
  const { nascent, node, cpus, memoryBytes, nvidiaDriver, cache } = report;
  const cards = nvidiaDriver?.cards.join(', ') ?? '';
  const nvidia =
    nvidiaDriver === undefined
      ? 'none found'
      : `driver ${nvidiaDriver.version ?? 'of unknown version'}${cards === '' ? '' : `, ${cards}`}`;
  const facts = [
    ['Nascent', `${nascent} on Node ${node}, ${report.platform}-${report.arch}`],
    ['Processor', `${cpus.model || 'unknown'}, ${cpus.count} ${cpus.count === 1 ? 'core' : 'cores'}`],
    ['Memory', gigabytes(memoryBytes)],
    ['NVIDIA', nvidia],
    [
      'Cache',
      cache.exists ? `${cache.folder} (${gigabytes(cache.bytes)})` : `${cache.folder} (not there yet)`,
    ],
  ];
  return facts.map(([name = '', value = '']) => `${name.padEnd(11)}${value}`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
