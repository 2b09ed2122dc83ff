/** What the forms of the interface ask the command line: names, folders, checks, and what came of a command. */

import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

import { z } from 'zod';

import { NascentError } from '../../errors.ts';
import { estimateSchema } from '../../estimate/estimate.ts';
import { openRun } from '../../run/directory.ts';
import { engineNames } from '../../runtime/engine.ts';
import { strategiesOf } from '../../search/strategies/strategies.ts';
import type { ExportDesk } from '../../tui/interface/form/export-form.ts';
import type { Asked, RunDesk } from '../../tui/interface/form/asked.ts';
import type { TableRow } from '../../tui/table.ts';
import { checkpoints, opsets, usualOpset } from '../commands/export.ts';
import { newTraining } from '../commands/train.ts';
import { searchConfig } from '../input/configure.ts';
import { dataOf, givenData, requireSameTask } from '../input/data.ts';
import { freeRun, requireFree } from '../input/runs.ts';
import { trainingOrder } from '../input/training-order.ts';
import { estimateRows } from '../render/estimate.ts';
import { formatBytes, formatMillions } from '../render/format.ts';
import { printedBy } from './detached.ts';

/** @param folder new runs go to, where nobody names another */
export function runDesk(folder: string): RunDesk {
  return {
    engines: engineNames,
    strategies: strategiesOf,
    dataOf: dataAt,
    freeRun: (job) => freeRun(job, folder),
    wrong,
    estimate,
  };
}

export const exportDesk: ExportDesk = {
  opsets: [usualOpset, ...Object.keys(opsets).filter((each) => each !== usualOpset)],
  checkpoints,
  dataOf: dataAt,
  exported,
};

/** Undefined where there is no run, or one that says nothing. */
function dataAt(run: string) {
  try {
    return existsSync(join(run, 'run.json')) ? dataOf(openRun(run))?.data : undefined;
  } catch {
    // A damaged run is refused when something is done with it.
    return undefined;
  }
}

/** What the command would be refused for, without making anything. */
function wrong({
  job,
  run,
  epoch,
  genotype,
  data,
  from,
  preset,
  strategy,
  set,
  out,
}: Asked): string | undefined {
  try {
    if (job === 'search') {
      if (out !== undefined) requireFree(out, 'search');
      searchConfig(givenData({ data, from }), { preset, strategy, set });
      return undefined;
    }
    if (run !== undefined && data !== undefined) requireSameTask(run, data);
    const flags = given({ epoch, genotype, data, from, preset, set, out });
    trainingOrder(run, flags, () => newTraining(run, flags));
    return undefined;
  } catch (error) {
    if (error instanceof NascentError) return `${error.message}. ${error.help}`;
    throw error;
  }
}

/** Without what was not given. */
function given<T extends object>(flags: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}

const estimateOutput = z.looseObject({ stepMemory: z.number(), command: z.string() });

async function estimate(command: readonly string[], ended: AbortSignal): Promise<readonly TableRow[]> {
  const {
    stepMemory,
    command: typed,
    ...figures
  } = estimateOutput.parse(JSON.parse(await printedBy([...command, '--estimate', '--json'], ended)));
  const rows = estimateRows(estimateSchema.parse(figures), { stepMemory, command: typed });
  // The form shows its command itself.
  return rows.filter(([name]) => name !== 'command');
}

const exportOutput = z.looseObject({
  file: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  parameters: z.number(),
  macs: z.number(),
  beside: z.looseObject({ title: z.string(), file: z.string() }).nullable(),
});

async function exported(command: readonly string[]): Promise<readonly TableRow[]> {
  const printed: unknown = JSON.parse(await printedBy([...command, '--json']));
  const { file, bytes, sha256, parameters, macs, beside } = exportOutput.parse(printed);
  return [
    ['file', fromHere(file)],
    ['size', `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs`],
    ['sha256', sha256],
    ...(beside === null ? [] : [[beside.title, fromHere(beside.file)] as const]),
  ];
}

/** A path as one would type it: one that is below the folder one is in, from there. */
function fromHere(path: string): string {
  const below = relative('', path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}
