/** Run directories as commands are given them. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { z } from 'zod';

import { datasetNames, sourceNames } from '../../data/datasets.ts';
import type { DatasetName, SourceName } from '../../data/datasets.ts';
import { datasetNamed } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { Run } from '../../run/directory.ts';
import { parseRecorded } from '../../run/config.ts';
import { hasTraining, trainingFolder } from '../../run/searched.ts';
import { commandLine, word } from '../render/next.ts';
import { textOf } from '../rnn/text-data.ts';

/** The folder a run goes to if none is named: the first of `runs/search-1`, `runs/search-2` … that is free. */
export function freeRun(kind: string): string {
  for (let number = 1; ; number++) {
    const path = join('runs', `${kind}-${number}`);
    if (!existsSync(path)) return path;
  }
}

/**
 * Refuses a folder that holds something, before time is spent on data and engine. The run's maker checks it again.
 *
 * @param command what goes on with a run there, such as `search`
 * @throws NascentError `run/exists`
 */
export function requireFree(path: string, command: string): void {
  if (existsSync(join(path, 'run.json'))) {
    throw new NascentError('run/exists', `${path} already holds a run`, {
      help: `Go on with it: ${commandLine(`${command} --resume ${word(path)}`)}. Or give another folder.`,
    });
  }
  const isEmpty = () =>
    statSync(path).isDirectory() && readdirSync(path).every((name) => name.startsWith('.'));
  if (!existsSync(path) || isEmpty()) return;
  throw new NascentError('run/exists', `${path} is there already, and is not an empty folder`, {
    help: 'Give a folder that does not exist yet.',
  });
}

/** The data set in memory that a search or a demo was made with. */
export function dataOf(run: Run): DatasetName {
  return parseRecorded(z.object({ data: z.enum(datasetNames) }), run.record().config, run.path).data;
}

export interface ImageData {
  readonly data: SourceName;
  /** For `imagenet`: the folder that holds it. */
  readonly from?: string | undefined;
}

const ofImages = z.object({ data: z.enum(sourceNames), from: z.string().optional() });

/** The images that the network of a run was trained on: those of the training within it, if it is of a search. */
export function trainedOn(run: Run): ImageData {
  const trained = hasTraining(run.path) ? openRun(trainingFolder(run.path)) : run;
  return parseRecorded(ofImages, trained.record().config, trained.path);
}

/**
 * The images to run a model on: those asked for, else those that its run was trained on. Undefined where neither says.
 *
 * @throws NascentError `input/invalid` where a folder was given for images that are in the cache
 */
export function givenImages(
  run: Run | undefined,
  { data, from }: { readonly data?: SourceName | undefined; readonly from?: string | undefined },
): ImageData | undefined {
  const own = run === undefined || textOf(run) !== undefined ? undefined : trainedOn(run);
  const meant = data ?? own?.data;
  refuseStrayFrom(from, meant);
  if (meant === undefined) return undefined;
  // A job's process may be elsewhere.
  if (from !== undefined) return { data: meant, from: resolve(from) };
  return meant === own?.data ? own : { data: meant };
}

/** @throws NascentError `input/invalid` where a folder was given for images that are in the cache */
export function refuseStrayFrom(from: string | undefined, data: SourceName | undefined): void {
  if (from === undefined || (data !== undefined && datasetNamed(data).from !== null)) return;
  const rest = data === undefined ? '--data was not given' : `${data} is neither`;
  throw new NascentError('input/invalid', `--from ${from} is for imagenet or a text, and ${rest}`, {
    help: 'Name the data that the folder holds, such as --data imagenet, or leave --from out.',
  });
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
      help: `Give an .onnx file or the folder of a run. A run's model is made by: ${commandLine('export runs/…')}`,
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
