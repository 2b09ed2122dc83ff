/**
 * Whatever ends the hub or a form, the terminal is as it was before; what was started goes on, and what is of use to the
 * form alone ends with it. On a real terminal.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test, vi } from 'vitest';

import { attempt } from '../../../src/errors.ts';
import { openRun } from '../../../src/run/directory.ts';
import { askRun } from '../../../src/run/ask.ts';
import { isLeased } from '../../../src/run/lease.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { noTerminals, onTerminal } from '../../support/pty.ts';
import type { OnTerminal } from '../../support/pty.ts';

vi.setConfig({ testTimeout: 240_000 });

const why = noTerminals === undefined ? '' : ` (skipped: ${noTerminals})`;
const onTerminals = test.skipIf(noTerminals !== undefined);
const noProcesses = existsSync('/proc/self/cmdline') ? undefined : 'processes are not in /proc';
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const before = ['what the shell said'];

/** The form of a new search, opened in the hub of a folder that has no runs. */
async function formIn(folder: string): Promise<OnTerminal> {
  const program = onTerminal([100, 30], [process.execPath, '--import', 'tsx', main, 'ui', folder], {
    before,
  });
  onTestFinished(() => program.close());
  await program.until((screen) => screen.includes('No runs in'));
  program.type('n');
  await program.until((screen) => screen.includes('New search') && screen.includes(`in ${folder}/search-1`));
  expect(program.terminal).toMatchObject({ screen: 'alternate', cursor: 'hidden' });
  return program;
}

function expectGivenBack({ terminal }: OnTerminal): void {
  expect(terminal).toMatchObject({ screen: 'normal', cursor: 'shown' });
  expect(terminal.mainRows().slice(0, before.length)).toEqual(before);
  expect(terminal.mainRows().join('\n')).not.toContain('New search');
}

const endings = [
  ['q twice', { type: 'qq' }, { exit: 0, signal: null }],
  ['Ctrl-C', { type: '\u0003' }, { exit: 0, signal: null }],
  // Halfway through a text that is typed.
  ['Ctrl-C while typing', { type: '/out\r\r\u0003' }, { exit: 0, signal: null }],
  ['SIGTERM', { kill: 'SIGTERM' }, { exit: null, signal: constants.signals.SIGTERM }],
  ['SIGHUP', { kill: 'SIGHUP' }, { exit: null, signal: constants.signals.SIGHUP }],
] as const;

onTerminals.each(endings)(`%s in a form gives the terminal back${why}`, async (_, how, expected) => {
  const program = await formIn(await temporaryFolder());
  if ('type' in how) program.type(how.type);
  else program.kill(how.kill);
  expect(await program.ended).toEqual({ ...expected, raw: false });
  expectGivenBack(program);
});

onTerminals(`Ctrl-Z in a form gives it back, and what was typed is there when it goes on${why}`, async () => {
  const program = await formIn(await temporaryFolder());
  program.type('/epochs\r\r\u00157');
  await program.until((screen) => screen.includes('--set epochs=7'));
  program.type('\u001A');
  expect(await program.stopped()).toBe(false);
  await program.terminal.settled();
  expectGivenBack(program);
  program.kill('SIGCONT');
  await program.until((screen) => screen.includes('--set epochs=7'));
  // It is still typed.
  program.type('8\r');
  await program.until((screen) => screen.includes('--set epochs=78'));
  program.type('\u0003');
  expect(await program.ended).toEqual({ exit: 0, signal: null, raw: false });
  expectGivenBack(program);
});

/** Processes that measure for a folder. */
function measuring(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))[0] ?? [])
    .filter((words) => words.includes('--estimate') && words.includes(folder));
}

const estimateEnds = [
  ['the form is left', 'q'],
  ['the interface is left', '\u0003'],
  ['the terminal dies', 'SIGHUP'],
] as const;

test.skipIf(noTerminals !== undefined || noProcesses !== undefined).each(estimateEnds)(
  `an estimate ends when %s${why}`,
  async (_, how) => {
    const folder = await temporaryFolder();
    const program = await formIn(folder);
    // A search that one does not measure in a moment.
    program.type('/data\r\u001B[C\u001B[C\u001B[C');
    program.type('e');
    await program.until((screen) => screen.includes('measuring …'));
    await vi.waitUntil(() => measuring(folder).length > 0, { timeout: 30_000 });
    if (how === 'SIGHUP') program.kill(how);
    else program.type(how === 'q' ? 'qy' : how);
    await vi.waitUntil(() => measuring(folder).length === 0, { timeout: 10_000 });
    if (how === 'q') {
      await program.until((screen) => screen.includes('No runs in'));
      program.type('q');
    }
    expect((await program.ended).raw).toBe(false);
    expectGivenBack(program);
  },
);

onTerminals(`a search that was started goes on without the interface${why}`, async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'search-1');
  const program = await formIn(folder);
  const settings = { epochs: 1000, layers: 3, nodes: 2, channels: 4, batch_size: 8, train_images: 32 };
  for (const [name, value] of Object.entries({ ...settings, valid_images: 8 })) {
    program.type(`/${name}\r\r\u0015${value}\r`);
    await program.until((screen) => screen.replaceAll(/\s+/g, ' ').includes(`--set ${name}=${value}`));
  }
  program.type('/data\r');
  const choice = () => /< (\S+) >/.exec(program.terminal.rows().join('\n'))?.[1];
  // What is seen before is the choice of another field.
  await program.until((screen) => /> data\b/.test(screen));
  // One key for each choice that is seen: what is drawn in between would be taken for another.
  while (choice() !== 'synthetic') {
    const before = choice();
    program.type('\u001B[C');
    await program.until(() => choice() !== before && choice() !== undefined);
  }
  program.type('s');
  await program.until((screen) => screen.includes('s again starts a search on synthetic'));
  program.type('s');
  await program.until((screen) => screen.includes('1 curves'));
  // The terminal goes away, and the interface with it.
  program.kill('SIGHUP');
  expect(await program.ended).toEqual({ exit: null, signal: constants.signals.SIGHUP, raw: false });
  expectGivenBack(program);
  program.close();
  expect(isLeased(run)).toBe(true);
  const answer = await askRun(openRun(run), 'stop', { waitSeconds: 120 });
  expect(answer.outcome).toBe('done');
});
