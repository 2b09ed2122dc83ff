/** Run folders as commands are given them. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { isDataName } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import type { ModelAndData } from '../../evaluate/language-model.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { commandLine, word } from '../render/next.ts';
import { trainedOn, type GivenData } from './data.ts';

/** The folder a run goes to if none is named: the first of `runs/search-1`, `runs/search-2` … that is free. */
export function freeRun(kind: string, folder = 'runs'): string {
  for (let number = 1; ; number++) {
    const path = join(folder, `${kind}-${number}`);
    if (!existsSync(path)) return path;
  }
}

/**
 * Refuses a folder that holds something, before time is spent on data and runtime. The run's maker checks it again.
 *
 * @param command what resumes a run there, such as `search`
 * @throws NascentError `run/exists`
 */
export function requireFree(path: string, command: string): void {
  if (existsSync(join(path, 'run.json'))) {
    throw new NascentError('run/exists', `${path} already holds a run`, {
      help: `Resume it: ${commandLine(`${command} --resume ${word(path)}`)}. Or give another folder.`,
    });
  }
  const isEmpty = () =>
    statSync(path).isDirectory() && readdirSync(path).every((name) => name.startsWith('.'));
  if (!existsSync(path) || isEmpty()) return;
  throw new NascentError('run/exists', `${path} is there already, and is not an empty folder`, {
    help: 'Give a folder that does not exist yet.',
  });
}

/**
 * What a model is probably made for: the data of the run in whose folder it lies, unless the file says others; else what
 * the file of a language model says, in the cache.
 */
export function likelyData(run: Run | undefined, about: ModelAndData): GivenData | undefined {
  const trained = run === undefined ? undefined : trainedOn(run);
  const own = trained !== undefined && taskOf(trained.data).name === about.kind ? trained : undefined;
  // What a file of images says, a part of a dataset among it, is looked at where the images are opened.
  if (about.kind === 'images') return own;
  const { dataset } = about.model;
  if (own !== undefined && (dataset === undefined || own.data === dataset)) return own;
  return dataset !== undefined && isDataName(dataset) ? { data: dataset } : undefined;
}

export interface GivenModel {
  readonly file: string;
  /** The run in whose folder the file lies, where it does: it says what data the model is for. */
  readonly run: Run | undefined;
  /** The same, where the file is its model: what is found out about it is written there. */
  readonly modelOf: Run | undefined;
}

const modelName = 'model.onnx';

/**
 * The model that a person means by a path: a file, or the model of a run.
 *
 * @throws NascentError `data/missing` with the command that makes it, `run/not-a-run`
 */
export function givenModel(path: string): GivenModel {
  if (!existsSync(path)) {
    throw new NascentError('data/missing', `${path} does not exist`, {
      help: `Give an .onnx file or a run folder. A run's model is made by: ${commandLine('export runs/…')}`,
    });
  }
  if (statSync(path).isDirectory()) {
    const run = openRun(path);
    const file = join(path, modelName);
    if (existsSync(file)) return { file, run, modelOf: run };
    throw new NascentError('data/missing', `${path} has no ${modelName} yet`, {
      help: `Make it: ${commandLine(`export ${word(path)}`)}`,
    });
  }
  const folder = dirname(path);
  const run = existsSync(join(folder, 'run.json')) ? openRun(folder) : undefined;
  return { file: path, run, modelOf: basename(path) === modelName ? run : undefined };
}

/**
 * The model file that a person means by a path, whoever made it: the file, or the one in a folder.
 *
 * @throws NascentError `data/missing`
 */
export function givenModelFile(path: string): string {
  const inside = join(path, modelName);
  if (existsSync(inside)) return inside;
  // Whatever run it may lie beside.
  return existsSync(path) && !statSync(path).isDirectory() ? path : givenModel(path).file;
}
