/** Which data and which runs are text: commands send those to what recurrent cells need. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { isTextName, textNames, type TextName } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { hasTraining, trainingFolder } from '../../run/searched.ts';
import type { LanguageModel } from '../../evaluate/language-model.ts';
import { unknownName } from '../input/unknown-name.ts';

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

/** The text that the network of a run was trained on: that of the training within it, if it is of a search. */
export function trainedTextOf(run: Run): TextData | undefined {
  return textOf(hasTraining(run.path) ? openRun(trainingFolder(run.path)) : run);
}

/**
 * The text that a model is for: that of the run in whose folder it lies, unless the file says another; else the one that
 * the file says, in the cache.
 */
export function textFor(
  run: Run | undefined,
  { dataset }: Pick<LanguageModel, 'dataset'>,
): TextData | undefined {
  const own = run === undefined ? undefined : trainedTextOf(run);
  if (own !== undefined && (dataset === undefined || own.data === dataset)) return own;
  return dataset !== undefined && isTextName(dataset) ? { data: dataset } : undefined;
}

/** Whether a path is the run of a text. What is no run at all is for whoever opens it to say. */
export function isTextRun(path: string): boolean {
  return existsSync(join(path, 'run.json')) && textOf(openRun(path)) !== undefined;
}

/**
 * The cell of a search on text is trained on text, that of one on images on images. What is no run at all is for whoever
 * opens it to say.
 *
 * @throws NascentError `input/invalid` where the data are of the other kind
 */
export function requireItsKind(run: string, data: string): void {
  if (!existsSync(join(run, 'run.json')) || isTextRun(run) === isTextName(data)) return;
  const [searched, other] = isTextName(data) ? ['images', 'a text'] : ['text', 'images'];
  throw new NascentError('input/invalid', `${run} is of ${searched}, and ${data} is ${other}`, {
    help: 'Leave --data out to train on what was searched on.',
  });
}

/** Whether a command is about text: by the run that it is given, or by its `--data`. */
export function isAboutText(run: string | undefined, data: string | undefined): boolean {
  if (data !== undefined) return isTextName(data);
  return run !== undefined && isTextRun(run);
}

/**
 * The text that was asked for: by name, by a folder, or by both; what is left out is as the run's own text is. A run may
 * be gone on with elsewhere, so the folder is written down whole.
 *
 * @param own the text of the run that the command is given, where it is given one
 * @throws NascentError `input/unknown` where the name is none of a text
 */
export function givenText(
  { data, from }: { readonly data?: string | undefined; readonly from?: string | undefined },
  own?: TextData,
): TextData {
  const meant = data ?? own?.data;
  if (meant === undefined) {
    const what =
      from === undefined ? 'no text was named' : `--from ${from} is a text of which the name was not given`;
    throw new NascentError('input/invalid', what, {
      help: `Name it with --data: ${textNames.join(', ')}; text is one of your own.`,
    });
  }
  if (!isTextName(meant)) throw unknownName('text', meant, textNames);
  if (from !== undefined) return { data: meant, from: resolve(from) };
  return own !== undefined && meant === own.data ? own : { data: meant };
}

/** @throws NascentError `input/invalid` where one of these was given, which are for images */
export function refuseForText(flags: Readonly<Record<string, unknown>>): void {
  refuseGiven(flags, 'is for images, and this is about text');
}

/** @throws NascentError `input/invalid` where one of these was given, which are for texts */
export function refuseForImages(flags: Readonly<Record<string, unknown>>): void {
  refuseGiven(flags, 'is for texts, and this is about images');
}

/** @throws NascentError `input/invalid` where one of these was given, and `why` that is of no use */
export function refuseGiven(flags: Readonly<Record<string, unknown>>, why: string): void {
  const stray = Object.keys(flags).find((name) => flags[name] !== undefined && flags[name] !== false);
  if (stray === undefined) return;
  const option = stray.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new NascentError('input/invalid', `--${option} ${why}`, { help: `Leave --${option} out.` });
}

/** @throws NascentError `input/invalid` where a folder of text was given, and the data are images */
export function refuseFrom(from: string | undefined, data: string): void {
  if (from === undefined) return;
  throw new NascentError('input/invalid', `--from ${from} is for text, and ${data} is not`, {
    help: `Leave --from out, or name a text with --data: ${textNames.join(', ')}.`,
  });
}
