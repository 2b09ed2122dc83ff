/** `nascent parity`: whether every runtime that is ready does the same with a model file. */

import { resolve } from 'node:path';

import { Option, type Command } from 'commander';

import { dataNames } from '../../data/registry.ts';
import { writeFileWhole } from '../../files/files.ts';
import { parityHtml } from '../../report/parity-page.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { parity as parityFile } from '../../run/artefacts/results.ts';
import type { Run } from '../../run/directory.ts';
import type { ParityOrder } from '../../parity/order.ts';
import { runtimeNames, type RuntimeName } from '../../runtime/registry.ts';
import { requireParity } from '../../parity/parity-report.ts';
import { renderParity } from '../../parity/render-parity.ts';
import type { Limits } from '../../watchdog.ts';
import { givenData, trainedOn, type GivenData } from '../input/data.ts';
import {
  extentOption,
  fromOption,
  isVerbose,
  jsonOption,
  listOption,
  nameOption,
  numberOption,
} from '../input/options.ts';
import { givenTensor } from '../input/tensors.ts';
import { givenModel } from '../input/runs.ts';
import { requireOut } from '../input/out.ts';
import { givenLimits } from '../input/limits.ts';
import { print, say } from '../shell/output.ts';
import { work } from '../shell/work.ts';

type DataName = NonNullable<ParityOrder['data']>;

interface ParityFlags {
  readonly data?: DataName;
  readonly from?: string;
  readonly images?: number;
  readonly atol?: number;
  readonly rtol?: number;
  readonly minSnr?: number;
  readonly runtimes?: readonly RuntimeName[];
  readonly against?: RuntimeName;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly runtime?: readonly string[];
  readonly timeout?: number;
  readonly memory?: number;
  readonly browser?: boolean;
  readonly layers?: boolean;
  readonly climb?: number;
  readonly report?: string;
  readonly bisect?: string | true;
  readonly extent?: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

export function registerParity(program: Command): void {
  program
    .command('parity')
    .description(
      'run a model in every runtime that is ready, and hold each to the same graph in double precision; or hold another file to it',
    )
    .argument('<model>', 'an .onnx file, or the run folder that holds model.onnx')
    .argument('[other]', 'another file, held to what the first does: in int8, or after a simplifier')
    .addOption(
      nameOption(
        '--data <name>',
        'the dataset whose test images or words are run (default: what the model was made for)',
        'dataset',
        dataNames,
      ),
    )
    .addOption(fromOption())
    .addOption(
      numberOption(
        '--images <number>',
        'how many test images (default: 1000; of imagenet, from all classes)',
        1,
      ),
    )
    .addOption(
      numberOption('--atol <number>', 'the absolute difference to allow (default: derived)', 0, true),
    )
    .addOption(
      numberOption(
        '--rtol <number>',
        'the difference to allow as a share of the value (default: derived)',
        0,
        true,
      ),
    )
    .addOption(
      numberOption(
        '--min-snr <dB>',
        'instead of both: how far the signal must be above the noise in every output on every input, such as 20',
        0,
        true,
      ).conflicts(['atol', 'rtol']),
    )
    .addOption(
      listOption(
        '--runtimes <names>',
        'compare only these, each of which must be ready (opencv is left out unless it is named); of two files: what the other is run in (default: onnxruntime-cpu)',
        'runtime',
        runtimeNames,
      ),
    )
    .addOption(
      nameOption(
        '--against <name>',
        'the runtime that the others are measured against (default: reference, in double precision)',
        'runtime',
        runtimeNames,
      ),
    )
    .option(
      '--inputs <files...>',
      'tensor files, .pb or .npy, in the order of the inputs, or as NAME=FILE, instead of all that is drawn',
    )
    .option(
      '--outputs <files...>',
      'what is expected of the outputs on --inputs, in the same way, instead of double precision',
    )
    .addOption(
      new Option(
        '--runtime <module>',
        'a module of yours with open(file) that gives run(feeds), compared, too; may be given again. Tensors go in and come out by name, as { dtype: "float32", shape: [1, 3], data: [0.1, 0.2, 0.7] }: ONNX’s name of the type, values in row-major order as plain numbers',
      ).argParser((module: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), module]),
    )
    .addOption(
      numberOption(
        '--timeout <seconds>',
        'for how long a runtime may open the model, or run once (default: 120)',
        1,
      ),
    )
    .addOption(
      numberOption(
        '--memory <GB>',
        'how much memory a runtime may hold (default: half of what there is)',
        0.1,
        true,
      ),
    )
    .option(
      '--browser',
      'compare it in a browser, too: Chromium, Chrome or Edge, in WebAssembly and on WebGPU',
    )
    .option('--layers', 'compare every value in between, too, and say where runtimes part first')
    .addOption(
      numberOption(
        '--climb <steps>',
        'how many inputs a search for the worst one tries of each runtime, for 4 seconds at most (default: 16)',
        0,
      ),
    )
    .option(
      '--bisect [folder]',
      'write the smallest part of the model in which the worst runtime differs, with its inputs and outputs (default: repro); of two files: say where they part first, and write nothing',
    )
    .option('--report <file>', 'write what was found as one page, such as parity.html')
    .addOption(extentOption(1))
    .addOption(jsonOption())
    .action(parityCommand);
}

async function parityCommand(
  path: string,
  otherPath: string | undefined,
  flags: ParityFlags,
  command: Command,
): Promise<void> {
  requireOut(flags.report);
  const { file, run, modelOf: ownRun } = givenModel(path);
  const other = otherPath === undefined ? undefined : givenModel(otherPath).file;
  // What is found out about two files is not about the run of one.
  const modelOf = other === undefined ? ownRun : undefined;
  const { against, inputs, outputs, climb, bisect, browser } = flags;
  const { data, from, images, atol, rtol, minSnr, runtimes, runtime, timeout, memory, layers, extent } =
    flags;
  const order: ParityOrder = {
    model: file,
    ...(other !== undefined && { other }),
    ...dataFor(run, { data, from }),
    ...(images !== undefined && { images }),
    ...(browser !== undefined && { browser }),
    ...(layers !== undefined && { layers }),
    ...(climb !== undefined && { climb }),
    ...(bisect !== undefined && { bisect }),
    ...(extent !== undefined && { extents: extent }),
    ...(atol !== undefined && { atol }),
    ...(rtol !== undefined && { rtol }),
    ...(minSnr !== undefined && { minSnr }),
    ...(runtimes !== undefined && { runtimes: [...runtimes] }),
    ...(against !== undefined && { against }),
    ...(inputs !== undefined && { inputs: inputs.map(givenTensor) }),
    ...(outputs !== undefined && { expected: outputs.map(givenTensor) }),
    ...(runtime !== undefined && { plugins: runtime }),
    ...(timeout !== undefined && { timeout }),
    ...(memory !== undefined && { memory: memory * 2 ** 30 }),
  };
  const report = await work(
    other === undefined ? `Comparing runtimes on ${file}` : `Comparing ${other} with ${file}`,
    { verbose: isVerbose(command) },
    async ({ job }) => {
      const result = await job('parity', order, { beside: modelOf, limits: readingLimits(flags) });
      if (modelOf !== undefined) await writeArtefact(modelOf, parityFile, result);
      return result;
    },
  );
  print(
    flags.json === true
      ? JSON.stringify(report, undefined, 2)
      : renderParity(report, { layers: layers === true && other !== undefined }),
  );
  if (flags.report !== undefined) {
    await writeFileWhole(flags.report, new TextEncoder().encode(parityHtml(report)));
    say(`wrote ${flags.report}`);
  }
  requireParity(report);
}

/** Runtimes have limits of their own; what is read before, in one process, is bounded as in other commands. */
function readingLimits({ timeout, memory }: ParityFlags): Limits {
  return {
    ...givenLimits({ ...(timeout !== undefined && { timeout }), ...(memory !== undefined && { memory }) }),
    stage: 'read',
  };
}

/** The data that are asked for; where none are, those that the run was trained on, left out where they do not fit. */
function dataFor(
  run: Run | undefined,
  flags: { readonly data?: string | undefined; readonly from?: string | undefined },
): Pick<ParityOrder, 'data' | 'from' | 'likely'> {
  const likely = run === undefined ? undefined : trainedOn(run);
  // A folder without a name is of the data that the file says it was made for.
  if (flags.data === undefined && flags.from !== undefined && likely === undefined)
    return { from: resolve(flags.from) };
  if (flags.data !== undefined || flags.from !== undefined) return named(givenData(flags, likely));
  return likely === undefined ? {} : { likely: named(likely) };
}

/** Its name has been checked. */
function named({ data, from }: GivenData): { readonly data: DataName; readonly from?: string | undefined } {
  return { data, from };
}
