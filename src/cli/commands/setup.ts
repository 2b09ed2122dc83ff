/** `nascent setup`: makes TensorFlow, and with `--cuda` onnxruntime's CUDA provider, run on this machine. */

import type { Command } from 'commander';

import { runWithProgress } from '../../tui/run-with-progress.ts';
import { interruptible } from '../shell/interrupt.ts';
import { say } from '../shell/output.ts';
import { describeSetup, setUp } from '../shell/set-up.ts';

interface SetupFlags {
  readonly cuda?: boolean;
  readonly force?: boolean;
}

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('make TensorFlow run on this machine, by the first way that works')
    .option('--cuda', "also fetch onnxruntime's CUDA provider, for an NVIDIA card")
    .option('--force', 'do it again although it works, as after installing a driver')
    .action(setupCommand);
}

async function setupCommand({ cuda = false, force = false }: SetupFlags): Promise<void> {
  const result = await interruptible(({ stop }) =>
    runWithProgress('Setting up', (report) => setUp({ cuda, force, signal: stop }, report)),
  );
  say(`${describeSetup(result)}.`);
  if (result.cudaProvider !== undefined) say("onnxruntime's CUDA provider is in place.");
}
