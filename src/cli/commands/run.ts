/** `nascent run`: a model file in one runtime, on stored or drawn tensors. */

import type { Command } from 'commander';

import { requireExpected } from '../../onnx/run-model.ts';
import type { RunModelOrder } from '../../onnx/order.ts';
import { renderModelRun } from '../../onnx/render-run.ts';
import { runtimeNames, type RuntimeName } from '../../runtime/registry.ts';
import { givenTensor } from '../input/tensors.ts';
import { givenLimits, limitOptions, type LimitFlags } from '../input/limits.ts';
import { extentOption, isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { givenModelFile } from '../input/runs.ts';
import { print } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface RunFlags extends LimitFlags {
  readonly runtime?: RuntimeName;
  readonly inputs?: readonly string[];
  readonly dataset?: string;
  readonly outputs?: string;
  readonly format?: 'pb' | 'npy';
  readonly extent?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly rtol?: number;
  readonly atol?: number;
  readonly json?: boolean;
}

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description('run a model in one runtime, on stored or drawn tensors, and compare what comes out')
    .argument('<model>', 'an .onnx file, or the folder that holds model.onnx')
    .addOption(
      nameOption('--runtime <name>', 'what to run it in (default: onnxruntime-cpu)', 'runtime', runtimeNames),
    )
    .option(
      '--inputs <files...>',
      'tensor files, .pb or .npy, in the order of the inputs, or as NAME=FILE (default: drawn by the seed)',
    )
    .option(
      '--dataset <folder>',
      'a folder of input_0.pb … and output_0.pb …, as the conformance tests of ONNX have: its inputs are given, its outputs expected',
    )
    .option('--outputs <folder>', 'write inputs and outputs into this folder, as such a dataset')
    .addOption(nameOption('--format <name>', 'how they are written (default: pb)', 'format', ['pb', 'npy']))
    .addOption(extentOption())
    .addOption(numberOption('--seed <number>', 'of the inputs that are drawn (default: 1)', 0))
    .addOption(
      numberOption(
        '--rtol <number>',
        'of a dataset: the relative difference to allow (default: 1e-3)',
        0,
        true,
      ),
    )
    .addOption(
      numberOption(
        '--atol <number>',
        'of a dataset: the absolute difference to allow (default: 1e-7)',
        0,
        true,
      ),
    );
  for (const option of limitOptions()) command.addOption(option);
  command.addOption(jsonOption()).action(runCommand);
}

async function runCommand(path: string, flags: RunFlags, command: Command): Promise<void> {
  const { runtime, inputs, dataset, outputs, format, extent, seed, rtol, atol } = flags;
  const model = givenModelFile(path);
  const order: RunModelOrder = {
    model,
    ...(runtime !== undefined && { runtime }),
    ...(inputs !== undefined && { inputs: inputs.map(givenTensor) }),
    ...(dataset !== undefined && { dataset }),
    ...(outputs !== undefined && { outputs }),
    ...(format !== undefined && { format }),
    ...(extent !== undefined && { extents: extent }),
    ...(seed !== undefined && { seed }),
    ...(rtol !== undefined && { rtol }),
    ...(atol !== undefined && { atol }),
  };
  const result = await work(`Running ${model}`, { verbose: isVerbose(command) }, async ({ job }) =>
    job('runModel', order, { limits: givenLimits(flags) }),
  );
  print(flags.json === true ? JSON.stringify(result, undefined, 2) : renderModelRun(result));
  requireExpected(result);
}
