/** `nascent parity`: whether every runtime that is ready does the same with a model file. */

import type { Command } from 'commander';

import type { SourceName } from '../../data/datasets.ts';
import { textNames } from '../../data/text/corpus.ts';
import type { Run } from '../../run/directory.ts';
import { runtimeNames } from '../../validate/parity.ts';
import { requireParity } from '../../validate/parity-report.ts';
import { renderParity } from '../../validate/render-parity.ts';
import { dataOption, isVerbose, jsonOption, listOption, numberOption } from '../options.ts';
import { print } from '../output.ts';
import { givenText, isAboutText, textOf } from '../rnn/text-data.ts';
import { givenImages, givenModel } from '../runs.ts';
import { work } from '../work.ts';

interface ParityFlags {
  readonly data?: SourceName;
  readonly from?: string;
  readonly images?: number;
  readonly atol?: number;
  readonly runtimes?: readonly (typeof runtimeNames)[number][];
  readonly json?: boolean;
}

export function registerParity(program: Command): void {
  program
    .command('parity')
    .description('run a model in every runtime that is ready, and compare each with onnxruntime-cpu')
    .argument('<model>', 'an .onnx file, or the run directory that holds model.onnx')
    .addOption(
      dataOption('whose test images, or words, to run; those the model was made for, if left out', [
        'imagenet',
        ...textNames,
      ]),
    )
    .option(
      '--from <folder>',
      'where imagenet is, if neither the run nor NASCENT_IMAGENET says it, or a text that is not in the cache',
    )
    .addOption(
      numberOption(
        '--images <number>',
        'how many test images, 1000 if left out; of imagenet, from all classes',
        1,
      ),
    )
    .addOption(
      numberOption('--atol <number>', 'the absolute difference to allow, instead of the gates', 0, true),
    )
    .addOption(
      listOption(
        '--runtimes <names>',
        'compare only these, each of which must be ready',
        'runtime',
        runtimeNames,
      ),
    )
    .addOption(jsonOption())
    .action(parityCommand);
}

async function parityCommand(path: string, flags: ParityFlags, command: Command): Promise<void> {
  const { file, run } = givenModel(path);
  const { images, atol, runtimes } = flags;
  const order = {
    model: file,
    ...dataOf(run, flags),
    ...(images !== undefined && { images }),
    ...(atol !== undefined && { atol }),
    ...(runtimes !== undefined && { runtimes: [...runtimes] }),
  };
  const report = await work(
    `Comparing runtimes on ${file}`,
    { verbose: isVerbose(command) },
    async ({ job }) => {
      const result = await job('parity', order);
      await run?.writeFile('parity.json', `${JSON.stringify(result, undefined, 2)}\n`);
      return result;
    },
  );
  print(flags.json === true ? JSON.stringify(report, undefined, 2) : renderParity(report));
  requireParity(report);
}

/** Images by their name; a text by its own or by the run that the model is of. */
function dataOf(run: Run | undefined, { data, from }: ParityFlags) {
  const own = run === undefined ? undefined : textOf(run);
  if (data === undefined && own !== undefined) return { text: own };
  if (isAboutText(undefined, data)) return { text: givenText(data, from) };
  const given = givenImages(run, {
    ...(data !== undefined && { data }),
    ...(from !== undefined && { from }),
  });
  if (from !== undefined || data !== undefined) return { ...given };
  // Not asked for: where they are not here, the model is compared without them.
  return given?.from === undefined ? {} : { from: given.from };
}
