/** `nascent setup`: makes TensorFlow, and what is asked for besides, run on this machine. */

import { Option, type Command } from 'commander';

import { runWithProgress } from '../../tui/run-with-progress.ts';
import { interruptible } from '../shell/interrupt.ts';
import { say } from '../shell/output.ts';
import { describeSetup, setUp, setUpRuntimes } from '../shell/set-up.ts';

interface SetupFlags {
  readonly cuda?: boolean;
  readonly force?: boolean;
  readonly runtimes?: boolean;
}

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('make TensorFlow run on this machine, by the first way that works')
    .option('--cuda', "also fetch onnxruntime's CUDA provider, for an NVIDIA card")
    .addOption(
      new Option(
        '--runtimes',
        'instead, fetch what the further runtimes of nascent parity need from npm',
      ).conflicts(['cuda', 'force']),
    )
    .option('--force', 'do it again although it works, as after installing a driver')
    .action(setupCommand);
}

async function setupCommand({ cuda = false, force = false, runtimes = false }: SetupFlags): Promise<void> {
  if (runtimes) {
    const fetched = await interruptible(({ stop }) =>
      runWithProgress('Fetching runtimes', (report) => setUpRuntimes(stop, report)),
    );
    say(`${fetched.map(({ name, version }) => `${name} ${version}`).join(', ')}: ready for nascent parity.`);
    return;
  }
  const result = await interruptible(({ stop }) =>
    runWithProgress('Setting up', (report) => setUp({ cuda, force, signal: stop }, report)),
  );
  say(`${describeSetup(result)}.`);
  if (result.cudaProvider !== undefined) say("onnxruntime's CUDA provider is in place.");
}
