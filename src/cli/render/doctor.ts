/** What `nascent doctor` shows to people. */

import type { DoctorReport } from '../../setup/doctor.ts';
import { columns } from '../../tui/columns.ts';
import { table } from '../../tui/table.ts';

/** The machine, a table with a row for each runtime, and below it what could be put right. */
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
    machine(report),
    '',
    columns([['Runtime', 'Version', 'Device', 'Status'], ...rows]),
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `  ${remark}`)]),
    ...(sets.length === 0 ? [] : ['', columns([['Data', 'Status', 'Next'], ...sets])]),
    '',
  ].join('\n');
}

function machine(report: DoctorReport): string {
  const { nascent, node, cpus, memoryBytes, nvidiaDriver, cache } = report;
  const cards = nvidiaDriver?.cards.join(', ') ?? '';
  const nvidia =
    nvidiaDriver === undefined
      ? 'none found'
      : `driver ${nvidiaDriver.version ?? 'of unknown version'}${cards === '' ? '' : `, ${cards}`}`;
  return table([
    ['Nascent', `${nascent} on Node ${node}, ${report.platform}-${report.arch}`],
    ['Processor', `${cpus.model || 'unknown'}, ${cpus.count} ${cpus.count === 1 ? 'core' : 'cores'}`],
    ['Memory', gigabytes(memoryBytes)],
    ['NVIDIA', nvidia],
    [
      'Cache',
      cache.exists ? `${cache.folder} (${gigabytes(cache.bytes)})` : `${cache.folder} (not there yet)`,
    ],
  ]);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
