/** `nascent control`: tells the process that works on a run to pause, resume, write a checkpoint or stop. */

import { Argument } from 'commander';
import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import { askRun } from '../../run/ask.ts';
import type { Answer } from '../../run/ask.ts';
import { besideIn, controlCommands } from '../../run/artefacts/events.ts';
import type { ControlCommand } from '../../run/artefacts/events.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { isLeased } from '../../run/lease.ts';
import { hasTraining, trainingFolder } from '../../run/searched.ts';
import { jsonOption, knownName, numberOption } from '../input/options.ts';
import { withWords } from '../input/words.ts';
import { commandLine, word } from '../render/next.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

interface ControlFlags {
  readonly wait: number;
  readonly json?: boolean;
}

export function registerControl(program: Command): void {
  program
    .command('control')
    .description(
      'tell the process that works on a run what to do; a paused run keeps its memory and its lease',
    )
    .argument('<run>', 'the run folder; of a search whose training is running, the training is meant')
    .addArgument(
      withWords(
        new Argument('<command>', `what to do: ${controlCommands.join(', ')}`),
        controlCommands,
      ).argParser((name: string) => knownName('command', name, controlCommands)),
    )
    .addOption(numberOption('--wait <seconds>', 'how long to wait for the answer', 0, true).default(60))
    .addOption(jsonOption())
    .action(control);
}

async function control(path: string, command: ControlCommand, { wait, json }: ControlFlags): Promise<void> {
  const run = workedOn(path);
  const answer = await interruptible(({ stop }) => askRun(run, command, { waitSeconds: wait, signal: stop }));
  if (answer.outcome === 'failed') {
    throw new NascentError(
      'runtime/failed',
      `${run.path} could not ${command}: ${answer.note ?? 'it did not say why'}`,
      {
        help: 'Its work ends by that: see its status with nascent runs.',
      },
    );
  }
  if (answer.outcome === 'refused') {
    throw new NascentError('input/invalid', `${run.path} cannot ${command} now: ${answer.note ?? ''}`, {
      help: `Stop it: ${commandLine(`control ${word(path)} stop`)}`,
    });
  }
  const beside = besideIn(run.readEvents());
  print(
    json === true ? JSON.stringify({ run: run.path, ...answer }, undefined, 2) : said(path, answer, beside),
  );
  if (command === 'stop' && answer.outcome === 'done' && json !== true) {
    say(
      beside === undefined
        ? `Resume it: ${commandLine(`${run.record().kind} --resume ${word(run.path)}`)}`
        : `Begin it again by the command that began it; for a demo: ${commandLine(`demo --resume ${word(run.path)}`)}`,
    );
  }
}

/** The run in `path`, or the training within it where that is what is worked on. */
function workedOn(path: string): Run {
  const training = trainingFolder(path);
  return openRun(hasTraining(path) && isLeased(training) ? training : path);
}

const done: { readonly [C in ControlCommand]: string } = {
  pause: 'is paused, and has written a checkpoint',
  resume: 'is running',
  checkpoint: 'has written a checkpoint',
  stop: 'is stopped, and has written a checkpoint',
};

/** @param beside the work that was asked, where it is not the run's own */
function said(path: string, { command, outcome }: Answer, beside: string | undefined): string {
  if (beside === undefined)
    return `${path} ${outcome === 'ended' ? 'had ended before it came to it' : done[command]}`;
  return `${beside} of ${path} ${outcome === 'ended' ? 'had ended before it came to it' : 'is stopped'}`;
}
