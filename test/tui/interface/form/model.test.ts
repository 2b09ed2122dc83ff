import * as fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';

import type { RunRecord } from '../../../../src/run/record.ts';
import type { Watched } from '../../../../src/run/watch.ts';
import { applySettings } from '../../../../src/tasks/settings/apply.ts';
import type { SettingsTable } from '../../../../src/tasks/settings/table.ts';
import { settingsTables } from '../../../../src/tasks/settings/tables.ts';
import { taskOf } from '../../../../src/tasks/tasks.ts';
import { deriveForm } from '../../../../src/tui/interface/form/derive-form.ts';
import { exportForm } from '../../../../src/tui/interface/form/export-form.ts';
import { parityForm } from '../../../../src/tui/interface/form/parity-form.ts';
import type { ParityDesk } from '../../../../src/tui/interface/form/parity-form.ts';
import {
  fieldsOf,
  isField,
  matching,
  shownCommand,
  stops,
  underCursor,
} from '../../../../src/tui/interface/form/state.ts';
import { readAnswer } from '../../../../src/tui/interface/form/setting-words.ts';
import type { FormState } from '../../../../src/tui/interface/form/state.ts';
import { newRunForm, trainForm } from '../../../../src/tui/interface/form/run-form.ts';
import type { RunDesk } from '../../../../src/tui/interface/form/asked.ts';
import { beginning, pressed, told, topOf } from '../../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../../src/tui/interface/interface.ts';
import { formLines } from '../../../../src/tui/interface/form/lines.ts';
import type { AnyScreen, Effect } from '../../../../src/tui/interface/screen.ts';
import { widthOfTalk } from '../../../../src/tui/width.ts';
import { tries } from '../../../support/properties.ts';
import { desk, exportDesk, moment } from './desk.ts';

// Commands are shown as they are typed in a shell.
beforeEach(() => {
  vi.stubEnv('npm_lifecycle_event', undefined);
});

interface Held {
  readonly interface: InterfaceState;
  readonly effects: readonly Effect[];
}

function press(held: Held, ...keys: readonly string[]): Held {
  return keys.reduce((before, key) => {
    const { state, effects } = pressed(before.interface, key, moment);
    return { interface: state, effects: [...before.effects, ...effects] };
  }, held);
}

const open = (screen: AnyScreen): Held => ({ interface: beginning(screen), effects: [] });
const formIn = ({ interface: state }: Held) => topOf(state).state as FormState;
const type = (held: Held, text: string) =>
  press(held, ...Array.from(text, (each) => (each === ' ' ? 'space' : each)));

/** Goes to a field by finding it. */
function goTo(held: Held, key: string): Held {
  const end = press(held, 'home');
  for (let at = end, i = 0; i < 80; i++, at = press(at, 'down')) {
    if (underCursor(formIn(at))?.key === key) return at;
  }
  throw new Error(`there is no field ${key}`);
}

function answer(held: Held, key: string, text: string): Held {
  return press(type(press(goTo(held, key), 'return', 'ctrl-u'), text), 'return');
}

/** The words of a command as a shell takes them. */
function shellWords(line: string): readonly string[] {
  const words = line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g);
  return [...words].map(([word]) =>
    word.replaceAll(
      /'([^']*)'|\\(')/g,
      (_, quoted: string | undefined, escaped: string | undefined) => quoted ?? escaped ?? '',
    ),
  );
}

interface Command {
  readonly job: string | undefined;
  readonly bare: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
}

function parsed(words: readonly string[]): Command {
  const [job, ...rest] = words;
  const options = new Map<string, string[]>();
  const bare: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (!word.startsWith('--')) {
      bare.push(word);
      continue;
    }
    const [, name = '', joined] = /^(--[a-z-]+)(?:=([^]*))?$/.exec(word) ?? [];
    options.set(name, [...(options.get(name) ?? []), joined ?? rest[++at] ?? '']);
  }
  return { job, bare, options };
}

function tableFor(job: string | undefined, data: string): SettingsTable {
  const table = settingsTables.find((each) => each.job === job && each.task === taskOf(data).name);
  if (table === undefined) throw new Error(`no settings to ${job ?? ''} on ${data}`);
  return table;
}

/** What a command comes to, by the rules of the command line. */
function settingsBy(words: readonly string[]): Readonly<Record<string, unknown>> {
  const { job, bare, options } = parsed(words);
  const data = options.get('--data')?.[0] ?? desk.dataOf(bare[0] ?? '') ?? 'cifar10';
  const { schema, presets } = tableFor(job, data);
  const { [options.get('--preset')?.[0] ?? '']: base } = presets as Readonly<Record<string, never>>;
  if (base === undefined) throw new Error('the preset is not of this table');
  return applySettings(schema, base, options.get('--set') ?? []);
}

/** Settings as the form shows them. */
function settingsShown(state: FormState): Readonly<Record<string, unknown>> {
  const words = state.plan.command(state.answers);
  const { job, bare, options } = parsed(words);
  const table = tableFor(job, options.get('--data')?.[0] ?? desk.dataOf(bare[0] ?? '') ?? 'cifar10');
  const entries = fieldsOf(state).flatMap(({ label, text }) => {
    if (!Object.hasOwn(table.rows, label)) return [];
    const read = readAnswer(table, label, text);
    return read.kind === 'value' ? [[label, read.value] as const] : [];
  });
  return Object.fromEntries(entries);
}

const anyKey = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('up', 'down', 'tab', 'shift-tab', 'left', 'right', 'return', 'space'),
  },
  { weight: 2, arbitrary: fc.constantFrom(...'0123456789.-e,/sq?x\'"~ =nul'.split('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...'pageup pagedown home end backspace delete escape ctrl-u ctrl-k ctrl-x insert'.split(' '),
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }) },
);
const anyForm = fc.constantFrom(
  () => newRunForm(desk),
  () => trainForm(desk, 'runs/text'),
  () => newRunForm(desk, { job: 'train', genotype: 'DARTS_V2' }),
  () => exportForm(exportDesk, 'runs/text'),
);
const sizes = [
  [80, 24],
  [120, 40],
  [40, 20],
  [40, 12],
] as const;

test('whatever is typed, the form is whole, what it shows is its command, and what it starts is right', () => {
  fc.assert(
    fc.property(anyForm, fc.array(anyKey, { maxLength: 60 }), (make, keys) => {
      let held = open(make());
      for (const key of keys) {
        const before = held;
        held = press(held, key);
        if (held.interface.over) return;
        const state = formIn(held);
        const keysOfFields = stops(state).map((stop) => stop.key);
        expect(new Set(keysOfFields).size).toBe(keysOfFields.length);
        expect(keysOfFields).toContain(underCursor(state)?.key);
        // What is typed is always that of the field under the cursor.
        if (state.typing !== undefined) {
          const under = underCursor(state);
          expect(isField(under) && under.text).toBe(state.typing.text);
          expect(state.typing.caret).toBeLessThanOrEqual(Array.from(state.typing.text).length);
        }
        const words = state.plan.command(state.answers);
        expect(shellWords(shownCommand(state)).slice(1)).toEqual(words);
        if (words[0] === 'export') continue;
        const isRight = fieldsOf(state).every(({ wrong }) => wrong === undefined);
        if (isRight) expect(settingsBy(words)).toEqual(settingsShown(state));
        // Nothing is begun of what is wrong, and what is begun is what was shown.
        const effects = held.effects.slice(before.effects.length);
        if (!isRight) expect(effects).toEqual([]);
        for (const effect of effects) if (effect.kind === 'command') expect(effect.given).toEqual(words);
      }
    }),
    { numRuns: tries(150) },
  );
});

test('whatever is typed, it fills the terminal and no line is wider', () => {
  fc.assert(
    fc.property(
      anyForm,
      fc.array(anyKey, { maxLength: 25 }),
      fc.constantFrom(...sizes),
      (make, keys, [columns, rows]) => {
        const held = press(open(make()), ...keys.filter((key) => key !== 'q' && key !== 'escape'));
        const frame = { columns, rows: rows - 1, look: moment.look, now: 0 };
        const lines = formLines(formIn(held), frame);
        expect(lines).toHaveLength(rows - 1);
        expect(lines.filter((line) => line === undefined)).toEqual([]);
        // The one under the cursor is seen.
        const label = underCursor(formIn(held))?.label ?? '';
        expect(lines.map(textOf).some((line) => line.includes(label))).toBe(true);
      },
    ),
    { numRuns: tries(100) },
  );
});

function textOf(talk: unknown): string {
  if (typeof talk === 'string') return talk;
  if (Array.isArray(talk)) return talk.map(textOf).join('');
  return (talk as { readonly text: string }).text;
}

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

test('an export is the command with what differs', () => {
  let held = open(exportForm(exportDesk, 'runs/text'));
  expect(shownCommand(formIn(held))).toBe('nascent export runs/text');
  held = press(goTo(held, 'opset'), 'right');
  held = answer(press(goTo(held, 'checkpoint'), 'right'), 'unroll', '12');
  expect(shownCommand(formIn(held))).toBe(
    'nascent export runs/text --checkpoint last --opset 15 --unroll 12',
  );
  expect(
    fieldsOf(formIn(answer(held, 'unroll', '0'))).find(({ key }) => key === 'unroll')?.wrong,
  ).toBeDefined();
  expect(fieldsOf(formIn(open(exportForm(exportDesk, 'runs/a')))).map(({ key }) => key)).not.toContain(
    'unroll',
  );
});

test('what an export does with the model is asked where it is of use', () => {
  let held = open(exportForm(exportDesk, 'runs/a'));
  held = answer(press(goTo(held, 'softmax'), 'right'), 'top-k', '5');
  expect(shownCommand(formIn(held))).toBe('nascent export runs/a --softmax --top-k 5');
  const asked = (run: string) => fieldsOf(formIn(open(exportForm(exportDesk, run))));
  const ofText = asked('runs/text').map(({ key }) => key);
  expect(ofText).toEqual(expect.arrayContaining(['fp16', 'int8']));
  for (const key of ['softmax', 'calibration', 'keep-float']) {
    expect(ofText).not.toContain(key);
    expect(asked('runs/a').map((field) => field.key)).toContain(key);
  }
});

test('int8 is asked for in words of the task', () => {
  const helpOf = (run: string) =>
    fieldsOf(formIn(open(exportForm(exportDesk, run)))).find(({ key }) => key === 'int8')?.help;
  expect(helpOf('runs/text')).toContain('as the model runs');
  expect(helpOf('runs/a')).toContain('training images');
  const held = press(goTo(open(exportForm(exportDesk, 'runs/text')), 'int8'), 'right');
  expect(shownCommand(formIn(held))).toBe('nascent export runs/text --int8');
});

const parityDesk: ParityDesk = { runtimes: ['one', 'other'], dataOf: desk.dataOf, check: () => ({}) };

test('a comparison is begun with what was answered, and is seen in the place of its form', () => {
  const hub = newRunForm(desk);
  const screens = [hub, parityForm(parityDesk, 'runs/a')] as const;
  let held: Held = { interface: { ...beginning(hub), screens }, effects: [] };
  held = answer(answer(held, 'runtimes', 'one,third'), 'images', '8');
  expect(press(held, 's').effects).toEqual([]);
  held = press(answer(held, 'runtimes', 'one,other'), 's');
  expect(held.effects).toMatchObject([
    { kind: 'command', given: ['parity', 'runs/a', '--runtimes', 'one,other', '--images', '8'] },
  ]);
  expect(held.interface.screens.map(({ name }) => name)).toEqual(['form', 'parity']);
});

test('cells are derived of an epoch, with a limit', () => {
  const held = open(deriveForm({ derived: async () => [] }, 'runs/a'));
  const answers = answer(answer(held, 'epoch', '-1'), 'max-skips', '1');
  expect(shownCommand(formIn(answers))).toBe('nascent derive runs/a --epoch=-1 --max-skips 1');
});

test('a line is not wider than the terminal, however wide what is typed', () => {
  const held = answer(open(newRunForm(desk)), 'out', '界'.repeat(60));
  const lines = formLines(formIn(press(held, 'return')), { ...moment, columns: 40, rows: 19 });
  // Lines are cut where they are drawn; what is typed shows its end.
  expect(lines.map(textOf).some((line) => line.endsWith('界▏'))).toBe(true);
  expect(
    Math.max(...lines.filter((line) => textOf(line).includes('▏')).map(widthOfTalk)),
  ).toBeLessThanOrEqual(40);
});
