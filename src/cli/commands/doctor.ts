/** `nascent doctor`: what this machine can run networks on, and what to do about the rest. */

import type { Command } from 'commander';

import { doctorReport, renderDoctor } from '../../setup/doctor.ts';
import { datasets } from '../input/datasets.ts';
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
    const data = await Promise.all(
      [...datasets].map(async ([name, { status }]) => [name, await status(stop)] as const),
    );
    const all = await doctorReport({ signal: stop, data: Object.fromEntries(data) });
    // A probe that was stopped looks like a runtime that does not work.
    stop.throwIfAborted();
    return all;
  });
  print(json ? JSON.stringify(report, undefined, 2) : renderDoctor(report));
}
