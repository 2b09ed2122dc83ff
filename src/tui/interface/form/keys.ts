/** The keys of a form: at rest, while a text is typed, while a field is looked for. */

import type { KeyRow, Step } from '../screen.ts';
import { begin, checked } from './begin.ts';
import type { Action } from './field.ts';
import {
  answered,
  beginTyping,
  chosen,
  fieldsOf,
  isField,
  matching,
  moved,
  strides,
  underCursor,
} from './state.ts';
import type { FormState } from './state.ts';
import { typed, typingAtEnd } from './typing.ts';

/** Before every key what is usual is looked up again, and after it the answers are looked at, if they are others then. */
export function keysOf(state: FormState): readonly KeyRow<FormState>[] {
  return rowsOf(state).map((row) => ({
    ...row,
    press(before, key, at) {
      const step = row.press(renewed(before), key, at);
      return step.state === undefined ? step : { ...step, state: checked(step.state) };
    },
  }));
}

/** Not while something goes on: what is made then is what was asked for. */
function renewed(state: FormState): FormState {
  const { plan, busy } = state;
  return plan.renewed === undefined || Object.keys(busy).length > 0
    ? state
    : { ...state, plan: plan.renewed() };
}

function rowsOf(state: FormState): readonly KeyRow<FormState>[] {
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
        if (!isField(stop)) return goesOn(state, stop) ?? begin(state, stop.key, at);
        return { state: stop.choices === undefined ? beginTyping(state) : chosen(state, 1) };
      },
    },
    ...plan.actions.map((action): KeyRow<FormState> => ({
      keys: [action.letter],
      shown: action.letter,
      label: action.label,
      help: action.help,
      blocked: (state) => goesOn(state, action)?.say,
      press: (state, _, at) => begin(state, action.key, at),
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
