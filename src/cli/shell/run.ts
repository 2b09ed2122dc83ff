/** One call of the command: parse, run, and one place where every error ends. */

import { CommanderError } from 'commander';

import { exitCodes, messageOf } from '../../errors.ts';
import type { ExitCode } from '../../errors.ts';
import { explainError } from './boundary.ts';
import { isTerminal } from '../../tui/terminal.ts';
import { complain, obeyTalkFlags } from './output.ts';
import { programFor } from '../program.ts';

/** @param given the arguments after the command's name; none opens the interface on a terminal, and asks for help elsewhere */
export async function run(given: readonly string[]): Promise<ExitCode> {
  obeyTalkFlags(given);
  try {
    // On a terminal the interface, in words if need be; elsewhere nobody could press its keys.
    const nothing = isTerminal() ? ['ui'] : ['--help'];
    const words = given.length === 0 ? nothing : given;
    const program = await programFor(words);
    await program.parseAsync(words, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Help or the version was shown: asked for, or for want of a subcommand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    const { talk, exitCode } = explainError(error, given.includes('--verbose'));
    // What has no words was said by the exit code: a program that asked for JSON alone was interrupted.
    if (messageOf(error) !== '') complain(talk);
    return exitCode;
  }
}
