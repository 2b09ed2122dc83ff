/** Programs on a terminal of their own: real modes, sizes, signals and job control, on a screen that can be looked at. */

import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { vi } from 'vitest';

import { testTerminal } from './terminal.ts';
import type { TestTerminal } from './terminal.ts';

/** Why there are none here; undefined where there are. */
export const noTerminals: string | undefined =
  spawnSync('python3', ['-c', 'import fcntl, termios']).status === 0 ? undefined : 'python3 is missing';

export interface Ended {
  readonly exit: number | null;
  readonly signal: number | null;
  /** Whether keys were still read one by one, unseen. */
  readonly raw: boolean;
}

export interface OnTerminal {
  readonly terminal: TestTerminal;
  type(keys: string): void;
  kill(signal: NodeJS.Signals): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Waits until what is seen is as `condition` says. */
  until(condition: (screen: string) => boolean): Promise<void>;
  /** Resolves when the program has been stopped, by SIGTSTP, with whether the terminal was left raw. */
  stopped(): Promise<boolean>;
  readonly ended: Promise<Ended>;
  /** Ends what is still there. */
  close(): void;
}

const bridge = fileURLToPath(new URL('terminal_bridge.py', import.meta.url));
const usual = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'INK_SCREEN_READER', 'TMUX', 'NODE_ENV', 'VITEST'];

type Said =
  | { readonly pid: number }
  | { readonly output: string }
  | { readonly stopped: true; readonly raw: boolean }
  | Ended;

/** @param before lines that the shell has shown earlier, as many as one likes */
export function onTerminal(
  [columns, rows]: readonly [columns: number, rows: number],
  program: readonly string[],
  { before = [], env = {} }: { readonly before?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): OnTerminal {
  const terminal = testTerminal(columns, rows);
  for (const line of before) terminal.stream.write(`${line}\r\n`);
  const bare = Object.fromEntries(usual.map((name) => [name, undefined]));
  const child = spawn('python3', [bridge, String(columns), String(rows), ...program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...bare, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ...env },
  });
  const order = (what: object) => child.stdin.write(`${JSON.stringify(what)}\n`);
  const stops: ((raw: boolean) => void)[] = [];
  let early: boolean[] = [];
  let end: (ended: Ended) => void = () => {};
  const ended = new Promise<Ended>((resolve) => {
    end = resolve;
  });
  createInterface(child.stdout).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if ('output' in said) terminal.stream.write(said.output);
    else if ('stopped' in said) {
      const hear = stops.shift();
      if (hear === undefined) early.push(said.raw);
      else hear(said.raw);
    } else if ('exit' in said) void terminal.settled().then(() => end(said));
  });
  return {
    terminal,
    ended,
    type: (keys) => void order({ type: keys }),
    kill: (signal) => void order({ signal: constants.signals[signal] }),
    async resize(width, height) {
      await terminal.settled();
      terminal.resize(width, height);
      order({ size: [width, height] });
    },
    async until(condition) {
      const seen = () => terminal.rows().join('\n');
      await vi
        .waitUntil(() => condition(seen()), { timeout: 30_000, interval: 30 })
        .catch((cause: unknown) => {
          throw new Error(`${condition.toString()} did not come true on this screen:\n${seen()}`, { cause });
        });
    },
    stopped() {
      const [raw, ...rest] = early;
      early = rest;
      return raw === undefined ? new Promise((resolve) => stops.push(resolve)) : Promise.resolve(raw);
    },
    close: () => child.stdin.end(),
  };
}
