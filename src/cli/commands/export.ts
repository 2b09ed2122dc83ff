/** `nascent export`: writes a network as an ONNX file, and prints its path. */

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import type { ExportOutcome } from '../../model/export.ts';
import type { ExportOrder } from '../../model/order.ts';
import { openRun } from '../../run/directory.ts';
import { tasks } from '../../tasks/tasks.ts';
import { refuseOthers, taskAt, trainedOn } from '../input/data.ts';
import { isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { networkFor, networkNames, sizeRanges, type SizeFlags } from '../networks/network.ts';
import { formatBytes, formatInteger, formatMillions } from '../render/format.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import { print, say } from '../shell/output.ts';
import { requireOut } from '../input/out.ts';
import { work } from '../shell/work.ts';

export const opsets = { '15': 15, '16': 16, '17': 17, '18': 18 } as const;
export const usualOpset = '17' satisfies keyof typeof opsets;
export const checkpoints = ['last', 'best'] as const;

interface ExportFlags extends SizeFlags {
  readonly opset: keyof typeof opsets;
  readonly checkpoint?: (typeof checkpoints)[number];
  readonly genotype?: string;
  readonly network?: string;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write the trained network of a run, or the untrained one of a genotype, as an ONNX file')
    .argument('[run]', 'the run folder of a training, or of a search that has been trained')
    .addOption(
      nameOption('--opset <version>', 'the ONNX operator set', 'opset', Object.keys(opsets)).default(
        usualOpset,
      ),
    )
    .addOption(
      nameOption(
        '--checkpoint <which>',
        'which checkpoint of the run to export (default: last; for text best)',
        'checkpoint',
        checkpoints,
      ),
    )
    .option(
      '--genotype <genotype>',
      'instead of a run: a published name, a file, or the notation itself; its network is not trained',
    )
    .addOption(
      nameOption(
        '--network <name>',
        'for --genotype: the network that the cells are put in',
        'network',
        networkNames,
      ),
    )
    .addOption(
      numberOption('--channels <number>', 'for --genotype: channels of the first cells', sizeRanges.channels),
    )
    .addOption(numberOption('--layers <number>', 'for --genotype: number of cells', sizeRanges.layers))
    .addOption(
      numberOption('--units <number>', 'for --genotype: units of a recurrent network', sizeRanges.units),
    )
    .addOption(
      numberOption('--words <number>', 'for --genotype: vocabulary of a recurrent network', sizeRanges.words),
    )
    .addOption(
      numberOption('--seed <number>', 'for --genotype: what the weights are drawn from', [0, 2 ** 32 - 1]),
    )
    .option(
      '--out <file>',
      'the file to write, a vocabulary beside it (default: in the run folder; required with --genotype)',
    )
    .addOption(
      numberOption(
        '--unroll <steps>',
        'of a recurrent cell: a fixed number of steps without control flow, instead of a Scan over any',
        sizeRanges.steps,
      ),
    )
    .addOption(jsonOption())
    .action(exportCommand);
}

async function exportCommand(path: string | undefined, flags: ExportFlags, command: Command): Promise<void> {
  requireOut(flags.out);
  const order = path === undefined ? genotypeOrder(flags) : runOrder(path, flags);
  const what = path ?? `untrained ${flags.genotype ?? ''}`;
  const outcome = await work(`Exporting ${what}`, { verbose: isVerbose(command) }, ({ job }) =>
    job('export', order, { beside: path === undefined ? undefined : openRun(path) }),
  );
  // As the user wrote it, not as it was resolved.
  const file = flags.out ?? outcome.file;
  say(summary(outcome, flags));
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  const next = path === undefined ? [commandLine(`parity ${word(file)}`)] : nextCommands(path, file, flags);
  say(['Next:', ...next.map((line) => `  ${line}`)].join('\n'));
}

function summary(
  { task, bytes, sha256, parameters, macs, beside }: ExportOutcome,
  flags: ExportFlags,
): string {
  const each = task === 'images' ? 'an image' : 'a word';
  const length =
    task === 'images'
      ? ''
      : flags.unroll === undefined
        ? ', texts of any length'
        : `, ${flags.unroll} steps at a time`;
  const size = `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs ${each}`;
  return [
    `${size}, opset ${flags.opset}${length}`,
    `sha256 ${sha256}`,
    ...(beside === null
      ? []
      : [`${beside.title} of ${formatInteger(beside.entries)} words in ${beside.file}`]),
  ].join('\n');
}

/** @throws NascentError `input/invalid` where options of a genotype, or of the other task, were given with a run */
function runOrder(run: string, flags: ExportFlags): ExportOrder {
  const stray = (['genotype', 'network', 'channels', 'layers', 'units', 'words', 'seed'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray !== undefined) refuse(`--${stray} is for a genotype, and a run was given`);
  const { checkpoint, out, unroll } = flags;
  const task = taskAt(run);
  if (task !== undefined) refuseOthers(task.name, { text: { unroll } });
  return {
    run,
    opset: opsets[flags.opset],
    unroll,
    ...(checkpoint !== undefined && { checkpoint }),
    ...(out !== undefined && { out }),
  };
}

/** @throws NascentError `input/invalid` where what was given does not go together */
function genotypeOrder(flags: ExportFlags): ExportOrder {
  const { genotype, seed = 0, out, checkpoint, unroll } = flags;
  if (genotype === undefined) return refuse('nothing to export was given');
  if (out === undefined) return refuse('--genotype needs --out, the file to write');
  if (checkpoint !== undefined) return refuse('--checkpoint is of a run, and a genotype was given');
  const { name, task, networks } = networkFor(genotype, flags.network, flags);
  const opset = opsets[flags.opset];
  const loaded = tasks[task].space.load(genotype);
  return {
    ...networks.untrained(name, flags, loaded),
    genotype: loaded,
    seed,
    out,
    opset,
    unroll,
  } as ExportOrder;
}

function refuse(what: string): never {
  throw new NascentError('input/invalid', what, {
    help:
      'Give a run (nascent export runs/a), or a genotype and a file to write ' +
      '(nascent export --genotype DARTS_V2 --network cifar10 --out model.onnx).',
  });
}

/** What to do with the exported model of a run; a file elsewhere has to be told what data it is for. */
function nextCommands(path: string, file: string, { out, unroll }: ExportFlags): readonly string[] {
  const data = out === undefined ? undefined : trainedOn(openRun(path));
  // The model of a run folder is the one of any length.
  const model =
    out === undefined && unroll === undefined
      ? word(path)
      : `${word(file)}${data === undefined ? '' : dataFlags(data)}`;
  return [`validate ${model}`, `parity ${model}`, `draw --genotype ${word(path)} --out cells.svg`].map(
    commandLine,
  );
}
