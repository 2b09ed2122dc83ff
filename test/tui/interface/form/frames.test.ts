/** Forms on the cells of a terminal. */

import { beforeEach, describe, expect, test, vi } from 'vitest';

import { exportForm } from '../../../../src/tui/interface/form/export-form.ts';
import { newRunForm, trainForm } from '../../../../src/tui/interface/form/run-form.ts';
import { beginning, pressed, told } from '../../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../../src/tui/interface/interface.ts';
import type { AnyScreen } from '../../../../src/tui/interface/screen.ts';
import { loadProductionReact } from '../../../../src/tui/production-react.ts';
import { fullScreenOn } from '../../../../src/tui/full-screen.ts';
import { widthOf } from '../../../../src/tui/width.ts';
import { testTerminal } from '../../../support/terminal.ts';
import { desk, exportDesk, moment } from './desk.ts';

loadProductionReact();
const { interfaceLines } = await import('../../../../src/tui/interface/views.tsx');

// Commands are shown as they are typed in a shell.
beforeEach(() => {
  vi.stubEnv('npm_lifecycle_event', undefined);
});

const after = (screen: AnyScreen, ...keys: readonly string[]): InterfaceState =>
  keys.reduce((state, key) => pressed(state, key, moment).state, beginning(screen));

const form = () => newRunForm(desk, { out: 'runs/search-1' });
const given = ['search', '--data', 'cifar10', '--preset', 'quick', '--out', 'runs/search-1'];

const states: Readonly<Record<string, () => InterfaceState>> = {
  'a new search': () => after(form()),
  'a value that cannot be': () => after(form(), '/', ...Array.from('nodes'), 'return', '9', '9'),
  'looking for a setting': () => after(form(), '/', ...Array.from('dec')),
  'another language': () =>
    after(form(), '/', ...Array.from('out'), 'return', 'return', ...Array.from('漢字😀'), 'tab'),
  'an estimate': () =>
    told(after(form(), 'e'), {
      kind: 'worked',
      what: `estimate ${given.join(' ')}`,
      value: [
        ['runtime', 'onnxruntime-cpu on this machine, the fastest that is ready'],
        ['a step', '2.8 s, the median of 3 steps'],
        ['an epoch', '1m 41s: 35 steps and 3.1 s of measuring'],
        ['in all', '3m 29s: 2 epochs, 7.1 s to get ready'],
        ['memory', '1.07 GB, the most of the process that measured'],
      ],
    }),
  'a start that failed': () =>
    told(after(form(), 's', 's'), {
      kind: 'failed',
      what: given.join(' '),
      message:
        'nascent search: \u001B[2J no images of cifar10 in the cache Get them: nascent data get cifar10',
    }),
  'a training': () => after(trainForm(desk, 'runs/text')),
  'an export': () => after(exportForm(exportDesk, 'runs/text'), 'down', 'right'),
  'its keys': () => after(form(), '?'),
};

const sizes = [
  [80, 24],
  [120, 40],
  [40, 20],
  [40, 12],
] as const;

/** A line without the styles that are ours. */
const unstyled = (line: string) =>
  // oxlint-disable-next-line no-control-regex -- that is what styles are made of
  line.replaceAll(/\u001B\[(?:[0127]|3[1-6]|[12];3[1-6])m/g, '');

describe.each(Object.keys(states))('%s', (name) => {
  test.each(sizes)('fills a screen of %i×%i with lines of ours', async (columns, rows) => {
    const state = states[name]?.() ?? after(form());
    const linesIn = (colour: boolean, ascii: boolean) =>
      interfaceLines(state, { columns, rows, look: { colour, ascii }, now: moment.now });
    const shown = linesIn(true, false).map((line) => unstyled(line).trimEnd());
    expect(shown).toHaveLength(rows);
    expect(shown.filter((line) => widthOf(line) > columns || /\p{Cc}/u.test(line))).toEqual([]);
    expect(linesIn(false, false).map((line) => line.trimEnd())).toEqual(shown);
    if (name !== 'another language')
      expect(linesIn(false, true).filter((line) => !/^[ -~]*$/.test(line) || line.length > columns)).toEqual(
        [],
      );
    const terminal = testTerminal(columns, rows);
    const screen = fullScreenOn(terminal.stream);
    screen.enter();
    screen.draw(linesIn(true, false));
    await terminal.settled();
    expect(terminal.rows()).toEqual(shown);
  });
});

test.each([
  ['a new search', [80, 24]],
  ['a value that cannot be', [80, 24]],
  ['an estimate', [120, 40]],
  ['an export', [80, 24]],
  ['a training', [40, 20]],
] as const)('%s at %o looks like this', (name, [columns, rows]) => {
  const look = { colour: false, ascii: false };
  const lines = interfaceLines(states[name]?.() ?? after(form()), { columns, rows, look, now: moment.now });
  expect(`\n${lines.map((line) => line.trimEnd()).join('\n')}\n`).toMatchSnapshot();
});
