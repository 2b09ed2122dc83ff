/** Which data and which runs are text: commands send those to what recurrent cells need. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { isTextName, textNames, type TextName } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { unknownName } from '../unknown-name.ts';

/** A text, and where it is where that is not the cache. */
export interface TextData {
  readonly data: TextName;
  readonly from?: string;
}

/** The text that a run was made with; undefined for a run of images. */
export function textOf(run: Run): TextData | undefined {
  const { data, from } = run.record().config;
  if (typeof data !== 'string' || !isTextName(data)) return undefined;
  return { data, ...(typeof from === 'string' && { from }) };
}

/** Whether a path is the run of a text. What is no run at all is for whoever opens it to say. */
export function isTextRun(path: string): boolean {
  return existsSync(join(path, 'run.json')) && textOf(openRun(path)) !== undefined;
}

/** Whether a command is about text: by the run that it is given, or by its `--data`. */
export function isAboutText(run: string | undefined, data: string | undefined): boolean {
  if (data !== undefined) return isTextName(data);
  return run !== undefined && isTextRun(run);
}

/** The text that was asked for. A run may be gone on with elsewhere, so the folder is written down whole. */
export function givenText(data: string | undefined, from: string | undefined): TextData {
  if (data === undefined || !isTextName(data)) throw unknownName('text', data ?? '', textNames);
  return { data, ...(from !== undefined && { from: resolve(from) }) };
}

/** @throws NascentError `input/invalid` where one of these was given, which are for images */
export function refuseForText(flags: Readonly<Record<string, unknown>>): void {
  const stray = Object.keys(flags).find((name) => flags[name] !== undefined && flags[name] !== false);
  if (stray === undefined) return;
  const option = stray.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new NascentError('input/invalid', `--${option} is for images, and this is about text`, {
    help: `Leave --${option} out.`,
  });
}

/** @throws NascentError `input/invalid` where a folder of text was given, and the data are images */
export function refuseFrom(from: string | undefined, data: string): void {
  if (from === undefined) return;
  throw new NascentError('input/invalid', `--from ${from} is for text, and ${data} is not`, {
    help: `Leave --from out, or name a text with --data: ${textNames.join(', ')}.`,
  });
}
