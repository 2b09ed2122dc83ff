/** Whether the terminal is this process's to draw on: after `bg`, or begun with `&`, it is the shell's. */

import { readFileSync } from 'node:fs';

/** True where it cannot be known: only Linux says it in a file. */
export function isInForeground(stat: () => string = () => readFileSync('/proc/self/stat', 'utf8')): boolean {
  try {
    // The name, in brackets, may hold spaces and brackets. After it: state, parent, group, session, terminal, the
    // terminal's foreground group.
    const text = stat();
    const [, , group, , , owner] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return group === owner || owner === '-1';
  } catch {
    return true;
  }
}
