/** Where every error ends: what is shown of it, and the exit code. */

import { exitCodes, NascentError } from '../../errors.ts';
import type { ExitCode } from '../../errors.ts';
import { withCauses } from '../../run/failure.ts';
import { marks } from '../../tui/glyphs.ts';
import { span } from '../../tui/theme.ts';
import type { Talk } from '../../tui/theme.ts';

export interface Explained {
  /** Lines for stderr. */
  readonly talk: Talk;
  readonly exitCode: ExitCode;
}

/** @param verbose with stacks and causes */
export function explainError(error: unknown, verbose: boolean): Explained {
  const thrown = error instanceof Error ? error : new Error(`internal: thrown: ${String(error)}`);
  const known = thrown instanceof NascentError;
  const message =
    known || thrown.message.startsWith('internal:') ? thrown.message : `internal: ${thrown.message}`;
  const help = known ? thrown.help : 'This is a bug of Nascent. Please report it, with what --verbose shows.';
  const stopped = known && thrown.code === 'interrupted';
  const mark = stopped ? span('warning', marks.stopped) : span('failed', marks.failed);
  // What is in a message, a name of a file among it, begins no line as an answer of ours does.
  const said = message.replaceAll(/\n(?=\S)/g, '\n  ');
  const talk = [mark, ` ${said}\n${indented(help)}`];
  return {
    talk: verbose ? [...talk, '\n', span('quiet', indented(withCauses(thrown)))] : talk,
    exitCode: known ? thrown.exitCode : exitCodes.failed,
  };
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
