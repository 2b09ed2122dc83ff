/** `nascent watch`: what a run does now and has done, on the whole terminal, as lines, or as JSON. */

import type { Command } from 'commander';

import { watchOn } from '../interface/watch-on.ts';

interface WatchFlags {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly ascii?: boolean;
}

export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description(
      'watch a run, from any terminal: curves, cells, alphas, log; pause, resume, checkpoint, stop',
    )
    .argument('[run]', 'the run folder (default: the run in runs that was written to last)')
    .option('--once', 'print how it stands now, and end')
    .option('--json', 'print its events as JSON lines, those to come as well, until it ends')
    .option('--ascii', 'draw with ASCII alone')
    .action((run: string | undefined, flags: WatchFlags) => watchOn(run, flags));
}
