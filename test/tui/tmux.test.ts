/** The progress view in a real terminal, with a real shell and its job control. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 180_000 });

const hasTmux = spawnSync('tmux', ['-V']).status === 0 && spawnSync('bash', ['--version']).status === 0;
const why = hasTmux ? '' : ' (skipped: tmux or bash is missing)';
const program = fileURLToPath(new URL('programs/progress.ts', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The view waits until the size settles, and for its next frame. */
const drawnAfterMs = 700;

let folder: string;
const tmux = (...given: string[]) =>
  execFileSync('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...given], { encoding: 'utf8' });
const visible = () => tmux('capture-pane', '-p').trimEnd();
/** Of the lines that the view drew. */
const widest = () =>
  Math.max(
    ...visible()
      .split('A title')
      .slice(1)
      .join('')
      .split('\n')
      .map((line) => line.length),
  );
/** What is shown, and what was before. */
const screen = () => tmux('capture-pane', '-p', '-S', '-').trimEnd();
const type = (...keys: string[]) => tmux('send-keys', ...keys);
const until = (condition: () => boolean, timeout = 40_000) =>
  vi.waitUntil(condition, { timeout, interval: 50 }).catch((error: unknown) => {
    throw new Error(`${condition.toString()} did not come true on this screen:\n${screen()}`, {
      cause: error,
    });
  });
const count = (part: string) => screen().split(part).length - 1;
const cursor = () => tmux('display-message', '-p', '#{cursor_flag}').trim();

beforeEach(async () => {
  if (!hasTmux) return;
  folder = mkdtempSync(join(tmpdir(), 'nascent-tmux-'));
  const shell = `cd '${repository}' && exec env -u CI -u NO_COLOR -u TMUX LC_ALL=C.UTF-8 PS1='ready$ ' bash --norc --noprofile -i`;
  execFileSync(
    'tmux',
    ['-S', join(folder, 'socket'), '-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', shell],
    { env: { ...process.env, TMUX: undefined } },
  );
  await until(() => count('ready$') === 1);
  type(`'${process.execPath}' --import tsx '${program}'`, 'Enter');
  await until(() => count('loss 2.30') === 1);
});
afterEach(() => {
  if (!hasTmux) return;
  tmux('kill-server');
  rmSync(folder, { recursive: true, force: true });
});

// tmux breaks lines anew at once and says so up to a quarter of a second later. A frame that is drawn between, on a busy
// machine, leaves a ghost that no program can know of: such a round proves nothing, and is tried again.
test.skipIf(!hasTmux)(`resized at many widths, the title is there once${why}`, { retry: 3 }, async () => {
  for (const columns of [60, 41, 100, 33, 50, 49, 48, 30, 90, 25, 80]) {
    tmux('resize-window', '-x', String(columns), '-y', '24');
    await until(() => Number(tmux('display-message', '-p', '#{pane_width}')) === columns);
    // Lines that are broken anew push others into the history, from which no program can take them back: it is the
    // screen that must be right, once the view has been drawn for the new width. Nothing need change with it.
    await sleep(drawnAfterMs);
    await until(() => visible().split('A title of some length').length === 2 && widest() < columns, 10_000);
    await until(() => visible().split('●').length === 2, 10_000);
  }
  expect(count('a note that stays')).toBe(1);
  expect(count('ready$')).toBe(1);
  type('C-c');
  await until(() => count('ready$') === 2);
  expect(visible().split('A title of some length')).toHaveLength(2);
  expect(visible()).toContain('✓ Searching');
  expect(cursor()).toBe('1');
});

test.skipIf(!hasTmux)(`Ctrl-Z gives a whole terminal back, and fg goes on below${why}`, async () => {
  type('C-z');
  await until(() => count('ready$') === 2);
  expect(cursor()).toBe('1');
  type('echo typed while it stands still', 'Enter');
  await until(() => count('ready$') === 3);
  type('fg', 'Enter');
  await until(() => count('A title of some length') === 2);
  await until(() => /img\/s/.test(screen().split('fg').at(-1) ?? ''));
  // What the shell wrote between is still there.
  expect(screen()).toMatch(/Stopped[^]*typed while it stands still\ntyped while it stands still\n[^]*fg/);
  type('C-c');
  await until(() => count('ready$') === 4);
  expect(screen()).toContain('✓ Searching');
  expect(cursor()).toBe('1');
});

test.skipIf(!hasTmux)(`in the background the terminal is the shell’s${why}`, async () => {
  type('C-z');
  await until(() => count('ready$') === 2);
  type('bg', 'Enter');
  await until(() => count('ready$') === 3);
  type('echo one; sleep 1; echo two', 'Enter');
  await until(() => count('two') === 2);
  expect(screen().split('bg').at(-1)).not.toContain('A title of some length');
  type('fg', 'Enter');
  await until(() => count('A title of some length') === 2);
  expect(screen()).toMatch(/\none\ntwo\n/);
});
