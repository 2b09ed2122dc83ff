/** Run directories as commands are given them. */

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { z } from 'zod';

import { datasetNames } from '../data/datasets.ts';
import type { DatasetName } from '../data/datasets.ts';
import { NascentError } from '../errors.ts';
import { openRun } from '../run/directory.ts';
import type { Run } from '../run/directory.ts';
import { parseRecorded } from '../run/config.ts';
import { commandLine, word } from './next.ts';

/** The folder a run goes to if none is named: the first of `runs/search-1`, `runs/search-2` … that is free. */
export function freeRun(kind: string): string {
  for (let number = 1; ; number++) {
    const path = join('runs', `${kind}-${number}`);
    if (!existsSync(path)) return path;
  }
}

/** The data set that a run was made with. */
export function dataOf(run: Run): DatasetName {
  return parseRecorded(z.object({ data: z.enum(datasetNames) }), run.record().config, run.path).data;
}

export interface GivenModel {
  readonly file: string;
  /** The run that the file is the model of, where it is. */
  readonly run: Run | undefined;
}

const modelName = 'model.onnx';

/**
 * The model that a person means by a path: a file, or the model of a run.
 *
 * @throws NascentError `data/missing` with the command that makes it, `run/not-a-run`
 */
export function givenModel(path: string): GivenModel {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new NascentError('data/missing', `${path} does not exist`, {
      help: `Give an .onnx file or the folder of a run. A run's model is made by: ${commandLine('export runs/…')}`,
    });
  }
  if (found.isDirectory()) {
    const run = openRun(path);
    const file = join(path, modelName);
    if (existsSync(file)) return { file, run };
    throw new NascentError('data/missing', `${path} has no ${modelName} yet`, {
      help: `Make it: ${commandLine(`export ${word(path)}`)}`,
    });
  }
  const folder = dirname(path);
  const beside = basename(path) === modelName && existsSync(join(folder, 'run.json'));
  return { file: path, run: beside ? openRun(folder) : undefined };
}
