/**
 * The whole road as somebody goes it who has read nothing, in tmux, on a real search: begun from the hub’s form, watched,
 * left, watched again in another window, paused, resumed, saved, stopped; its cells trained, exported, compared.
 *
 * Nothing here waits for a time: each step waits for what the screen says.
 */

import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { openRun } from '../../../src/run/directory.ts';
import { isLeased } from '../../../src/run/lease.ts';
import { noTmux, openTmux } from '../../support/tmux.ts';
import type { TmuxWindow } from '../../support/tmux.ts';

const why = noTmux === undefined ? '' : ` (skipped: ${noTmux})`;

/** Goes to a field of a form by finding it. */
async function find(window: TmuxWindow, name: string): Promise<void> {
  window.press('/');
  window.type(name);
  await window.sees(`find: ${name}▏`);
  window.press('Enter');
}

/** Types settings, each of which is then in the command at the foot of the form. */
async function set(window: TmuxWindow, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await find(window, name);
    window.press('Enter', 'C-u');
    window.type(value);
    window.press('Enter');
    await window.sees(`--set ${name}=${value}`);
  }
}

/** Takes the next choice of a field until it is the one. */
async function choose(window: TmuxWindow, name: string, choice: string): Promise<void> {
  await find(window, name);
  // What is seen before is the choice of another field.
  await window.sees(`> ${name}`);
  const shown = () => /< (.*) >/.exec(window.screen())?.[1];
  while (shown() !== choice) {
    const before = shown();
    window.press('Right');
    await window.until(
      `a choice after ${before ?? 'none'}`,
      () => shown() !== before && shown() !== undefined,
    );
  }
}

const small = { layers: '3', nodes: '2', channels: '4', batch_size: '8' };

test.skipIf(noTmux !== undefined)(
  `begun from the hub, watched, left, watched from elsewhere, paused, resumed, saved, stopped, trained, exported, compared${why}`,
  async () => {
    const tmux = openTmux(120, 40);
    const run = join(tmux.folder, 'runs/search-1');
    // What was started goes on without its terminal, and ends when its folder is gone.
    onTestFinished(() => {
      tmux.close();
    });
    const one = await tmux.window();

    // The hub of a folder without runs says what to do.
    one.type('nascent');
    one.press('Enter');
    await one.sees('No runs in runs yet. n makes one');
    one.press('n');
    await one.sees('New search');
    await choose(one, 'data', 'synthetic');
    await choose(one, 'engine', 'onnxruntime');
    // So many epochs that it does not end by itself.
    await set(one, { ...small, epochs: '1000', train_images: '64', valid_images: '8' });
    one.press('s');
    await one.sees('s again starts a search on synthetic, preset quick, 1,000 epochs');
    one.press('s');
    await one.sees('1 curves');
    await one.sees(/● running runs\/search-1 search · synthetic/);
    await one.sees(/epoch ([2-9]|\d\d+)\/1000/);

    // Left, it goes on.
    one.press('q');
    await one.sees(/> search-1 ● running/);
    one.press('q');
    await one.until('the shell', (screen) => screen.endsWith('ready$'));
    expect(isLeased(run)).toBe(true);

    // In another window: the run that was written to last is the one that is meant.
    const other = await tmux.window();
    other.type('nascent watch');
    other.press('Enter');
    await other.sees('● running');
    other.press('Space');
    await other.sees('Paused, after a checkpoint.');
    // The key means to resume only once the run is seen to be paused: a word of the answer comes before.
    await other.sees('‖ paused runs/search-1');
    expect(openRun(run).record().status).toBe('paused');
    other.press('Space');
    await other.sees('Resumed.');
    await other.sees('● running');
    other.press('k');
    await other.sees('A checkpoint is written.');
    other.press('q');
    await other.sees('The run goes on. Watch it again: nascent watch runs/search-1');

    // Stopped from the first window, after a question.
    one.type('clear; nascent watch runs/search-1');
    one.press('Enter');
    await one.sees('● running');
    one.press('Q');
    await one.sees('Stop search-1 where it can be resumed? y');
    one.press('y');
    await one.sees('Stopped, where it can be resumed.');
    await one.sees('■ stopped');
    one.press('q');
    await one.until('the shell', (screen) => screen.endsWith('ready$'));
    expect(openRun(run).record().status).toBe('stopped');

    // The cells that it had after its first epoch are trained, from the hub's form.
    one.type('clear; nascent ui runs');
    one.press('Enter');
    await one.sees('> search-1 ■ stopped');
    one.press('t');
    await one.sees('New training');
    await find(one, 'epoch');
    one.type('0');
    one.press('Enter');
    await one.sees('$ nascent train runs/search-1 --epoch 0 --preset quick');
    await choose(one, 'engine', 'onnxruntime');
    const { layers, channels, batch_size } = small;
    await set(one, { layers, channels, batch_size, train_images: '64', test_images: '16' });
    one.press('s', 's');
    await one.sees('✓ done search-1/train');

    // Exported from its form, which says what it wrote.
    one.press('q');
    await one.sees('> search-1 ■ stopped');
    one.press('e');
    await one.sees('$ nascent export runs/search-1');
    one.press('s');
    await one.sees('file runs/search-1/model.onnx');
    await one.sees(/sha256 [0-9a-f]{16}/);

    // Every runtime that there is, compared, while one looks.
    one.press('q');
    await one.sees('> search-1 ■ stopped');
    one.press('P');
    await one.sees('$ nascent parity runs/search-1');
    await find(one, 'images');
    one.type('8');
    one.press('Enter');
    await one.sees('$ nascent parity runs/search-1 --images 8');
    one.press('s');
    await one.sees('Reading the model and trying every runtime …');
    await one.sees(/onnxruntime-cpu unoptimised ✓/);
    await one.sees(/Parity: passed/);
    one.press('q', 'q');
    await one.until('the shell', (screen) => screen.endsWith('ready$'));
  },
  900_000,
);
