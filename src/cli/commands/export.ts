/** `nascent export`: writes a network as an ONNX file, and prints its path. */

import { Option } from 'commander';
import type { Command } from 'commander';

import { opsets as writable, type Opset } from '../../../exporters/onnx/export.ts';
import {
  askedOptions,
  askedPasses,
  passes,
  passNames,
  type PassName,
  type Passes,
} from '../../../exporters/passes/passes.ts';
import { NascentError } from '../../errors.ts';
import type { ExportOutcome } from '../../model/export.ts';
import { formatNames, formats, requireFormat, type FormatName } from '../../model/formats/formats.ts';
import type { ExportOrder } from '../../model/order.ts';
import type { Likeness } from '../../model/likeness.ts';
import type { Proof } from '../../model/proof.ts';
import { calibrations, type Calibration } from '../../model/ranges.ts';
import { requireTogether } from '../../model/together.ts';
import { openRun } from '../../run/directory.ts';
import type { TaskName } from '../../tasks/task.ts';
import { tasks } from '../../tasks/tasks.ts';
import { refuseOthers, taskAt, trainedOn } from '../input/data.ts';
import { isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { networkFor, networkNames, sizeRanges, type SizeFlags } from '../networks/network.ts';
import { formatAtLeast, formatBytes, formatInteger, formatMillions } from '../render/format.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import { print, say } from '../shell/output.ts';
import { requireOut } from '../input/out.ts';
import { work } from '../shell/work.ts';

/** As they are typed. */
export const opsets: Readonly<Record<string, Opset>> = Object.fromEntries(
  writable.map((version) => [String(version), version]),
);
export const usualOpset = '17';
export const usualFormat: FormatName = 'onnx';
export const checkpoints = ['last', 'best'] as const;

interface ExportFlags extends SizeFlags, Passes {
  readonly opset: string;
  readonly format: FormatName;
  readonly externalData?: boolean;
  readonly calibration?: Calibration;
  readonly keepFloat?: readonly string[];
  readonly checkpoint?: (typeof checkpoints)[number];
  readonly genotype?: string;
  readonly network?: string;
  readonly seed?: number;
  readonly out?: string;
  readonly maxDrop?: number;
  readonly json?: boolean;
}

export function registerExport(program: Command): void {
  const command = program
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
    .addOption(
      nameOption(
        '--format <format>',
        `how it is written: ${formatNames.map((name) => `${name} (${formats[name].help})`).join(', ')}`,
        'format',
        formatNames,
      ).default(usualFormat),
    )
    .option('--external-data', 'weights in a file beside the model, for models that are too large for one')
    .option(
      '--out <path>',
      'the file or folder to write, a vocabulary beside it (default: in the run folder; required with --genotype)',
    )
    .addOption(
      numberOption(
        '--unroll <steps>',
        'of a recurrent cell: a fixed number of steps without control flow, instead of a Scan over any',
        sizeRanges.steps,
      ),
    )
    .addOption(jsonOption());
  command.addOption(
    new Option(
      '--int8',
      'weights and products in 8 bits; of images batch norm folded, calibrated on training images',
    ).conflicts('fp16'),
  );
  command.addOption(
    nameOption(
      '--calibration <method>',
      'of --int8: which part of what a value is on samples 8 bits are spread over (default: min-max, all of it)',
      'calibration',
      calibrations,
    ),
  );
  command.addOption(
    new Option(
      '--keep-float <nodes>',
      'of --int8 or --fp16: what stays in float32, with commas between: names of nodes, how names begin (cells.0), ops (Gemm); of --int8 also a number: so many of the noisiest layers',
    ).argParser((nodes: string) => nodes.split(',').map((node) => node.trim())),
  );
  for (const name of passNames) command.addOption(passOption(name));
  command.addOption(
    numberOption(
      '--max-drop <points>',
      'the most that --int8 (default: 1) or --fp16 (default: 0.1) may cost: points of accuracy, percent of perplexity',
      0,
      true,
    ),
  );
  command.action(exportCommand);
}

function passOption(name: PassName): Option {
  const { option, help } = passes[name];
  return name === 'topK' ? numberOption(`--${option} <number>`, help, 1) : new Option(`--${option}`, help);
}

/** What was asked for, with nothing about what was not. */
function passesOf(flags: ExportFlags): Passes {
  const rows = Object.fromEntries(askedPasses(flags).map((name) => [name, flags[name]]));
  return { ...rows, ...(flags.int8 === true && { int8: true }) };
}

/** By the task that they are for. */
function imagePassesOf(flags: ExportFlags): Readonly<Record<string, unknown>> {
  const names = passNames.filter((name) => passes[name].task === 'images');
  return Object.fromEntries(names.map((name) => [name, flags[name]]));
}

function formatAsked(task: TaskName, flags: ExportFlags) {
  return { task, passes: passesOf(flags), externalData: flags.externalData === true };
}

async function exportCommand(path: string | undefined, flags: ExportFlags, command: Command): Promise<void> {
  requireOut(flags.out);
  const order = path === undefined ? genotypeOrder(flags) : runOrder(path, flags);
  const what = path ?? `untrained ${flags.genotype ?? ''}`;
  const outcome = await work(
    `Exporting ${what}`,
    { verbose: isVerbose(command) },
    async ({ job, reporter }) => {
      if (isShort(order)) return (await import('../../model/export.ts')).exportJob(order, reporter);
      return job('export', order, { beside: path === undefined ? undefined : openRun(path) });
    },
  );
  // As the user wrote it, not as it was resolved.
  const file = flags.out ?? outcome.file;
  say(summary(outcome, flags));
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  say(['Next:', ...nextOf(path, file, flags).map((line) => `  ${line}`)].join('\n'));
}

/**
 * Whether it takes less than the start of another process: a plain file of an untrained network of usual size. It is opened
 * by no runtime, and written before anybody could stop it.
 */
function isShort(order: ExportOrder): boolean {
  if ('run' in order || order.externalData === true || order.format !== usualFormat) return false;
  if (askedOptions(order.passes ?? {}).length > 0) return false;
  return order.task === 'images'
    ? order.shape.channels <= 64 && order.shape.layers <= 32
    : order.shape.units * order.shape.words <= 1e7 && (order.unroll ?? 1) <= mostShortSteps;
}

/** Every step that is unrolled is nodes of its own, about 5 ms of them on one core. */
const mostShortSteps = 50;

function summary(
  { task, bytes, sha256, parameters, macs, nodes, likeness, proof, beside }: ExportOutcome,
  flags: ExportFlags,
): string {
  const ofText = beside?.unit === 'characters' ? 'a character' : 'a word';
  const each = task === 'images' ? 'an image' : ofText;
  const length =
    task === 'images'
      ? ''
      : flags.unroll === undefined
        ? ', texts of any length'
        : `, ${flags.unroll} steps at a time`;
  const size = `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs ${each}`;
  return [
    `${size}, ${formatInteger(nodes)} nodes, opset ${flags.opset}${length}`,
    `sha256 ${sha256}`,
    ...(likeness === null ? [] : [likenessLine(likeness)]),
    ...(proof === null ? [] : [proofLine(proof)]),
    ...(beside === null
      ? []
      : [`${beside.title} of ${formatInteger(beside.entries)} ${beside.unit} in ${beside.file}`]),
  ].join('\n');
}

function likenessLine({ cosine, least, what }: Likeness): string {
  return `Logits in 8 bits have a cosine of at least ${formatAtLeast(cosine)} with those in float32 (${least} or more is asked; ${what})`;
}

function proofLine({ what, apart, allowed }: Proof): string {
  const most = allowed.toExponential(0);
  return `Answers are those without these options, to ${apart.toExponential(1)} of the largest (at most ${most}; ${what})`;
}

/** @throws NascentError `input/invalid` where options of a genotype, or of the other task, were given with a run */
function runOrder(run: string, flags: ExportFlags): ExportOrder {
  const stray = (['genotype', 'network', 'channels', 'layers', 'units', 'words', 'seed'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray !== undefined) refuse(`--${stray} is for a genotype, and a run was given`);
  const { checkpoint, out, unroll } = flags;
  const task = taskAt(run);
  if (task !== undefined) {
    refuseOthers(task.name, { text: { unroll }, images: imagePassesOf(flags) });
    requireFormat(flags.format, formatAsked(task.name, flags));
  }
  const order: ExportOrder = {
    run,
    opset: opsets[flags.opset],
    unroll,
    passes: passesOf(flags),
    format: flags.format,
    externalData: flags.externalData,
    calibration: flags.calibration,
    keepFloat: flags.keepFloat,
    maxDrop: flags.maxDrop,
    ...(checkpoint !== undefined && { checkpoint }),
    ...(out !== undefined && { out }),
  };
  if (task !== undefined) requireTogether(order, task.name);
  return order;
}

/** @throws NascentError `input/invalid` where what was given does not go together */
function genotypeOrder(flags: ExportFlags): ExportOrder {
  const { genotype, seed = 0, out, checkpoint, unroll } = flags;
  if (genotype === undefined) return refuse('nothing to export was given');
  if (out === undefined) return refuse('--genotype needs --out, the file to write');
  if (checkpoint !== undefined) return refuse('--checkpoint is of a run, and a genotype was given');
  const { name, task, networks } = networkFor(genotype, flags.network, flags);
  const opset = opsets[flags.opset];
  refuseOthers(task, { images: imagePassesOf(flags) });
  requireFormat(flags.format, formatAsked(task, flags));
  const loaded = tasks[task].space.load(genotype);
  const order = {
    ...networks.untrained(name, flags, loaded),
    genotype: loaded,
    seed,
    out,
    opset,
    unroll,
    passes: passesOf(flags),
    format: flags.format,
    externalData: flags.externalData,
    calibration: flags.calibration,
    keepFloat: flags.keepFloat,
    maxDrop: flags.maxDrop,
  } as ExportOrder;
  requireTogether(order, task);
  return order;
}

function refuse(what: string): never {
  throw new NascentError('input/invalid', what, {
    help:
      'Give a run (nascent export runs/a), or a genotype and a file to write ' +
      '(nascent export --genotype DARTS_V2 --network cifar10 --out model.onnx).',
  });
}

/** What is done with it: commands of ours, or how what it is for opens it. */
function nextOf(path: string | undefined, file: string, flags: ExportFlags): readonly string[] {
  const quoted = `'${file.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  switch (flags.format) {
    case 'ort':
      return [
        `const session = await ort.InferenceSession.create(${quoted});   // ort: onnxruntime-node, -web or -react-native`,
      ];
    case 'transformers':
      return [
        "import { pipeline } from '@huggingface/transformers';",
        `const classify = await pipeline('image-classification', ${quoted});`,
      ];
    case 'web':
      return [`cd ${word(file)} && python3 -m http.server 8000   (or any other static server)`];
    case 'onnx':
      return path === undefined ? [commandLine(`parity ${word(file)}`)] : nextCommands(path, file, flags);
  }
}

/** What to do with the exported model of a run; a file elsewhere has to be told what data it is for. */
function nextCommands(path: string, file: string, { out, unroll, topK }: ExportFlags): readonly string[] {
  const data = out === undefined ? undefined : trainedOn(openRun(path));
  // The model of a run folder is the one of any length.
  const model =
    out === undefined && unroll === undefined
      ? word(path)
      : `${word(file)}${data === undefined ? '' : dataFlags(data)}`;
  // The vocabulary that a text is read by lies beside the file, the classes of an image in it.
  const own = out === undefined && unroll === undefined ? word(path) : word(file);
  const given = taskAt(path)?.name === 'text' ? '--text WORDS' : 'FILE…';
  // A text is continued word by word by predict.
  const predicts = unroll === undefined || unroll === 1;
  return [
    ...(predicts ? [`predict ${own} ${given}`] : []),
    // Of the best classes no loss can be told.
    ...(topK === undefined ? [`validate ${model}`] : []),
    `parity ${model}`,
    `draw --genotype ${word(path)} --out cells.svg`,
  ].map(commandLine);
}
