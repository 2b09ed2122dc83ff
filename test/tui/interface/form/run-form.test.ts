import { expect, test } from 'vitest';

import type { RunRecord } from '../../../../src/run/record.ts';
import type { Watched } from '../../../../src/run/watch.ts';
import type { RunDesk } from '../../../../src/tui/interface/form/asked.ts';
import { formLines } from '../../../../src/tui/interface/form/lines.ts';
import { newRunForm, trainForm } from '../../../../src/tui/interface/form/run-form.ts';
import type { FormState } from '../../../../src/tui/interface/form/state.ts';
import { fieldsOf, matching, shownCommand, underCursor } from '../../../../src/tui/interface/form/state.ts';
import { told, topOf } from '../../../../src/tui/interface/interface.ts';
import { desk, moment } from './desk.ts';
import { answer, commandsAsTyped, formIn, goTo, open, press, textOf, type } from './held.ts';
import type { Held } from './held.ts';

commandsAsTyped();

test('a setting is found by its name, typed, and is in the command', () => {
  let held = open(newRunForm(desk));
  held = press(type(press(held, '/'), 'alpha r'), 'return');
  expect(underCursor(formIn(held))?.key).toBe('alpha_rate');
  held = press(type(press(held, 'return', 'ctrl-u'), '3e-3'), 'return');
  expect(shownCommand(formIn(held))).toBe(
    'nascent search --data cifar10 --preset quick --set alpha_rate=3e-3 --out runs/search-1',
  );
  // The value of the preset, written otherwise, is no change.
  held = answer(held, 'alpha_rate', '1e-2');
  expect(shownCommand(formIn(held))).not.toContain('alpha_rate');
});

test('what was typed is kept where it is wrong, does not start, and is undone by escape', () => {
  let held = answer(open(newRunForm(desk)), 'nodes', '99');
  const field = fieldsOf(formIn(held)).find(({ key }) => key === 'nodes');
  expect(field).toMatchObject({
    text: '99',
    differs: true,
    wrong: 'expected a whole number of nodes from 1 to 32',
  });
  held = press(goTo(held, 'start'), 'return');
  expect(held.effects).toEqual([]);
  expect(underCursor(formIn(held))?.key).toBe('nodes');
  expect(held.interface.said?.text).toBe('nodes: expected a whole number of nodes from 1 to 32');
  held = press(held, '5', 'escape');
  expect(fieldsOf(formIn(held)).find(({ key }) => key === 'nodes')?.text).toBe('99');
  held = press(held, 'backspace');
  expect(fieldsOf(formIn(held)).find(({ key }) => key === 'nodes')?.text).toBe('4');
});

test('letters that are keys elsewhere are typed in a text', () => {
  const held = type(press(goTo(open(newRunForm(desk)), 'out'), 'return', 'ctrl-u'), "q/e s?'");
  expect(formIn(held).answers['out']).toBe("q/e s?'");
  expect(held.interface).toMatchObject({ over: false, help: false });
  expect(shownCommand(formIn(held))).toContain(String.raw`--out 'q/e s?'\'''`);
});

test('what is wrong with the settings together is said, with the cursor on the first of them', () => {
  const refusing: RunDesk = {
    ...desk,
    check: ({ set }) =>
      set.includes('warmup_epochs=3')
        ? { wrong: { message: 'warmup_epochs=3 leaves alphas alone for all of epochs=2' } }
        : {},
  };
  const typed = answer(open(newRunForm(refusing)), 'warmup_epochs', '3');
  const shown = () => formLines(formIn(typed), { ...moment, rows: 23 }).map(textOf);
  // Before anybody asks, and where it is.
  const at = shown().findIndex((line) => /warmup_epochs +\* 3/.test(line));
  expect(shown()[at + 1]).toContain('✖ warmup_epochs=3 leaves alphas alone');
  expect(shown()[0]).toContain('1 is wrong');
  const held = press(typed, 'home', 's');
  expect(held.effects).toEqual([]);
  expect(underCursor(formIn(held))?.key).toBe('warmup_epochs');
  expect(formLines(formIn(answer(held, 'warmup_epochs', '1')), moment).map(textOf)[0]).not.toContain(
    'cannot',
  );
});

test('a preset changes what was not typed, and a dataset of another task the settings', () => {
  let held = answer(open(newRunForm(desk)), 'epochs', '7');
  held = press(goTo(held, 'preset'), 'right');
  expect(shownCommand(formIn(held))).toBe(
    'nascent search --data cifar10 --preset darts --set epochs=7 --out runs/search-1',
  );
  expect(fieldsOf(formIn(held)).find(({ key }) => key === 'layers')?.text).toBe('8');
  held = press(goTo(held, 'data'), 'left', 'left');
  expect(shownCommand(formIn(held))).toBe(
    'nascent search --data grammar --preset quick-rnn --set epochs=7 --out runs/search-1',
  );
});

test('a search from several seeds is watched from the first, and says how each cell is trained', () => {
  let held = answer(open(newRunForm(desk, { out: '/runs/x' })), 'seeds', '3-5');
  held = answer(press(goTo(held, 'retrain'), 'right'), 'retrain_set', 'epochs=10 layers=6');
  held = press(goTo(held, 'deterministic'), 'right');
  expect(shownCommand(formIn(held))).toBe(
    'nascent search --data cifar10 --preset quick --deterministic --seeds 3-5 --retrain quick --retrain-set epochs=10 --retrain-set layers=6 --out /runs/x',
  );
  // One search is measured, not several.
  expect(press(held, 'e').effects).toEqual([]);
  expect(underCursor(formIn(press(held, 'e')))?.key).toBe('seeds');
  expect(topOf(press(held, 's', 's').interface).needs.runs).toEqual(['/runs/x/seed-3']);
  expect(fieldsOf(formIn(answer(held, 'seeds', '3-')))).toContainEqual(
    expect.objectContaining({
      key: 'seeds',
      wrong: 'expected whole numbers, each once, such as 0,1,2,3 or 0-3',
    }),
  );
});

test('a training is on the data of its run', () => {
  const held = open(trainForm(desk, 'runs/text'));
  expect(shownCommand(formIn(held))).toBe('nascent train runs/text --preset quick-rnn');
  expect(matching(formIn(held), 'bptt')[0]?.key).toBe('bptt');
  const both = answer(held, 'genotype', 'DARTS_V2');
  expect(fieldsOf(formIn(both)).find(({ key }) => key === 'run')?.wrong).toBe(
    'expected a run or a genotype, not both',
  );
});

test('a training can be of the cells that its search had after an epoch', () => {
  const held = open(trainForm(desk, 'runs/a'));
  const words = (epoch: string) =>
    formIn(answer(held, 'epoch', epoch)).plan.command({ job: 'train', run: 'runs/a', epoch });
  expect(words('3')).toEqual(['train', 'runs/a', '--epoch', '3', '--preset', 'quick']);
  // Before the first.
  expect(words('0')).toEqual(['train', 'runs/a', '--epoch', '0', '--preset', 'quick']);
  const wrong = answer(held, 'epoch', '2.5');
  expect(fieldsOf(formIn(wrong)).find(({ key }) => key === 'epoch')?.wrong).toBeDefined();
  expect(press(wrong, 's').effects).toEqual([]);
});

test('leaving asks only where something would be forgotten', () => {
  const held = open(trainForm(desk, 'runs/text'));
  expect(press(held, 'q').interface).toMatchObject({ over: true, question: undefined });
  const changed = press(answer(held, 'epochs', '7'), 'q').interface;
  expect(changed).toMatchObject({ over: false, question: { text: 'Leave, and forget what you answered?' } });
});

test('of two fields that a refusal quotes, the cursor is on the longer', () => {
  const refusing: RunDesk = {
    ...desk,
    check: () => ({ wrong: { message: 'the training in runs/text/train is finished' } }),
  };
  const held = press(open(trainForm(refusing, 'runs/text')), 's');
  expect(underCursor(formIn(held))?.key).toBe('out');
});

const watched = (path: string): Watched => ({
  path,
  record: undefined as RunRecord | undefined,
  status: 'running',
  holder: undefined,
  events: [],
  metrics: [],
  alphas: [],
  damage: [],
});

test('the letter that starts a run says first what it starts, and goes there', () => {
  const opened = answer(open(newRunForm(desk)), 'epochs', '1');
  const once = press(opened, 'home', 's');
  expect(once.effects).toEqual([]);
  expect(underCursor(formIn(once))?.key).toBe('start');
  expect(once.interface.said?.text).toBe(
    's again starts a search on cifar10, preset quick, 1 epoch. e measures first how long it takes.',
  );
  expect(press(once, 's').effects).toMatchObject([{ kind: 'command' }]);
  // Who goes elsewhere meanwhile is told again; who goes there by himself, or has measured it, is not.
  expect(press(once, 'home', 's').effects).toEqual([]);
  expect(press(goTo(opened, 'start'), 'return').effects).toMatchObject([{ kind: 'command' }]);
  const [effect] = press(opened, 'e').effects;
  const what = effect?.kind === 'work' ? effect.what : '';
  const value = [['in all', '2m 05s']];
  const measured = told(press(opened, 'e', 'home').interface, { kind: 'worked', what, value });
  expect(press({ interface: measured, effects: [] }, 's').effects).toMatchObject([{ kind: 'command' }]);
});

test('a run that was started takes the place of its form as soon as it is there', () => {
  let held = press(open(newRunForm(desk, { out: '/runs/x' })), 's', 's');
  expect(held.effects).toMatchObject([
    { kind: 'command', given: ['search', '--data', 'cifar10', '--preset', 'quick', '--out', '/runs/x'] },
  ]);
  expect(topOf(held.interface).needs.runs).toEqual(['/runs/x']);
  // It is not started twice.
  held = press(held, 's');
  expect(held.effects).toHaveLength(1);
  const other = told(held.interface, { kind: 'watched', watched: watched('/runs/y') });
  expect(topOf(other).name).toBe('form');
  const there = told(held.interface, { kind: 'watched', watched: watched('/runs/x') });
  expect(topOf(there).name).toBe('watch');
  expect(there.screens).toHaveLength(1);
});

test('where another process took the folder meanwhile, it goes to the next that is free', () => {
  let next = 1;
  const shared: RunDesk = { ...desk, freeRun: (job) => `/runs/${job}-${next}` };
  const opened = open(newRunForm(shared));
  next = 2;
  const held = press(opened, 's', 's');
  expect(held.effects).toMatchObject([
    {
      kind: 'command',
      given: ['search', '--data', 'cifar10', '--preset', 'quick', '--out', '/runs/search-2'],
    },
  ]);
  expect(topOf(held.interface).needs.runs).toEqual(['/runs/search-2']);
  // What was started keeps its folder, whatever is free then.
  next = 3;
  expect(topOf(press(held, 'down').interface).needs.runs).toEqual(['/runs/search-2']);
});

test('a command that fails leaves the form, with the cursor on what it names', () => {
  const held = press(open(newRunForm(desk, { out: '/runs/x' })), 's', 's');
  const [effect] = held.effects;
  const what = effect?.kind === 'command' ? effect.given.join(' ') : '';
  const state = told(held.interface, {
    kind: 'failed',
    what,
    message: 'nascent search: data "cifar10" is missing',
  });
  const form = topOf(state).state as FormState;
  expect(form).toMatchObject({ busy: {}, cursor: 'data', checked: { wrong: { key: 'data' } } });
});

test('an estimate is needed while its form is there', () => {
  const held = press(open(newRunForm(desk)), 'e');
  const [effect] = held.effects;
  expect(effect).toMatchObject({ kind: 'work', whileNeeded: true });
  expect(topOf(held.interface).needs.work).toEqual([effect?.kind === 'work' ? effect.what : '']);
});

test('an estimate is shown, and is of earlier settings once they change', () => {
  const held = press(open(newRunForm(desk)), 'e');
  const [effect] = held.effects;
  const what = effect?.kind === 'work' ? effect.what : '';
  // Keys go on while it is measured.
  const moving = press(held, 'down', 'down');
  const going = told(moving.interface, { kind: 'working', what, text: 'Taking a few steps: 3/13' });
  expect(textOf(formLines(formIn({ ...moving, interface: going }), moment)[0] ?? '')).toContain('3/13');
  const value = [['in all', '2m 05s']];
  const measured = { interface: told(moving.interface, { kind: 'worked', what, value }), effects: [] };
  const shown = (at: Held) =>
    formLines(formIn(at), { ...moment, rows: 23 })
      .map(textOf)
      .join('\n');
  expect(shown(measured)).toContain('in all  2m 05s');
  expect(shown(measured)).not.toContain('Before the last changes');
  expect(shown(answer(measured, 'epochs', '3'))).toContain('Before the last changes');
});
