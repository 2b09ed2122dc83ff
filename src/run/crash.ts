/** What the death of a job's process means, and what to do about it. */

import { NascentError } from '../errors.ts';

/**
 * The error for a process that ended without a result.
 *
 * @param output the last of what it wrote
 */
export function crashError(
  job: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  output: string,
): NascentError {
  const { what, help } = explain(code, signal, output);
  return new NascentError('runtime/failed', `the ${job} process ${what}`, {
    help: `${help}${lastWords(output)}`,
    ...(output.trim() !== '' && { cause: new Error(output.trim()) }),
  });
}

function explain(
  code: number | null,
  signal: NodeJS.Signals | null,
  output: string,
): { readonly what: string; readonly help: string } {
  if (output.includes('JavaScript heap out of memory')) {
    return {
      what: 'ran out of JavaScript memory',
      help: 'Allow it more, in MB: NODE_OPTIONS=--max-old-space-size=8192.',
    };
  }
  if (signal === 'SIGKILL') {
    return {
      what: 'was killed from outside (SIGKILL)',
      help: 'Most often the machine ran out of memory: close other programs, or use a smaller batch or network.',
    };
  }
  if (signal === 'SIGILL') {
    return {
      what: 'used an instruction that this processor lacks (SIGILL)',
      help: 'A native library was built for a newer processor. Try another runtime with --engine; nascent doctor lists them.',
    };
  }
  if (signal !== null || code === 134) {
    return {
      what: `crashed in native code (${signal ?? 'SIGABRT'})`,
      help: 'See what nascent doctor says of the runtime, or try another one with --engine.',
    };
  }
  return {
    what: `ended without a result (exit code ${code})`,
    help: 'Run again with --verbose to see all it says.',
  };
}

/** The last line that was written, which is most often the reason. */
function lastWords(output: string): string {
  const last = output.trim().split('\n').at(-1)?.trim() ?? '';
  return last === '' ? '' : ` Its last words: ${last.slice(0, 300)}`;
}
