/** What to type after a search or a training was interrupted. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { commandLine, word } from './next.ts';

/** @param command the one that resumes the run in `path` */
export function howToResume(command: 'search' | 'train', path: string): string {
  return existsSync(join(path, 'run.json'))
    ? `Resume it: ${commandLine(`${command} --resume ${word(path)}`)}`
    : 'It had not begun, and left nothing behind.';
}
