/** The interface as a whole, pure: a stack of screens, keys and news in, screens and effects out. */

import { isTooSmall } from './frame.ts';
import { helpScrolled } from './help.ts';
import type { AnyScreen, Effect, Key, Moment, News } from './screen.ts';

export interface InterfaceState {
  /** The last is on top; never empty. */
  readonly screens: readonly [AnyScreen, ...AnyScreen[]];
  /** The keys of the screen on top are shown instead of it. */
  readonly help: boolean;
  /** How many lines of them were scrolled away above. */
  readonly helpTop: number;
  readonly question:
    { readonly text: string; readonly yes: readonly Effect[]; readonly close?: true } | undefined;
  /** At the foot, above the keys, until the next key or until there was time to read it. */
  readonly said: Said | undefined;
  /** Nothing is left to show: the interface ends. */
  readonly over: boolean;
}

export interface Said {
  readonly text: string;
  readonly bad: boolean;
  /** When it was first seen to be there; undefined before anybody looked. */
  readonly since?: number;
}

export interface Stepped {
  readonly state: InterfaceState;
  readonly effects: readonly Effect[];
}

export function beginning(screen: AnyScreen): InterfaceState {
  return {
    screens: [screen],
    help: false,
    helpTop: 0,
    question: undefined,
    said: undefined,
    over: false,
  };
}

export function topOf({ screens }: InterfaceState): AnyScreen {
  return screens.at(-1) ?? screens[0];
}

/** Keys that every screen has; a screen's own come first. */
const leaving: readonly Key[] = ['q', 'escape', 'ctrl-c'];

export function pressed(state: InterfaceState, key: Key, at: Moment): Stepped {
  const quiet: InterfaceState = { ...state, said: undefined };
  if (key === 'ctrl-c') return { state: { ...quiet, over: true }, effects: [] };
  if (isTooSmall(at)) return unseen(state, key, at);
  if (state.question !== undefined) {
    const { yes, close } = state.question;
    const answered: InterfaceState = { ...quiet, question: undefined };
    if (key !== 'y' && key !== 'Y') return { state: say(answered, 'Left as it was.'), effects: [] };
    return { state: close === true ? closed(answered) : answered, effects: yes };
  }
  const top = topOf(state);
  if (state.help) {
    const helpTop = helpScrolled(top, state.helpTop, key, at);
    const next = helpTop === undefined ? { ...quiet, help: false } : { ...quiet, helpTop };
    return { state: next, effects: [] };
  }
  const blocked = top.blocked(key);
  if (blocked !== undefined) return { state: say(quiet, blocked), effects: [] };
  const step = top.press(key, at);
  if (step === undefined) {
    if (key === '?') return { state: { ...quiet, help: true, helpTop: 0 }, effects: [] };
    return { state: leaving.includes(key) ? closed(quiet) : quiet, effects: [] };
  }
  let next = withTop(quiet, step.screen);
  if (step.close === true) next = closed(next);
  if (step.open !== undefined) next = { ...next, screens: [...next.screens, step.open] };
  if (step.say !== undefined) next = say(next, step.say);
  if (step.ask !== undefined) next = { ...next, question: step.ask };
  return { state: next, effects: step.effects ?? [] };
}

/** Where nothing is shown one can leave, and do nothing that one would not see: no question is asked or answered. */
function unseen(state: InterfaceState, key: Key, at: Moment): Stepped {
  const left =
    leaving.includes(key) && state.question === undefined && topOf(state).press(key, at)?.ask === undefined;
  return { state: left ? closed({ ...state, said: undefined, help: false }) : state, effects: [] };
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

/** How long what was said stays where nobody presses a key. A failure is read again, and perhaps written down. */
const stays = { well: 8_000, bad: 30_000 } as const;

/** The state at `now`: what was said a while ago is gone. */
export function aged(state: InterfaceState, now: number): InterfaceState {
  const { said } = state;
  if (said === undefined) return state;
  if (said.since === undefined) return { ...state, said: { ...said, since: now } };
  return now - said.since < stays[said.bad ? 'bad' : 'well'] ? state : { ...state, said: undefined };
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
