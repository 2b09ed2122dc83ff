/** Where every error ends: what is shown of it, and the exit code. */

import { exitCodes, NascentError } from '../../errors.ts';
import type { ExitCode } from '../../errors.ts';
import { withCauses } from '../../run/failure.ts';
import { marks, paint } from '../../tui/theme.ts';

export interface Explained {
  /** Lines for stderr. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** @param verbose with stacks and causes */
export function explainError(error: unknown, verbose: boolean): Explained {
  const thrown = error instanceof Error ? error : new Error(`internal: thrown: ${String(error)}`);
  const known = thrown instanceof NascentError;
  const message =
    known || thrown.message.startsWith('internal:') ? thrown.message : `internal: ${thrown.message}`;
  const help = known ? thrown.help : 'This is a bug of Nascent. Please report it, with what --verbose shows.';
  const mark = known && thrown.code === 'interrupted' ? marks.stopped : marks.failed;
  const meaning = mark === marks.failed ? 'failed' : 'warning';
  const lines = [`${paint(meaning, mark, process.stderr)} ${message}`, indented(help)];
  if (verbose) lines.push(paint('quiet', indented(withCauses(thrown)), process.stderr));
  return { text: lines.join('\n'), exitCode: known ? thrown.exitCode : exitCodes.failed };
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
