/** How a form does what it is for, and what it says where it cannot. */

import type { Moment, Step } from '../screen.ts';
import type { Action, Field } from './field.ts';
import { fieldsOf, shownCommand } from './state.ts';
import type { Busy, FormState } from './state.ts';

/** Begins an action, where all is right; otherwise says what is not, with the cursor on it. */
export function begin(state: FormState, action: Action, { now }: Moment): Step<FormState> {
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
export function refused(state: FormState, command: string, message: string): FormState {
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
