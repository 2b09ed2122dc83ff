/** One call of the command: parse, run, and one place where every error ends. */

import { CommanderError } from 'commander';

import { exitCodes } from '../../errors.ts';
import type { ExitCode } from '../../errors.ts';
import { explainError } from './boundary.ts';
import { complain, obeyTalkFlags } from './output.ts';
import { programFor } from '../program.ts';

/** @param given the arguments after the command's name; none asks for help */
export async function run(given: readonly string[]): Promise<ExitCode> {
  obeyTalkFlags(given);
  try {
    const program = await programFor(given);
    await program.parseAsync(given.length === 0 ? ['--help'] : given, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Help or the version was shown: asked for, or for want of a subcommand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    const { talk, exitCode } = explainError(error, given.includes('--verbose'));
    complain(talk);
    return exitCode;
  }
}
