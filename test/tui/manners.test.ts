/** Whatever ends the interface, the terminal is as it was before: on a real one, with a program that draws all of it. */

import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test, vi } from 'vitest';

import { createRun } from '../../src/run/directory.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { noTerminals, onTerminal } from '../support/pty.ts';
import type { OnTerminal } from '../support/pty.ts';

vi.setConfig({ testTimeout: 120_000 });

const why = noTerminals === undefined ? '' : ` (skipped: ${noTerminals})`;
const onTerminals = test.skipIf(noTerminals !== undefined);
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const node = [process.execPath, '--import', 'tsx'];
const main = path('../../src/cli/main.ts');
const broken = path('programs/broken-interface.ts');
/** More than the screen has rows, so that some of it is in the scrollback. */
const before = Array.from({ length: 40 }, (_, i) => `what the shell said, line ${i}`);

async function newRun(): Promise<string> {
  const folder = join(await temporaryFolder(), 'a-run');
  const run = await createRun(folder, { kind: 'search', config: {}, seed: 0, engine: 'reference' });
  run.appendEvent({ kind: 'note', text: 'a note of the run' });
  run.close();
  return folder;
}

async function started(program: readonly string[], sign: string): Promise<OnTerminal> {
  const started = onTerminal([100, 30], [...node, ...program], { before });
  onTestFinished(() => started.close());
  await started.until((screen) => screen.includes(sign));
  expect(started.terminal).toMatchObject({ screen: 'alternate', cursor: 'hidden' });
  return started;
}

const watching = async (run: string) => started([main, 'watch', run], '1 curves');

/** The main screen with all that was on it, below which somebody else goes on. */
function expectGivenBack({ terminal }: OnTerminal): void {
  expect(terminal).toMatchObject({ screen: 'normal', cursor: 'shown' });
  expect(terminal.mainRows().slice(0, before.length)).toEqual(before);
  expect(terminal.mainRows().join('\n')).not.toContain('curves');
}

const endings = [
  ['q', { type: 'q' }, { exit: 0, signal: null }],
  ['escape', { type: '\u001B' }, { exit: 0, signal: null }],
  ['Ctrl-C', { type: '\u0003' }, { exit: 0, signal: null }],
  ['SIGTERM', { kill: 'SIGTERM' }, { exit: null, signal: constants.signals.SIGTERM }],
  ['SIGHUP', { kill: 'SIGHUP' }, { exit: null, signal: constants.signals.SIGHUP }],
  ['SIGINT', { kill: 'SIGINT' }, { exit: null, signal: constants.signals.SIGINT }],
  ['SIGQUIT', { kill: 'SIGQUIT' }, { exit: null, signal: constants.signals.SIGQUIT }],
] as const;

onTerminals.each(endings)(`%s gives the terminal back${why}`, async (_, how, expected) => {
  const program = await watching(await newRun());
  if ('type' in how) program.type(how.type);
  else program.kill(how.kill);
  expect(await program.ended).toEqual({ ...expected, raw: false });
  expectGivenBack(program);
});

onTerminals(`an error in a view gives it back, and is told below${why}`, async () => {
  const program = await started([broken], 'b break');
  program.type('b');
  expect(await program.ended).toEqual({ exit: 1, signal: null, raw: false });
  expectGivenBack(program);
  expect(program.terminal.mainRows().join('\n')).toContain('TypeError');
});

onTerminals(`Ctrl-Z gives it back, and going on takes it again${why}`, async () => {
  const program = await watching(await newRun());
  program.type('\u001A');
  expect(await program.stopped()).toBe(false);
  await program.terminal.settled();
  expectGivenBack(program);
  program.terminal.stream.write('what the shell said meanwhile\r\n');
  program.kill('SIGCONT');
  await program.until((screen) => screen.includes('1 curves'));
  expect(program.terminal).toMatchObject({ screen: 'alternate', cursor: 'hidden' });
  // Each key is heard once: zoomed, and not there and back.
  program.type('5z');
  await program.until((screen) => screen.includes('a note of the run') && !screen.includes('1 curves'));
  program.type('q');
  expect(await program.ended).toEqual({ exit: 0, signal: null, raw: false });
  expectGivenBack(program);
  expect(program.terminal.mainRows()).toContain('what the shell said meanwhile');
});

onTerminals(`stopped by SIGSTOP, it goes on, and hears each key once${why}`, async () => {
  const program = await watching(await newRun());
  program.kill('SIGSTOP');
  await program.stopped();
  program.kill('SIGCONT');
  // Others may have written on its screen: it is taken anew.
  await program.until(() => program.terminal.written.split('[?1049h').length === 3);
  program.type('5z');
  await program.until((screen) => screen.includes('a note of the run') && !screen.includes('1 curves'));
  program.type('q');
  expect(await program.ended).toEqual({ exit: 0, signal: null, raw: false });
  expectGivenBack(program);
});

onTerminals(`a folder that is deleted under it is told, and left in order${why}`, async () => {
  const run = await newRun();
  const program = await watching(run);
  rmSync(run, { recursive: true });
  await program.until((screen) => screen.includes('is no longer there'));
  program.type('q');
  expect(await program.ended).toEqual({ exit: 0, signal: null, raw: false });
  expectGivenBack(program);
});

onTerminals(`made as small as 20×6 and large again, nothing of that is left${why}`, async () => {
  const program = await watching(await newRun());
  const whole = program.terminal.rows();
  await program.resize(20, 6);
  await program.until((screen) => screen.startsWith('20×6: needs'));
  await program.resize(100, 30);
  await program.until((screen) => screen.includes('1 curves'));
  // Machine and clock go on; what is where does not change.
  const shape = (rows: readonly string[]) => rows.map((row) => row.replaceAll(/[\d.]+|[▁▂▃▄▅▆▇█]| +/g, ' '));
  expect(shape(program.terminal.rows())).toEqual(shape(whole));
  program.type('q');
  await program.ended;
  expect(program.terminal).toMatchObject({ screen: 'normal', cursor: 'shown' });
});

onTerminals(`what is pasted is drawn once it is there, and not a frame a character${why}`, async () => {
  const runs = await temporaryFolder();
  const program = onTerminal([100, 30], [...node, main, 'ui', runs]);
  onTestFinished(() => program.close());
  await program.until((screen) => screen.includes('n new'));
  program.type('n');
  await program.until((screen) => screen.includes('New search'));
  program.type('/out\r\r');
  await program.until((screen) => screen.includes('esc undo'));
  const frames = () => program.terminal.written.split('\u001B[?2026h').length;
  const before = frames();
  program.type(`${'9'.repeat(2_000)}END`);
  await program.until((screen) => screen.includes('9END'));
  expect(frames() - before).toBeLessThan(100);
  program.type('\u0003');
  await program.ended;
});
