/** `nascent doctor`: what this machine can run networks on, and what to do about the rest. */

import type { Command } from 'commander';

import { probeRuntimes } from '../../runtime/probe.ts';
import type { RuntimeReport } from '../../runtime/probe.ts';
import { programVersions } from '../../run/versions.ts';
import { marks, paint } from '../../tui/theme.ts';
import { interruptible } from '../interrupt.ts';
import { print, say } from '../output.ts';

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
  const versions = programVersions();
  if (!json) say('Trying every runtime …');
  const runtimes = await interruptible(async ({ stop }) => {
    const reports = await probeRuntimes({ signal: stop });
    // A probe that was stopped looks like a runtime that does not work.
    stop.throwIfAborted();
    return reports;
  });
  print(
    json ? JSON.stringify({ ...versions, runtimes }, undefined, 2) : describeRuntimes(versions, runtimes),
  );
}

/** The answer for people: a line for each runtime, and under it what is the matter and what to do. */
export function describeRuntimes(
  versions: Readonly<Record<string, string>>,
  runtimes: readonly RuntimeReport[],
): string {
  const about = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const width = Math.max(...runtimes.map(({ name }) => name.length));
  const lines = runtimes.flatMap((report) => {
    const facts = [report.version, report.device].filter((fact) => fact !== '').join(', ');
    const ready = report.status === 'ready';
    const mark = ready
      ? paint('done', marks.done, process.stdout)
      : paint('failed', marks.failed, process.stdout);
    const below = ready ? [report.note] : [report.reason, report.fix];
    return [
      `${mark} ${report.name.padEnd(width)}  ${facts}`,
      ...below.filter((line) => line !== undefined).map((line) => `  ${' '.repeat(width)}  ${line}`),
    ];
  });
  return [about.join(', '), ...lines].join('\n');
}
