/** The interface as a whole, pure: a stack of screens, keys and news in, screens and effects out. */

import type { AnyScreen, Effect, Key, Moment, News } from './screen.ts';

export interface InterfaceState {
  /** The last is on top; never empty. */
  readonly screens: readonly [AnyScreen, ...AnyScreen[]];
  /** The keys of the screen on top are shown instead of it. */
  readonly help: boolean;
  readonly question:
    { readonly text: string; readonly yes: readonly Effect[]; readonly close?: true } | undefined;
  /** At the foot, until the next key. */
  readonly said: { readonly text: string; readonly bad: boolean } | undefined;
  /** Nothing is left to show: the interface ends. */
  readonly over: boolean;
}

export interface Stepped {
  readonly state: InterfaceState;
  readonly effects: readonly Effect[];
}

export function beginning(screen: AnyScreen): InterfaceState {
  return { screens: [screen], help: false, question: undefined, said: undefined, over: false };
}

export function topOf({ screens }: InterfaceState): AnyScreen {
  return screens.at(-1) ?? screens[0];
}

/** Keys that every screen has; a screen's own come first. */
const leaving: readonly Key[] = ['q', 'escape', 'ctrl-c'];

export function pressed(state: InterfaceState, key: Key, at: Moment): Stepped {
  const quiet: InterfaceState = { ...state, said: undefined };
  if (key === 'ctrl-c') return { state: { ...quiet, over: true }, effects: [] };
  if (state.question !== undefined) {
    const { yes, close } = state.question;
    const answered: InterfaceState = { ...quiet, question: undefined };
    if (key !== 'y' && key !== 'Y') return { state: say(answered, 'Left as it was.'), effects: [] };
    return { state: close === true ? closed(answered) : answered, effects: yes };
  }
  if (state.help) return { state: { ...quiet, help: false }, effects: [] };
  const top = topOf(state);
  const blocked = top.blocked(key);
  if (blocked !== undefined) return { state: say(quiet, blocked), effects: [] };
  const step = top.press(key, at);
  if (step === undefined) {
    if (key === '?') return { state: { ...quiet, help: true }, effects: [] };
    return { state: leaving.includes(key) ? closed(quiet) : quiet, effects: [] };
  }
  let next = withTop(quiet, step.screen);
  if (step.close === true) next = closed(next);
  if (step.open !== undefined) next = { ...next, screens: [...next.screens, step.open] };
  if (step.say !== undefined) next = say(next, step.say);
  if (step.ask !== undefined) next = { ...next, question: step.ask };
  return { state: next, effects: step.effects ?? [] };
}

/** Every screen is told, those below as well: they are looked at again. */
export function told(state: InterfaceState, news: News): InterfaceState {
  const [first, ...rest] = state.screens.map((screen) => screen.told(news));
  const screens = first === undefined ? state.screens : ([first, ...rest] as const);
  const isSame = screens.every((screen, i) => screen === state.screens[i]);
  const next = isSame ? state : { ...state, screens };
  if (news.kind === 'failed') return { ...next, said: { text: news.message, bad: true } };
  if (news.kind === 'worked' && typeof news.value === 'string') return say(next, news.value);
  return next;
}

function say(state: InterfaceState, text: string): InterfaceState {
  return { ...state, said: { text, bad: false } };
}

function withTop(state: InterfaceState, top: AnyScreen): InterfaceState {
  const [first, ...rest] = [...state.screens.slice(0, -1), top];
  return { ...state, screens: [first ?? top, ...rest] };
}

function closed(state: InterfaceState): InterfaceState {
  const [first, ...rest] = state.screens.slice(0, -1);
  return first === undefined ? { ...state, over: true } : { ...state, screens: [first, ...rest] };
}
