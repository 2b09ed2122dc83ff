/** What the forms of the interface ask the command line: names, folders, checks, and what came of a command. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { passes, passNames } from '../../../exporters/passes/passes.ts';
import { NascentError } from '../../errors.ts';
import { estimateSchema } from '../../estimate/estimate.ts';
import { openRun } from '../../run/directory.ts';
import { runtimeNames } from '../../runtime/registry.ts';
import { engineNames } from '../../runtime/engine.ts';
import { seedsIn } from '../../tasks/settings/seeds.ts';
import { commonFile } from '../seeds.ts';
import { strategiesOf } from '../../search/strategies/strategies.ts';
import type { DeriveDesk } from '../../tui/interface/form/derive-form.ts';
import { formatNames, formats } from '../../model/formats/formats.ts';
import { calibrations } from '../../model/ranges.ts';
import type { ExportDesk } from '../../tui/interface/form/export-form.ts';
import type { ParityDesk } from '../../tui/interface/form/parity-form.ts';
import type { Asked, RunDesk } from '../../tui/interface/form/asked.ts';
import type { Checked, Wrong } from '../../tui/interface/form/field.ts';
import type { RecordedSearch, RecordedTraining } from '../../tasks/recorded.ts';
import type { TableRow } from '../../tui/table.ts';
import { checkpoints, opsets, usualOpset } from '../commands/export.ts';
import { newTraining } from '../commands/train.ts';
import { searchConfig, stepMemory } from '../input/configure.ts';
import { dataOf, givenData, requireSameTask } from '../input/data.ts';
import { freeRun, givenModel, requireFree } from '../input/runs.ts';
import { seedOrder } from '../input/seed-order.ts';
import { trainingOrder } from '../input/training-order.ts';
import { estimateRows } from '../render/estimate.ts';
import { formatAtLeast, formatBytes, formatMillions } from '../render/format.ts';
import { fromHere } from '../../tui/command-line.ts';
import { printedBy } from './detached.ts';

/** @param folder new runs go to, where nobody names another */
export function runDesk(folder: string): RunDesk {
  return {
    engines: engineNames,
    strategies: strategiesOf,
    dataOf: dataAt,
    freeRun: (job) => freeRun(job, folder),
    check,
    estimate,
  };
}

export const exportDesk: ExportDesk = {
  opsets: [usualOpset, ...Object.keys(opsets).filter((each) => each !== usualOpset)],
  checkpoints,
  calibrations,
  formats: formatNames.map((name) => ({
    name,
    help: formats[name].help,
    nameOf: (model) => formats[name].nameOf(model),
    refusal: (task) => formats[name].refusal({ task, passes: {}, externalData: false })?.message,
  })),
  passes: passNames.map((name) => ({ ...passes[name], counts: name === 'topK' })),
  dataOf: dataAt,
  exported,
};

export const parityDesk: ParityDesk = {
  runtimes: runtimeNames,
  dataOf: dataAt,
  check(run) {
    try {
      givenModel(run);
      return {};
    } catch (error) {
      if (error instanceof NascentError) return { wrong: { message: `${error.message}. ${error.help}` } };
      throw error;
    }
  },
};

export const deriveDesk: DeriveDesk = { derived };

/** Undefined where there is no run, or one that says nothing. */
function dataAt(run: string) {
  try {
    return existsSync(join(run, 'run.json')) ? dataOf(openRun(run))?.data : undefined;
  } catch {
    // A damaged run is refused when something is done with it.
    return undefined;
  }
}

/** What the command would be refused for, and what a step of it needs, without making anything. */
function check(asked: Asked): Checked {
  try {
    const config = configOf(asked);
    return { note: config === undefined ? undefined : `a step needs ${formatBytes(stepMemory(config))}` };
  } catch (error) {
    if (error instanceof NascentError) return { wrong: wrongBy(error, asked) };
    throw error;
  }
}

/** Undefined for what was begun before, which keeps its own. */
function configOf(asked: Asked): RecordedSearch | RecordedTraining | undefined {
  const { job, run, epoch, genotype, data, from, preset, strategy, set, out } = asked;
  if (job === 'search') {
    const { seeds, retrain, retrainSet } = asked;
    const config = searchConfig(givenData({ data, from }), { preset, strategy, set });
    // Searches from more seeds go to the folder of those that there are.
    const isBegun = seeds !== undefined && out !== undefined && existsSync(join(out, commonFile));
    if (out !== undefined && !isBegun) requireFree(out, 'search');
    if (seeds !== undefined) seedOrder(out ?? '', seedsIn(seeds) ?? [], config, { set, retrain, retrainSet });
    return config;
  }
  if (run !== undefined && data !== undefined) requireSameTask(run, data);
  const flags = given({ epoch, genotype, data, from, preset, set, out });
  const { order } = trainingOrder(run, flags, () => newTraining(run, flags));
  return order.kind === 'new' ? order.config : undefined;
}

/** The same as the command says, unless the form has another way out. */
function wrongBy({ code, message, help }: NascentError, { run, epoch }: Asked): Wrong {
  const unsearched = run !== undefined && epoch === undefined && code === 'data/missing';
  return unsearched
    ? { field: 'epoch', message: `${message}. Give the epoch whose cells are trained, or finish the search.` }
    : { message: `${message}. ${help}` };
}

/** Without what was not given. */
function given<T extends object>(flags: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}

const estimateOutput = z.looseObject({ stepMemory: z.number(), command: z.string() });

async function estimate(
  command: readonly string[],
  ended: AbortSignal,
  say: (text: string) => void,
): Promise<readonly TableRow[]> {
  const {
    stepMemory,
    command: typed,
    ...figures
  } = estimateOutput.parse(JSON.parse(await printedBy([...command, '--estimate', '--json'], ended, say)));
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
  nodes: z.number(),
  proof: z.looseObject({ what: z.string(), apart: z.number() }).nullable(),
  likeness: z.looseObject({ what: z.string(), cosine: z.number() }).nullable(),
  beside: z.looseObject({ title: z.string(), file: z.string() }).nullable(),
});

async function exported(command: readonly string[]): Promise<readonly TableRow[]> {
  const printed: unknown = JSON.parse(await printedBy([...command, '--json']));
  const { file, bytes, sha256, parameters, macs, nodes, proof, likeness, beside } =
    exportOutput.parse(printed);
  return [
    ['file', fromHere(file)],
    ['size', `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs`],
    ['nodes', String(nodes)],
    ['sha256', sha256],
    ...(likeness === null
      ? []
      : [
          [
            '8 bits',
            `a cosine of at least ${formatAtLeast(likeness.cosine)} with the logits in float32 (${likeness.what})`,
          ] as const,
        ]),
    ...(proof === null
      ? []
      : [
          [
            'answers',
            `those without these options, to ${proof.apart.toExponential(1)} of the largest (${proof.what})`,
          ] as const,
        ]),
    ...(beside === null ? [] : [[beside.title, fromHere(beside.file)] as const]),
  ];
}

const deriveOutput = z.looseObject({
  source: z.string(),
  alphaEntropy: z.number(),
  skips: z.number(),
  notation: z.string(),
});

async function derived(command: readonly string[]): Promise<readonly TableRow[]> {
  const printed: unknown = JSON.parse(await printedBy([...command, '--json']));
  const { source, alphaEntropy, skips, notation } = deriveOutput.parse(printed);
  return [
    ['from', source],
    ['cells', notation],
    ['skips', String(skips)],
    ['entropy', `${alphaEntropy.toFixed(3)} nats, the mean of alpha`],
  ];
}
