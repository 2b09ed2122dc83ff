/** A form that keys are pressed in. */
import { beforeEach, vi } from 'vitest';
import { beginning, pressed, topOf } from '../../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../../src/tui/interface/interface.ts';
import { underCursor } from '../../../../src/tui/interface/form/state.ts';
import type { FormState } from '../../../../src/tui/interface/form/state.ts';
import type { AnyScreen, Effect } from '../../../../src/tui/interface/screen.ts';
import { moment } from './desk.ts';

/** Shows commands as they are typed in a shell, in every test of the file. */
export function commandsAsTyped(): void {
  beforeEach(() => {
    vi.stubEnv('npm_lifecycle_event', undefined);
  });
}

export interface Held {
  readonly interface: InterfaceState;
  readonly effects: readonly Effect[];
}

export function press(held: Held, ...keys: readonly string[]): Held {
  return keys.reduce((before, key) => {
    const { state, effects } = pressed(before.interface, key, moment);
    return { interface: state, effects: [...before.effects, ...effects] };
  }, held);
}

export const open = (screen: AnyScreen): Held => ({ interface: beginning(screen), effects: [] });
export const formIn = ({ interface: state }: Held) => topOf(state).state as FormState;
export const type = (held: Held, text: string) =>
  press(held, ...Array.from(text, (each) => (each === ' ' ? 'space' : each)));

/** Goes to a field by finding it. */
export function goTo(held: Held, key: string): Held {
  const end = press(held, 'home');
  for (let at = end, i = 0; i < 80; i++, at = press(at, 'down')) {
    if (underCursor(formIn(at))?.key === key) return at;
  }
  throw new Error(`there is no field ${key}`);
}

export function answer(held: Held, key: string, text: string): Held {
  return press(type(press(goTo(held, key), 'return', 'ctrl-u'), text), 'return');
}

/** What a line says, its colours left out. */
export function textOf(talk: unknown): string {
  if (typeof talk === 'string') return talk;
  if (Array.isArray(talk)) return talk.map(textOf).join('');
  return (talk as { readonly text: string }).text;
}
