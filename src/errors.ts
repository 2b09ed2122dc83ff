/**
 * Errors a person can act on.
 *
 * A user's mistake is a `NascentError`: what is wrong, with the offending value in it, and `help`: the next command
 * or the fix. `code` is for programs; the message is for people. Anything else that is thrown is a bug of ours, and
 * starts with `internal:`.
 */

/** Exit codes of the command line, by outcome. */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  gateFailed: 3,
  interrupted: 130,
} as const;

/** How the command ends, as a number. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What went wrong, for programs. Each code has one exit code, in `exitCodeOf`. */
export type ErrorCode =
  | 'graph/invalid-node'
  | 'graph/invalid'
  | 'runtime/unavailable'
  | 'runtime/failed'
  | 'onnx/invalid'
  | 'onnx/unsupported'
  | 'data/missing'
  | 'data/damaged'
  | 'data/unreachable'
  | 'run/not-a-run'
  | 'run/exists'
  | 'run/busy'
  | 'run/damaged'
  | 'run/gone'
  | 'run/not-running'
  | 'run/unanswered'
  | 'space/invalid-genotype'
  | 'space/invalid'
  | 'input/unknown'
  | 'input/invalid'
  | 'setup/failed'
  | 'disk/full'
  | 'disk/failed'
  | 'train/diverged'
  | 'gate/failed'
  | 'interrupted';

const exitCodeByError: { readonly [C in ErrorCode]: ExitCode } = {
  'graph/invalid-node': exitCodes.badInput,
  'graph/invalid': exitCodes.badInput,
  'runtime/unavailable': exitCodes.failed,
  'runtime/failed': exitCodes.failed,
  'onnx/invalid': exitCodes.badInput,
  'onnx/unsupported': exitCodes.badInput,
  'data/missing': exitCodes.badInput,
  'data/damaged': exitCodes.badInput,
  'data/unreachable': exitCodes.failed,
  'run/not-a-run': exitCodes.badInput,
  'run/exists': exitCodes.badInput,
  'run/busy': exitCodes.badInput,
  'run/damaged': exitCodes.badInput,
  'run/gone': exitCodes.failed,
  'run/not-running': exitCodes.badInput,
  'run/unanswered': exitCodes.failed,
  'space/invalid-genotype': exitCodes.badInput,
  'space/invalid': exitCodes.badInput,
  'input/unknown': exitCodes.badInput,
  'input/invalid': exitCodes.badInput,
  'setup/failed': exitCodes.failed,
  'disk/full': exitCodes.failed,
  'disk/failed': exitCodes.failed,
  'train/diverged': exitCodes.failed,
  'gate/failed': exitCodes.gateFailed,
  interrupted: exitCodes.interrupted,
};

/**
 * An error that a person can act on: what went wrong, and in `help` what to do. A bug of ours is no NascentError; its
 * message begins with `internal:`.
 */
export class NascentError extends Error {
  override readonly name = 'NascentError';
  readonly code: ErrorCode;
  /** The next command or the fix, one sentence or more. */
  readonly help: string;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly help: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.help = options.help;
  }

  get exitCode(): ExitCode {
    return exitCodeByError[this.code];
  }
}

/** A state that only a bug of ours can reach. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}`);
}

/** The closest of `known` to `given`, if it is close enough to be a slip of the keyboard. */
export function didYouMean(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(given.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(given.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** What a program handed over instead of what is taken, for a message: `null`, `a number`, `a URL`. */
export function kindOfGiven(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  if (typeof given === 'string') return 'text';
  if (typeof given !== 'object') return `a ${typeof given}`;
  if (given instanceof Uint8Array) return 'bytes';
  const { name } =
    (Object.getPrototypeOf(given) as { readonly constructor?: { readonly name?: string } } | null)
      ?.constructor ?? {};
  const kind = name === undefined || name === '' || name === 'Object' ? 'object' : name;
  return `${/^([aeio]|U(?!RL))/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** What went wrong, in the words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an action gives, or the words of why it cannot be done. For what is shown as far as it goes. */
export function attempt<T>(
  action: () => T,
): readonly [value: T, failure: undefined] | readonly [value: undefined, failure: string] {
  try {
    return [action(), undefined];
  } catch (error) {
    return [undefined, messageOf(error)];
  }
}
