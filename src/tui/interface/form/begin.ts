/** How a form does what it is for, and what it says where it cannot. */

import type { Moment, Step } from '../screen.ts';
import type { Field, Wrong } from './field.ts';
import { checkedNow, fieldsOf, shownCommand, underCursor } from './state.ts';
import type { Busy, FormState, PlacedWrong } from './state.ts';

/** Looks at the answers together once they have changed and nothing is being typed. */
export function checked(state: FormState): FormState {
  if (state.typing !== undefined || checkedNow(state) !== undefined) return state;
  return wrongField(state) === undefined ? looked(state) : state;
}

function wrongField(state: FormState): Field | undefined {
  return fieldsOf(state).find((field) => field.wrong !== undefined);
}

function looked(state: FormState): FormState {
  const { wrong, note } = state.plan.check(state.answers);
  return {
    ...state,
    checked: {
      command: shownCommand(state),
      note,
      wrong: wrong === undefined ? undefined : placed(state, wrong),
    },
  };
}

/** Begins an action, where all is right; otherwise says what is not, with the cursor on it. */
export function begin(state: FormState, key: string, { now }: Moment): Step<FormState> {
  const action = state.plan.actions.find((each) => each.key === key);
  if (action === undefined) return {};
  const wrong = wrongField(state);
  if (wrong !== undefined) {
    return { state: { ...state, cursor: wrong.key }, say: `${wrong.label}: ${wrong.wrong ?? ''}` };
  }
  // Files may have changed since.
  const fresh = looked(state);
  const { answers, plan } = state;
  const own = action.wrong?.(answers);
  const together = own === undefined ? fresh.checked?.wrong : placed(state, own);
  if (together !== undefined)
    return { state: refused(state, shownCommand(state), together), say: together.message };
  const isHere = underCursor(state)?.key === key;
  if (!isHere && action.before !== undefined && !isMeasured(state))
    return { state: { ...fresh, cursor: key }, say: action.before(answers) };
  const given = plan.command(answers);
  const effect = action.effect(given, `${action.key} ${given.join(' ')}`);
  if (action.opens !== undefined) {
    const say = `$ ${shownCommand(state)}`;
    return { effects: [effect], say, close: true, open: action.opens() };
  }
  const busy: Busy = {
    what: effect.kind === 'work' ? effect.what : given.join(' '),
    command: shownCommand(state),
    folder: action.runFolder?.(answers),
    since: now,
  };
  return {
    state: { ...fresh, cursor: key, busy: { ...state.busy, [action.key]: busy }, found: undefined },
    effects: [effect],
  };
}

/** Whether it was measured what these very answers come to: who has seen that knows what begins. */
function isMeasured(state: FormState): boolean {
  const { found } = state;
  return found !== undefined && !found.bad && found.command === shownCommand(state);
}

/** What was refused is said below the field that it is about, with the cursor on it. */
export function refused(state: FormState, command: string, wrong: PlacedWrong): FormState {
  return {
    ...state,
    cursor: wrong.key ?? state.cursor,
    found: undefined,
    checked: { command, note: undefined, wrong },
  };
}

export function placed(state: FormState, { message, field }: Wrong): PlacedWrong {
  const fields = fieldsOf(state);
  const meant = fields.find(({ key }) => key === field) ?? fieldNamed(fields, message);
  return { message, key: meant?.key };
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
