/**
 * A form, whatever it asks: moving between its fields, typing, finding one, and doing what it is for. Pure; which fields
 * there are, and what the answers mean, its plan says.
 */

import { resolve } from 'node:path';

import { commandLine, word } from '../../command-line.ts';
import type { TableRow } from '../../table.ts';
import type { AnyScreen, KeyRow, Moment, News, ScreenKind, Step } from '../screen.ts';
import { screenOf } from '../screen.ts';
import { watchScreen, watchState } from '../watch/watch.ts';
import type { Action, Answers, Field, FormPlan, Found } from './field.ts';
import { typed, typingAtEnd } from './typing.ts';
import type { Typing } from './typing.ts';

export interface FormState {
  readonly plan: FormPlan;
  readonly answers: Answers;
  /** What was answered when it was opened. */
  readonly given: Answers;
  /** The key of the field or action under the cursor; the first field where it is gone. */
  readonly cursor: string;
  /** The text under the cursor, while it is typed; and what was answered before. */
  readonly typing: (Typing & { readonly before: string | undefined }) | undefined;
  /** What is looked for among the fields, while it is typed; and where the cursor was before. */
  readonly finding: { readonly text: string; readonly from: string } | undefined;
  /** Actions that go on, by their keys: what they are called in news, and the run folder that they make. */
  readonly busy: Readonly<Record<string, Busy>>;
  readonly found: Found | undefined;
  /** The run that it made, which takes its place. */
  readonly made: string | undefined;
}

interface Busy {
  readonly what: string;
  readonly command: string;
  readonly folder: string | undefined;
  readonly since: number;
}

export function formState(plan: FormPlan, answers: Answers = {}): FormState {
  const [first] = plan.fields(answers);
  return {
    plan,
    answers,
    given: answers,
    cursor: first?.key ?? '',
    typing: undefined,
    finding: undefined,
    busy: {},
    found: undefined,
    made: undefined,
  };
}

export function fieldsOf({ plan, answers }: FormState): readonly Field[] {
  return plan.fields(answers);
}

/** The command that the answers stand for, as one would type it. */
export function shownCommand({ plan, answers }: FormState): string {
  return commandLine(plan.command(answers).map(word).join(' '));
}

/** What the cursor can be on, in order: actions are after the first group, where what one always answers is. */
export function stops(state: FormState): readonly (Field | Action)[] {
  const fields = fieldsOf(state);
  const first = fields.filter(({ group }) => group === fields[0]?.group);
  return [...first, ...state.plan.actions, ...fields.slice(first.length)];
}

export function underCursor(state: FormState): Field | Action | undefined {
  const all = stops(state);
  return all.find(({ key }) => key === state.cursor) ?? all[0];
}

export function isField(stop: Field | Action | undefined): stop is Field {
  return stop !== undefined && 'facts' in stop;
}

function moved(state: FormState, by: number): FormState {
  const all = stops(state);
  const at = all.findIndex(({ key }) => key === underCursor(state)?.key);
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  return { ...state, cursor: next?.key ?? state.cursor };
}

const strides: Readonly<Record<string, number>> = {
  up: -1,
  'shift-tab': -1,
  down: 1,
  tab: 1,
  pageup: -8,
  pagedown: 8,
  home: -Infinity,
  end: Infinity,
};

function answered(state: FormState, key: string, text: string | undefined): FormState {
  const { [key]: _, ...others } = state.answers;
  return { ...state, answers: text === undefined ? others : { ...others, [key]: text } };
}

/** The next of the choices of the field under the cursor, or the one before. */
function chosen(state: FormState, by: number): FormState {
  const field = underCursor(state);
  if (!isField(field) || field.choices === undefined) return state;
  const { choices, text, key } = field;
  const at = choices.indexOf(text);
  const next = choices[(at + by + choices.length) % choices.length];
  return next === undefined ? state : answered(state, key, next);
}

function beginTyping(state: FormState, first?: string): FormState {
  const field = underCursor(state);
  if (!isField(field) || field.choices !== undefined) return state;
  const before = state.answers[field.key];
  if (first === undefined)
    return { ...state, cursor: field.key, typing: { ...typingAtEnd(field.text), before } };
  return {
    ...answered(state, field.key, first),
    cursor: field.key,
    typing: { ...typingAtEnd(first), before },
  };
}

/** Begins an action, where all is right; otherwise says what is not, with the cursor on it. */
function begin(state: FormState, action: Action, { now }: Moment): Step<FormState> {
  const wrong = fieldsOf(state).find((field) => field.wrong !== undefined);
  if (wrong !== undefined) {
    return { state: { ...state, cursor: wrong.key }, say: `${wrong.label}: ${wrong.wrong ?? ''}` };
  }
  const { answers, plan } = state;
  const together = action.wrong(answers);
  if (together !== undefined) return { state: refused(state, shownCommand(state), together), say: together };
  const given = plan.command(answers);
  const effect = action.effect(given, `${action.key} ${given.join(' ')}`);
  const busy: Busy = {
    what: effect.kind === 'work' ? effect.what : given.join(' '),
    command: shownCommand(state),
    folder: action.runFolder?.(answers),
    since: now,
  };
  return {
    state: { ...state, busy: { ...state.busy, [action.key]: busy }, found: undefined },
    effects: [effect],
  };
}

/** What was refused is shown until the next action, and the cursor is on the first field that it names. */
function refused(state: FormState, command: string, message: string): FormState {
  const named = fieldNamed(fieldsOf(state), message);
  return {
    ...state,
    cursor: named?.key ?? state.cursor,
    found: { command, bad: true, rows: [['refused', message]] },
  };
}

/** The field whose name a message has first; or else whose text it has, the longest of them. */
function fieldNamed(fields: readonly Field[], message: string): Field | undefined {
  const words = message.split(/[^\w-]+/);
  const named = words.flatMap((each) => fields.find(({ key }) => key === each) ?? []);
  const [quoted] = fields
    .filter(({ text, choices }) => choices === undefined && text.length > 2 && message.includes(text))
    .toSorted((a, b) => b.text.length - a.text.length);
  return named[0] ?? quoted;
}

function keysOf(state: FormState): readonly KeyRow<FormState>[] {
  if (state.typing !== undefined) return typing;
  return state.finding === undefined ? resting(state) : finding;
}

function resting({ plan }: FormState): readonly KeyRow<FormState>[] {
  return [
    {
      keys: Object.keys(strides),
      shown: '↑↓',
      label: 'move',
      help: 'go to another field; tab as well, page up and page down by eight',
      press: (state, key) => ({ state: moved(state, strides[key] ?? 0) }),
    },
    {
      keys: ['left', 'right'],
      shown: '←→',
      label: 'choose',
      help: 'take the next choice, or the one before',
      blocked: (state) => {
        const field = underCursor(state);
        return isField(field) && field.choices !== undefined
          ? undefined
          : 'It has no choices: enter goes on.';
      },
      press: (state, key) => ({ state: chosen(state, key === 'left' ? -1 : 1) }),
    },
    {
      keys: ['return', 'space'],
      shown: 'enter',
      label: 'edit',
      help: 'type a text, take the next choice, or do what is under the cursor',
      press(state, _, at) {
        const stop = underCursor(state);
        if (stop === undefined) return {};
        if (!isField(stop)) return goesOn(state, stop) ?? begin(state, stop, at);
        return { state: stop.choices === undefined ? beginTyping(state) : chosen(state, 1) };
      },
    },
    ...plan.actions.map((action): KeyRow<FormState> => ({
      keys: [action.letter],
      shown: action.letter,
      label: action.key,
      help: action.help,
      blocked: (state) => goesOn(state, action)?.say,
      press: (state, _, at) => begin({ ...state, cursor: action.key }, action, at),
    })),
    {
      keys: ['/'],
      shown: '/',
      label: 'find',
      help: 'find a field by its name, or by what it is',
      press: (state) => ({ state: { ...state, finding: { text: '', from: state.cursor } } }),
    },
    {
      keys: Array.from('0123456789.-'),
      shown: '0–9',
      help: 'type a number in the place of what is there',
      blocked: (state) => {
        const field = underCursor(state);
        return isField(field) && field.choices === undefined ? undefined : 'It is not typed.';
      },
      press: (state, key) => ({ state: beginTyping(state, key) }),
    },
    {
      keys: ['backspace', 'delete'],
      shown: 'backspace',
      label: 'reset',
      help: 'put the field back to what is usual',
      press: (state) => ({ state: answered(state, underCursor(state)?.key ?? '', undefined) }),
    },
    {
      keys: ['q', 'escape'],
      shown: 'q',
      label: 'leave',
      help: 'leave; what was started goes on. Asks where something was answered',
      press: (state) =>
        fieldsOf(state).some(({ key, differs, text }) => differs && text !== state.given[key])
          ? { ask: { text: 'Leave, and forget what you answered?', yes: [], close: true } }
          : { close: true },
    },
  ];
}

function goesOn({ busy }: FormState, { key, meanwhile }: Action): Step<FormState> | undefined {
  return busy[key] === undefined ? undefined : { say: `It goes on already: ${meanwhile}` };
}

/** While a text is typed. */
const typing: readonly KeyRow<FormState>[] = [
  {
    keys: ['return'],
    shown: 'enter',
    label: 'done',
    help: 'keep what is typed',
    press: (state) => ({ state: { ...state, typing: undefined } }),
  },
  {
    keys: ['tab', 'down', 'shift-tab', 'up'],
    shown: 'tab',
    label: 'next',
    help: 'keep what is typed, and go to the next field; shift and tab to the one before',
    press: (state, key) => ({ state: moved({ ...state, typing: undefined }, strides[key] ?? 0) }),
  },
  {
    keys: ['escape'],
    shown: 'esc',
    label: 'undo',
    help: 'put back what was there',
    press: (state) => ({
      state: { ...answered(state, state.cursor, state.typing?.before), typing: undefined },
    }),
  },
  {
    keys: ['any'],
    shown: '←→',
    help: 'move, type, take away; ctrl-u takes all before the caret away',
    press(state, key) {
      const { cursor, typing: now } = state;
      const next = now === undefined ? undefined : typed(now, key);
      if (now === undefined || next === undefined) return {};
      return { state: { ...answered(state, cursor, next.text), typing: { ...next, before: now.before } } };
    },
  },
];

/** While it is typed what to find. */
const finding: readonly KeyRow<FormState>[] = [
  {
    keys: ['return'],
    shown: 'enter',
    label: 'go there',
    help: 'stay on the field that was found',
    press: (state) => ({ state: { ...state, finding: undefined } }),
  },
  {
    keys: ['down', 'tab', 'up', 'shift-tab'],
    shown: '↑↓',
    label: 'next',
    help: 'go to the next field that has it, or the one before',
    press(state, key) {
      const matches = matching(state, state.finding?.text ?? '');
      const at = matches.findIndex((field) => field.key === state.cursor);
      const next =
        matches[(at + Math.sign(strides[key] ?? 0) + matches.length) % Math.max(1, matches.length)];
      return { state: { ...state, cursor: next?.key ?? state.cursor } };
    },
  },
  {
    keys: ['escape'],
    shown: 'esc',
    label: 'back',
    help: 'go back to where the cursor was',
    press: (state) => ({
      state: { ...state, cursor: state.finding?.from ?? state.cursor, finding: undefined },
    }),
  },
  {
    keys: ['any'],
    shown: 'a–z',
    help: 'what the name of the field, or its help, has',
    press(state, key) {
      const { finding: now } = state;
      const next = now === undefined ? undefined : typed(typingAtEnd(now.text), key);
      if (now === undefined || next === undefined) return {};
      const [match] = next.text === '' ? [] : matching(state, next.text);
      return {
        state: { ...state, cursor: match?.key ?? state.cursor, finding: { ...now, text: next.text } },
      };
    },
  },
];

/** The fields that have a text: those whose names begin with it, those whose names have it, those whose help has. */
export function matching(state: FormState, text: string): readonly Field[] {
  const wanted = text.trim().toLowerCase().replaceAll(/\s+/g, '_');
  const inWords = text.trim().toLowerCase();
  const rank = ({ label, help }: Field) => {
    const name = label.toLowerCase().replaceAll(/\s+/g, '_');
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    return help.toLowerCase().includes(inWords) ? 2 : 3;
  };
  return fieldsOf(state)
    .filter((field) => rank(field) < 3)
    .toSorted((a, b) => rank(a) - rank(b));
}

function told(state: FormState, news: News): FormState {
  if (news.kind === 'watched') {
    const isMade = Object.values(state.busy).some(
      ({ folder }) => folder !== undefined && resolve(folder) === news.watched.path,
    );
    return isMade ? { ...state, made: news.watched.path } : state;
  }
  if (news.kind !== 'worked' && news.kind !== 'failed') return state;
  const [key, ended] = Object.entries(state.busy).find(([, { what }]) => what === news.what) ?? [];
  if (key === undefined || ended === undefined) return state;
  const { [key]: _, ...busy } = state.busy;
  if (news.kind === 'failed') return refused({ ...state, busy }, ended.command, news.message);
  // A run that was made is looked for until it is seen.
  if (ended.folder !== undefined) return state;
  const rows = news.value as readonly TableRow[];
  return { ...state, busy, found: { command: ended.command, bad: false, rows } };
}

export const formScreen: ScreenKind<FormState> = {
  name: 'form',
  title: ({ plan, answers }) => plan.title(answers),
  keys: keysOf,
  needs: ({ busy }) => ({
    runs: Object.values(busy).flatMap(({ folder }) => (folder === undefined ? [] : [resolve(folder)])),
    work: Object.values(busy).map(({ what }) => what),
  }),
  told,
  becomes: ({ made }) => (made === undefined ? undefined : screenOf(watchScreen, watchState(made))),
};

/** A form as a screen. */
export function formOf(plan: FormPlan, answers: Answers = {}): AnyScreen {
  return screenOf(formScreen, formState(plan, answers));
}
