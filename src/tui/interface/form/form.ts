/** A form, whatever it asks, as a screen. Pure; which fields there are, and what the answers mean, its plan says. */

import { resolve } from 'node:path';

import type { TableRow } from '../../table.ts';
import type { AnyScreen, News, ScreenKind } from '../screen.ts';
import { screenOf } from '../screen.ts';
import { watchScreen, watchState } from '../watch/watch.ts';
import { checked, placed, refused } from './begin.ts';
import type { Answers, FormPlan } from './field.ts';
import { keysOf } from './keys.ts';
import { formState } from './state.ts';
import type { FormState } from './state.ts';

function told(state: FormState, news: News): FormState {
  if (news.kind === 'watched') {
    const isMade = Object.values(state.busy).some(
      ({ folder }) => folder !== undefined && resolve(folder) === news.watched.path,
    );
    return isMade ? { ...state, made: news.watched.path } : state;
  }
  if (news.kind !== 'worked' && news.kind !== 'failed' && news.kind !== 'working') return state;
  const [key, ended] = Object.entries(state.busy).find(([, { what }]) => what === news.what) ?? [];
  if (key === undefined || ended === undefined) return state;
  if (news.kind === 'working')
    return { ...state, busy: { ...state.busy, [key]: { ...ended, said: news.text } } };
  const { [key]: _, ...busy } = state.busy;
  if (news.kind === 'failed') {
    return refused({ ...state, busy }, ended.command, placed(state, { message: news.message }));
  }
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
  return screenOf(formScreen, checked(formState(plan, answers)));
}
