/** Keys as the interface names them, from a terminal in raw mode. */

import { emitKeypressEvents } from 'node:readline';

import type { Key } from './screen.ts';

interface Pressed {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/**
 * Listens to keys until what it returns is called. The stream is left as it was, and paused. What was typed before waits
 * in the terminal, was meant for something else, and is passed over.
 *
 * @param begin called once keys are heard, so that whoever sees what it draws is heard
 */
export function listenToKeys(
  input: NodeJS.ReadStream,
  onKey: (key: Key) => void,
  begin: () => void,
): () => void {
  const wasRaw = input.isRaw;
  let isOver = false;
  const listen = (text: string | undefined, key: Pressed) => {
    const named = keyOf(text, key);
    if (named !== undefined) onKey(named);
  };
  emitKeypressEvents(input);
  const passOver = () => {};
  input.on('keypress', passOver);
  input.setRawMode?.(true);
  input.resume();
  // What waits is read by the next turn of the event loop, whose end comes before the second of these.
  setImmediate(() =>
    setImmediate(() => {
      input.off('keypress', passOver);
      if (isOver) return;
      input.on('keypress', listen);
      begin();
    }),
  );
  return () => {
    isOver = true;
    input.off('keypress', listen);
    input.setRawMode?.(wasRaw);
    input.pause();
  };
}

/** The name of a key; what is typed is itself, such as `Q` or `/`. Undefined for what no screen has a use for. */
export function keyOf(
  text: string | undefined,
  { name, sequence, ctrl, meta, shift }: Pressed,
): Key | undefined {
  if (ctrl === true) return name === undefined ? undefined : `ctrl-${name}`;
  if (name === 'enter') return 'return';
  if (name === 'tab') return shift === true ? 'shift-tab' : 'tab';
  if (name !== undefined && named.has(name)) return name;
  const typed = text ?? sequence;
  if (meta === true || typed === undefined) return undefined;
  if (typed === ' ') return 'space';
  // What a terminal sends for keys that are not known here is several characters, or a control character.
  return /^\P{Cc}$/u.test(typed) ? typed : undefined;
}

const named: ReadonlySet<string> = new Set([
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'pageup',
  'pagedown',
  'return',
  'escape',
  'backspace',
  'delete',
  'space',
]);
