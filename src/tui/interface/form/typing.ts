/** A line of text that is being typed, with a caret between two of its characters. */

export interface Typing {
  readonly text: string;
  /** Characters before the caret. */
  readonly caret: number;
}

export function typingAtEnd(text: string): Typing {
  return { text, caret: Array.from(text).length };
}

/** Undefined for a key that does nothing to a text. */
export function typed({ text, caret }: Typing, key: string): Typing | undefined {
  const characters = Array.from(text);
  const [before, after] = [characters.slice(0, caret), characters.slice(caret)];
  const made = (left: readonly string[], right: readonly string[]): Typing => ({
    text: [...left, ...right].join(''),
    caret: left.length,
  });
  switch (key) {
    case 'left':
      return made(before.slice(0, -1), [...before.slice(-1), ...after]);
    case 'right':
      return made([...before, ...after.slice(0, 1)], after.slice(1));
    case 'home':
    case 'ctrl-a':
      return made([], characters);
    case 'end':
    case 'ctrl-e':
      return made(characters, []);
    case 'backspace':
      return made(before.slice(0, -1), after);
    case 'delete':
      return made(before, after.slice(1));
    case 'ctrl-u':
      return made([], after);
    case 'ctrl-k':
      return made(before, []);
    default: {
      const character = key === 'space' ? ' ' : key;
      // The names of keys are longer than what they type.
      return Array.from(character).length === 1 ? made([...before, character], after) : undefined;
    }
  }
}
