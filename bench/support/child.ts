/** A contestant of a benchmark in a process of its own, asked over pipes: one line in, one line of JSON out. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Contestant {
  /** What the child said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Asks for one run. */
  run(): Promise<Readonly<Record<string, unknown>>>;
  /** The most memory the process has had resident so far, in bytes; undefined where the system does not tell. */
  peakMemory(): number | undefined;
  /** Ends the process. */
  stop(): void;
}

/** @throws Error with what the child wrote, if it ends before it answers. */
export async function startContestant(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Contestant> {
  const child = spawn(command, args, { env: { ...process.env, ...environment } });
  let talk = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (talk += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Readonly<Record<string, unknown>>> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${command} ${args.join(' ')} ended without an answer\n${talk}`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  child.on('error', (error) => (talk += error.message));
  const ready = await answer();
  return {
    ready,
    run: async () => {
      child.stdin.write('run\n');
      return answer();
    },
    peakMemory: () => peakOf(child.pid),
    stop: () => {
      child.stdin.end();
    },
  };
}

/** `VmHWM` of a process, in bytes. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : 1024 * Number(found[1]);
  } catch {
    return undefined;
  }
}
