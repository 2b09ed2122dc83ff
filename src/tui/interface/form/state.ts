/** The state of a form, whatever it asks, and what moving, choosing and typing make of it. */

import { asTyped } from '../../command-line.ts';
import type { Action, Answers, Field, FormPlan, Found } from './field.ts';
import { typingAtEnd } from './typing.ts';
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
  /** What is known of the answers that stand for a command. */
  readonly checked: CheckedCommand | undefined;
  /** The run that it made, which takes its place. */
  readonly made: string | undefined;
}

export interface CheckedCommand {
  readonly command: string;
  readonly note: string | undefined;
  readonly wrong: PlacedWrong | undefined;
}

/** What is wrong, and the key of the field that says so; undefined where no field does. */
export interface PlacedWrong {
  readonly message: string;
  readonly key: string | undefined;
}

export interface Busy {
  readonly what: string;
  readonly command: string;
  readonly folder: string | undefined;
  readonly since: number;
  /** How far it is, once it says so. */
  readonly said?: string;
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
    checked: undefined,
    made: undefined,
  };
}

export function fieldsOf({ plan, answers }: FormState): readonly Field[] {
  return plan.fields(answers);
}

/** The command that the answers stand for, as one would type it. */
export function shownCommand({ plan, answers }: FormState): string {
  return asTyped(plan.command(answers));
}

/** What is known of the answers as they are now. */
export function checkedNow(state: FormState): CheckedCommand | undefined {
  return state.checked?.command === shownCommand(state) ? state.checked : undefined;
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

export function moved(state: FormState, by: number): FormState {
  const all = stops(state);
  const at = all.findIndex(({ key }) => key === underCursor(state)?.key);
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  return { ...state, cursor: next?.key ?? state.cursor };
}

/** How far a key goes. */
export const strides: Readonly<Record<string, number>> = {
  up: -1,
  'shift-tab': -1,
  down: 1,
  tab: 1,
  pageup: -8,
  pagedown: 8,
  home: -Infinity,
  end: Infinity,
};

export function answered(state: FormState, key: string, text: string | undefined): FormState {
  const { [key]: _, ...others } = state.answers;
  return { ...state, answers: text === undefined ? others : { ...others, [key]: text } };
}

/** The next of the choices of the field under the cursor, or the one before. */
export function chosen(state: FormState, by: number): FormState {
  const field = underCursor(state);
  if (!isField(field) || field.choices === undefined) return state;
  const { choices, text, key } = field;
  const at = choices.indexOf(text);
  const next = choices[(at + by + choices.length) % choices.length];
  return next === undefined ? state : answered(state, key, next);
}

export function beginTyping(state: FormState, first?: string): FormState {
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
