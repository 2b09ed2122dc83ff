import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { applySettings } from '../../../../src/tasks/settings/apply.ts';
import type { SettingsTable } from '../../../../src/tasks/settings/table.ts';
import { settingsTables } from '../../../../src/tasks/settings/tables.ts';
import { taskOf } from '../../../../src/tasks/tasks.ts';
import { exportForm } from '../../../../src/tui/interface/form/export-form.ts';
import { formLines } from '../../../../src/tui/interface/form/lines.ts';
import { newRunForm, trainForm } from '../../../../src/tui/interface/form/run-form.ts';
import { readAnswer } from '../../../../src/tui/interface/form/setting-words.ts';
import type { FormState } from '../../../../src/tui/interface/form/state.ts';
import {
  fieldsOf,
  isField,
  shownCommand,
  stops,
  underCursor,
} from '../../../../src/tui/interface/form/state.ts';
import { widthOfTalk } from '../../../../src/tui/width.ts';
import { tries } from '../../../support/properties.ts';
import { desk, exportDesk, moment } from './desk.ts';
import { answer, commandsAsTyped, formIn, open, press, textOf } from './held.ts';

commandsAsTyped();

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

test('a line is not wider than the terminal, however wide what is typed', () => {
  const held = answer(open(newRunForm(desk)), 'out', '界'.repeat(60));
  const lines = formLines(formIn(press(held, 'return')), { ...moment, columns: 40, rows: 19 });
  // Lines are cut where they are drawn; what is typed shows its end.
  expect(lines.map(textOf).some((line) => line.endsWith('界▏'))).toBe(true);
  expect(
    Math.max(...lines.filter((line) => textOf(line).includes('▏')).map(widthOfTalk)),
  ).toBeLessThanOrEqual(40);
});
