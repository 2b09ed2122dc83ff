/** `nascent export`: writes a network as an ONNX file, and prints its path. */

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import type { ExportOrder } from '../../model/job.ts';
import type { RnnGenotypeExport } from '../../model/rnn-untrained.ts';
import { openRun } from '../../run/directory.ts';
import { loadGenotype } from '../../space/images/genotype-load.ts';
import { loadRnnGenotype } from '../../space/text/genotype-load.ts';
import { nameOption, isVerbose, jsonOption, numberOption } from '../input/options.ts';
import { formatBytes, formatMillions } from '../render/format.ts';
import {
  allNetworkNames,
  isRnnNetwork,
  networkFor,
  networkOf,
  refuseOtherSizes,
  requireBuildable,
  rnnNetworkOf,
  sizeRanges,
} from '../input/networks.ts';
import type { NetworkName, RnnNetworkName } from '../input/networks.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import { print, say } from '../shell/output.ts';
import { exportText } from '../rnn/export.ts';
import { isTextRun } from '../rnn/text-data.ts';
import { trainedOn } from '../input/runs.ts';
import { work } from '../shell/work.ts';

const opsets = { '15': 15, '16': 16, '17': 17, '18': 18 } as const;
const checkpoints = ['last', 'best'] as const;

interface ExportFlags {
  readonly opset: keyof typeof opsets;
  readonly checkpoint?: (typeof checkpoints)[number];
  readonly genotype?: string;
  readonly network?: NetworkName | RnnNetworkName;
  readonly channels?: number;
  readonly layers?: number;
  readonly units?: number;
  readonly words?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly unroll?: number;
  readonly json?: boolean;
}

/** A job, and its order. */
type Order =
  | { readonly job: 'export'; readonly order: ExportOrder }
  | { readonly job: 'export-rnn-genotype'; readonly order: RnnGenotypeExport };

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write the trained network of a run, or the untrained one of a genotype, as an ONNX file')
    .argument('[run]', 'the run directory of a training, or of a search that has been trained')
    .addOption(
      nameOption('--opset <version>', 'the ONNX operator set', 'opset', Object.keys(opsets)).default('17'),
    )
    .addOption(
      nameOption(
        '--checkpoint <which>',
        'what of the run to export, the last if left out',
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
        allNetworkNames,
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
      "the file to write, a vocabulary beside it; in the run's folder, if left out; needed for --genotype",
    )
    .addOption(
      numberOption(
        '--unroll <steps>',
        'of a recurrent cell: so many steps without control flow, instead of any',
        sizeRanges.steps,
      ),
    )
    .addOption(jsonOption())
    .action(exportCommand);
}

async function exportCommand(path: string | undefined, flags: ExportFlags, command: Command): Promise<void> {
  if (path !== undefined && isTextRun(path)) {
    refuseWithRun(flags);
    await exportText(path, opsets[flags.opset], flags, command);
    return;
  }
  const given = orderOf(path, flags);
  const what = path ?? `untrained ${flags.genotype ?? ''}`;
  const outcome = await work(`Exporting ${what}`, { verbose: isVerbose(command) }, ({ job }) =>
    given.job === 'export' ? job(given.job, given.order) : job(given.job, given.order),
  );
  const { bytes, sha256, parameters, macs } = outcome;
  // As the user wrote it, not as it was resolved.
  const file = flags.out ?? outcome.file;
  say(
    `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs${given.job === 'export' ? '' : ' a word'}, ` +
      `opset ${flags.opset}\nsha256 ${sha256}`,
  );
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  const next = path === undefined ? [commandLine(`parity ${word(file)}`)] : nextCommands(path, flags.out);
  say(['Next:', ...next.map((line) => `  ${line}`)].join('\n'));
}

/** @throws NascentError `input/invalid` where what was given does not go together */
function orderOf(run: string | undefined, flags: ExportFlags): Order {
  const { genotype, seed = 0, out, checkpoint, unroll } = flags;
  const opset = opsets[flags.opset];
  if (run !== undefined) {
    refuseWithRun(flags);
    if (unroll !== undefined) return refuse('--unroll is for recurrent cells');
    const more = { ...(checkpoint !== undefined && { checkpoint }), ...(out !== undefined && { out }) };
    return { job: 'export', order: { run, opset, ...more } };
  }
  if (genotype === undefined) return refuse('nothing to export was given');
  if (out === undefined) return refuse('--genotype needs --out, the file to write');
  if (checkpoint !== undefined) return refuse('--checkpoint is of a run, and a genotype was given');
  const network = networkFor(genotype, flags.network);
  refuseOtherSizes(network, flags);
  const common = { seed, out, opset };
  if (!isRnnNetwork(network)) {
    const [shape, cells] = [networkOf(network, flags), loadGenotype(genotype)];
    requireBuildable(shape, cells);
    return { job: 'export', order: { ...common, genotype: cells, shape } };
  }
  const shape = rnnNetworkOf(network, flags);
  const order = { ...common, genotype: loadRnnGenotype(genotype), shape };
  return { job: 'export-rnn-genotype', order: { ...order, ...(unroll !== undefined && { unroll }) } };
}

/** @throws NascentError `input/invalid` where options of a genotype were given with a run */
function refuseWithRun(flags: ExportFlags): void {
  const stray = (['genotype', 'network', 'channels', 'layers', 'units', 'words', 'seed'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray !== undefined) refuse(`--${stray} is for a genotype, and a run was given`);
}

function refuse(what: string): never {
  throw new NascentError('input/invalid', what, {
    help:
      'Give a run (nascent export runs/a), or a genotype and a file to write ' +
      '(nascent export --genotype DARTS_V2 --network cifar10 --out model.onnx).',
  });
}

/** Three things to do with the exported model of a run; a file elsewhere has to be told what images it is for. */
function nextCommands(path: string, out: string | undefined): readonly string[] {
  const run = word(path);
  const model = out === undefined ? run : `${word(out)}${dataFlags(trainedOn(openRun(path)))}`;
  return [`validate ${model}`, `parity ${model}`, `draw --genotype ${run} --out cells.svg`].map(commandLine);
}
