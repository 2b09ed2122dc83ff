/** `nascent parity`: whether every runtime that is ready does the same with a model file. */

import type { Command } from 'commander';

import type { SourceName } from '../../data/datasets.ts';
import { textNames, type TextName } from '../../data/text/corpus.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { parity as parityFile } from '../../run/artefacts/results.ts';
import type { Run } from '../../run/directory.ts';
import { modelAndData, type ModelAndData } from '../../evaluate/language-model.ts';
import { readModelFile } from '../../evaluate/model-file.ts';
import type { ParityOrder } from '../../parity/parity.ts';
import { runtimeNames, type RuntimeName } from '../../runtime/registry.ts';
import { requireParity } from '../../parity/parity-report.ts';
import { renderParity } from '../../parity/render-parity.ts';
import { dataOption, fromOption, isVerbose, jsonOption, listOption, numberOption } from '../input/options.ts';
import { print } from '../shell/output.ts';
import { givenText, refuseForText, textFor } from '../rnn/text-data.ts';
import { givenImages, givenModel } from '../input/runs.ts';
import { work } from '../shell/work.ts';

interface ParityFlags {
  readonly data?: SourceName | TextName;
  readonly from?: string;
  readonly images?: number;
  readonly atol?: number;
  readonly runtimes?: readonly RuntimeName[];
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
    .addOption(fromOption())
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
  const { file, run, modelOf } = givenModel(path);
  const { data, from, images, atol, runtimes } = flags;
  const about = modelAndData(await readModelFile(file), data);
  if (about.kind === 'text') refuseForText({ images });
  const order = {
    model: file,
    ...(about.kind === 'text' ? textFlags(run, about, from) : imageFlags(run, about.data, from)),
    ...(images !== undefined && { images }),
    ...(atol !== undefined && { atol }),
    ...(runtimes !== undefined && { runtimes: [...runtimes] }),
  };
  const report = await work(
    `Comparing runtimes on ${file}`,
    { verbose: isVerbose(command) },
    async ({ job }) => {
      const result = await job('parity', order);
      if (modelOf !== undefined) await writeArtefact(modelOf, parityFile, result);
      return result;
    },
  );
  print(flags.json === true ? JSON.stringify(report, undefined, 2) : renderParity(report));
  requireParity(report);
}

/** The text that is asked for, or the one to try. */
function textFlags(
  run: Run | undefined,
  { model, data }: ModelAndData & { readonly kind: 'text' },
  from: string | undefined,
): Pick<ParityOrder, 'text' | 'likelyText'> {
  const own = textFor(run, model);
  if (data !== undefined || from !== undefined) return { text: givenText({ data, from }, own) };
  return own === undefined ? {} : { likelyText: own };
}

/** The images that are asked for, or where those are that the model says it was made for. */
function imageFlags(
  run: Run | undefined,
  data: SourceName | undefined,
  from: string | undefined,
): Pick<ParityOrder, 'data' | 'from'> {
  const given = givenImages(run, { data, from });
  if (data !== undefined || from !== undefined) return { ...given };
  // Not asked for: where they are not here, the model is compared without them.
  return given?.from === undefined ? {} : { from: given.from };
}
