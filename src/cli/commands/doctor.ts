/** `nascent doctor`: what this machine can run networks on, and what to do about the rest. */

import type { Command } from 'commander';

import { datasets, howToGet } from '../../data/registry.ts';
import { doctorReport, type DataReport } from '../../setup/doctor.ts';
import { renderDoctor } from '../render/doctor.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'try every runtime on this machine, and say which is ready, which is not, why, and what to do',
    )
    .option('--json', 'as JSON')
    .action(doctor);
}

async function doctor({ json = false }: { readonly json?: boolean }): Promise<void> {
  if (!json) say('Trying every runtime …');
  const report = await interruptible(async ({ stop }) => {
    const all = await doctorReport({ signal: stop, data: await publishedDatasets(stop) });
    // A probe that was stopped looks like a runtime that does not work.
    stop.throwIfAborted();
    return all;
  });
  print(json ? JSON.stringify(report, undefined, 2) : renderDoctor(report));
}

/** Those that can be fetched: whether they are there, and the command that gets them. */
async function publishedDatasets(signal: AbortSignal): Promise<Readonly<Record<string, DataReport>>> {
  const published = datasets.filter(({ origin }) => origin.kind === 'published');
  const reports = await Promise.all(
    published.map(async (row) => {
      const { status } = await row.status({ signal });
      const report: DataReport =
        status === 'ready'
          ? { status }
          : { status: status === 'damaged' ? status : 'missing', fix: howToGet(row) };
      return [row.name, report] as const;
    }),
  );
  return Object.fromEntries(reports);
}
