/** `nascent bench`: how fast a model runs in every runtime that is ready, each in a process of its own. */

import type { Command } from 'commander';

import { messageOf, NascentError } from '../../errors.ts';
import type { BenchModelOrder } from '../../onnx/order.ts';
import { renderBench, type BenchRow } from '../../onnx/render-bench.ts';
import { runtimeNames, runtimes, type RuntimeName } from '../../runtime/registry.ts';
import { givenLimits, limitOptions, type LimitFlags } from '../input/limits.ts';
import { extentOption, isVerbose, jsonOption, listOption, numberOption } from '../input/options.ts';
import { givenModelFile } from '../input/runs.ts';
import { print } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface BenchFlags extends LimitFlags {
  readonly runtimes?: readonly RuntimeName[];
  readonly batches?: readonly string[];
  readonly each?: number;
  readonly extent?: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

export function registerBench(program: Command): void {
  const command = program
    .command('bench')
    .description('time a model in every runtime that is ready: latency, throughput, memory, share by op')
    .argument('<model>', 'an .onnx file, or the folder that holds model.onnx')
    .addOption(
      listOption(
        '--runtimes <names>',
        'time only these (default: all but those in plain JavaScript or in a browser)',
        'runtime',
        runtimeNames,
      ),
    )
    .option(
      '--batches <numbers...>',
      'what the first extent is, where it is open and --extent does not say it (default: 1 8)',
    )
    .addOption(numberOption('--each <seconds>', 'how long each batch is timed (default: 2)', 0, true))
    .addOption(extentOption());
  for (const option of limitOptions()) command.addOption(option);
  command.addOption(jsonOption()).action(benchCommand);
}

async function benchCommand(path: string, flags: BenchFlags, command: Command): Promise<void> {
  const model = givenModelFile(path);
  const { runtimes: named, batches, each, extent } = flags;
  const asked =
    named ?? runtimeNames.filter((name) => !runtimes[name].slow && runtimes[name].where === 'here');
  const rows = await work(`Timing ${model}`, { verbose: isVerbose(command) }, async ({ job, stop }) => {
    const found: BenchRow[] = [];
    for (const runtime of asked) {
      const order: BenchModelOrder = {
        model,
        runtime,
        ...(batches !== undefined && { batches: batches.map(wholeNumber) }),
        ...(each !== undefined && { seconds: each }),
        ...(extent !== undefined && { extents: extent }),
      };
      try {
        found.push(await job('benchModel', order, { limits: givenLimits(flags) }));
      } catch (error) {
        // One that cannot is no reason not to time the others.
        if (stop.aborted || !(error instanceof NascentError) || error.code.startsWith('input/')) throw error;
        found.push({ runtime, failure: messageOf(error) });
      }
    }
    return found;
  });
  print(
    flags.json === true ? JSON.stringify({ model, runtimes: rows }, undefined, 2) : renderBench(model, rows),
  );
  if (rows.every((row) => 'failure' in row)) {
    throw new NascentError('runtime/failed', `${model} was timed in no runtime`, {
      help: 'The reasons are above; `nascent check` says what is wrong with a model.',
    });
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new NascentError('input/invalid', `--batches has "${text}"`, {
    help: 'Give whole numbers: --batches 1 8 32.',
  });
}
