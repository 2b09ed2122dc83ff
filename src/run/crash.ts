/** What the death of a job's process means, and what to do about it. */

import { NascentError } from '../errors.ts';
import { overMemory, overQuiet, overTime, type Limits } from '../watchdog.ts';

const killedFromOutside = 'was killed from outside (SIGKILL)';

/** Of V8 for its heap and for arrays, C++, onnxruntime, TensorFlow, and Linux by its number ENOMEM. */
const noMemory =
  /heap out of memory|array buffer allocation failed|bad_alloc|failed to allocate memory|OOM when allocating|cannot allocate memory/i;

/** How the commands of a job are told to do it in another runtime; those of others cannot be. */
const another: ReadonlyMap<string, string> = new Map([
  ...['search', 'train', 'fittedSearch', 'fittedTrain', 'estimate'].map((job) => [job, '--engine'] as const),
  ['runModel', '--runtime'],
  ['benchModel', '--runtimes'],
]);

/**
 * The error for a process that ended without a result.
 *
 * @param output the last of what it wrote
 * @param option what names other runtimes, where the job does not tell
 */
export function crashError(
  job: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  output: string,
  limits: Limits = {},
  option = another.get(job),
): NascentError {
  const { what, help } = explain(code, signal, output, limits, option);
  return new NascentError('runtime/failed', `the ${job} process ${what}`, {
    help: overLimit(output, limits) !== undefined ? help : `${help}${lastWords(output)}`,
    ...(output.trim() !== '' && { cause: new Error(output.trim()) }),
  });
}

function explain(
  code: number | null,
  signal: NodeJS.Signals | null,
  output: string,
  limits: Limits,
  option: string | undefined,
): { readonly what: string; readonly help: string } {
  const over = signal === 'SIGKILL' ? overLimit(output, limits) : undefined;
  if (over !== undefined) {
    return {
      what: `was ended: it ${over}`,
      help: 'That is its limit, to keep the machine usable. --memory and --timeout set another.',
    };
  }
  if (output.includes('JavaScript heap out of memory')) {
    return {
      what: 'ran out of JavaScript memory',
      help: 'Allow it more, in MB: NODE_OPTIONS=--max-old-space-size=8192.',
    };
  }
  if (signal === 'SIGKILL') {
    return {
      what: killedFromOutside,
      help: 'Most often the machine ran out of memory: close other programs, or use a smaller batch or network.',
    };
  }
  if (signal === 'SIGILL') {
    return {
      what: 'used an instruction that this processor lacks (SIGILL)',
      help: `A native library was built for a newer processor. ${option === undefined ? 'nascent doctor says which' : `Try another runtime with ${option}; nascent doctor lists them`}.`,
    };
  }
  if (signal !== null || code === 134) {
    return {
      what: `crashed in native code (${signal ?? 'SIGABRT'})`,
      help: `See what nascent doctor says of the runtime${option === undefined ? '' : `, or try another one with ${option}`}.`,
    };
  }
  return {
    what: `ended without a result (exit code ${code})`,
    help: 'Run again with --verbose to see all it says.',
  };
}

/** Whether an error is that of a process that was ended for the memory it took. */
export function isOverMemory(error: unknown): boolean {
  const cause = error instanceof NascentError ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes(overMemory);
}

/**
 * Whether an error is that of a process which most likely ended because the machine, or Node, had no more memory for it: it
 * was killed from outside, or what it said is what is said of memory that cannot be had.
 */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return error.message.endsWith(killedFromOutside) || noMemory.test(`${error.message}\n${cause}`);
}

/** What a process was ended for, by its last words. */
function overLimit(output: string, { memory, seconds, quietSeconds }: Limits): string | undefined {
  if (memory !== undefined && output.includes(overMemory)) {
    return `took more than ${Number((memory / 2 ** 30).toPrecision(2))} GB of memory`;
  }
  if (seconds !== undefined && output.includes(overTime)) return `took more than ${seconds} s`;
  return quietSeconds !== undefined && output.includes(overQuiet)
    ? `came no further for more than ${quietSeconds} s`
    : undefined;
}

/** The last line that was written, which is most often the reason. */
function lastWords(output: string): string {
  const last = output.trim().split('\n').at(-1)?.trim() ?? '';
  return last === '' ? '' : ` Its last words: ${last.slice(0, 300)}`;
}
