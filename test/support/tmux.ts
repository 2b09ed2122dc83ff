/** Terminals as a person has them, by tmux: windows with a shell in each, keys that are typed, and what is seen. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { vi } from 'vitest';

const answers = (program: string, ...given: string[]) => spawnSync(program, given).status === 0;

/** Why there is none here; undefined where there is. */
export const noTmux: string | undefined =
  answers('tmux', '-V') && answers('bash', '--version') ? undefined : 'tmux or bash is missing';

export interface TmuxWindow {
  /** Keys by tmux's names: `Enter`, `Left`, `C-c`, and a character for itself. */
  press(...keys: readonly string[]): void;
  /** Text as it is, whatever tmux calls its keys. */
  type(text: string): void;
  /** The rows that are seen, without the spaces at their ends. */
  screen(): string;
  /** Waits until it is so; fails with what was waited for, and the screen. */
  until(what: string, isSo: (screen: string) => boolean): Promise<void>;
  /** Waits until a text is seen, however its lines are broken. */
  sees(text: string | RegExp): Promise<void>;
}

export interface Tmux {
  /** The folder that every shell is in, with `nascent` on its path. */
  readonly folder: string;
  window(): Promise<TmuxWindow>;
  close(): void;
}

/** Long, because a machine may be slow and busy; nothing waits longer than it must. */
const patienceMs = 120_000;
const loader = import.meta.resolve('tsx');
/** Commands are shown as those of a package that is installed, whatever the tests were started by. */
const unset = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_ENV', 'VITEST', 'TMUX', 'npm_lifecycle_event'];
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Where it is not found from the folder one is in, JSX is compiled otherwise. */
const config = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));

export function openTmux(columns: number, rows: number): Tmux {
  const root = mkdtempSync(join(tmpdir(), 'nascent-tmux-'));
  const [folder, programs] = [join(root, 'here'), join(root, 'programs')];
  for (const each of [folder, programs]) mkdirSync(each);
  const nascent = `#!/bin/sh\nTSX_TSCONFIG_PATH='${config}' exec '${process.execPath}' --import '${loader}' '${main}' "$@"\n`;
  writeFileSync(join(programs, 'nascent'), nascent, { mode: 0o755 });
  const tmux = (...given: readonly string[]) =>
    execFileSync('tmux', ['-S', join(root, 'socket'), '-f', '/dev/null', ...given], {
      encoding: 'utf8',
      env: { ...process.env, TMUX: undefined },
    });
  const shell =
    `cd '${folder}' && exec env ${unset.map((name) => `-u ${name}`).join(' ')} LC_ALL=C.UTF-8 PS1='ready$ ' ` +
    `PATH='${programs}':"$PATH" bash --norc --noprofile -i`;
  let isOpen = false;
  return {
    folder,
    async window() {
      const [begin, ...size] = isOpen
        ? ['new-window']
        : ['new-session', '-d', '-x', String(columns), '-y', String(rows)];
      isOpen = true;
      const pane = tmux(begin ?? '', ...size, '-P', '-F', '#{pane_id}', shell).trim();
      const screen = () => tmux('capture-pane', '-p', '-t', pane).trimEnd();
      const until: TmuxWindow['until'] = async (what, isSo) => {
        await vi
          .waitUntil(() => isSo(screen()), { timeout: patienceMs, interval: 50 })
          .catch((cause: unknown) => {
            throw new Error(`${what} did not come true on this screen:\n${screen()}`, { cause });
          });
      };
      await until('a prompt', (text) => text.includes('ready$'));
      return {
        press: (...keys) => void tmux('send-keys', '-t', pane, ...keys),
        type: (text) => void tmux('send-keys', '-t', pane, '-l', text),
        screen,
        until,
        sees: (text) =>
          until(`"${String(text)}"`, (shown) => {
            const flat = shown.replaceAll(/\s+/g, ' ');
            return typeof text === 'string' ? flat.includes(text) : text.test(flat);
          }),
      };
    },
    close() {
      if (isOpen) tmux('kill-server');
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
