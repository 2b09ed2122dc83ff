/** `nascent validate`: the accuracy of a model file on a test split, by onnxruntime. */

import type { Command } from 'commander';

import type { DatasetName } from '../../data/datasets.ts';
import { textNames } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { table } from '../../tui/table.ts';
import type { Validation } from '../../validate/accuracy.ts';
import { formatInteger, formatShare } from '../format.ts';
import { dataOption, isVerbose, jsonOption, nameOption, numberOption } from '../options.ts';
import { print, say } from '../output.ts';
import { isAboutText, refuseFrom } from '../rnn/text-data.ts';
import { saidText, validateText } from '../rnn/validate.ts';
import { dataOf, givenModel } from '../runs.ts';
import { work } from '../work.ts';

const providers = ['cpu', 'cuda', 'webgpu'] as const;

interface ValidateFlags {
  readonly data?: DatasetName;
  readonly from?: string;
  readonly batch?: number;
  readonly tokens?: number;
  readonly provider: (typeof providers)[number];
  readonly images?: number;
  readonly json?: boolean;
}

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description(
      'measure the accuracy of a model on test images, or its perplexity on a test text, by onnxruntime',
    )
    .argument('<model>', 'an .onnx file, or the run directory that holds model.onnx')
    .addOption(
      dataOption("the data set to test on; that of the model's run, or cifar10, if left out", textNames),
    )
    .option('--from <folder>', 'where a text is, if not in the cache')
    .addOption(
      nameOption('--provider <name>', 'the execution provider of onnxruntime', 'provider', providers).default(
        'cpu',
      ),
    )
    .addOption(numberOption('--images <number>', 'only so many images, from the first', 1))
    .addOption(numberOption('--batch <number>', 'pieces of a text side by side, 1 if left out', 1))
    .addOption(numberOption('--tokens <number>', 'only so many words of a text, from the first', 2))
    .addOption(jsonOption())
    .action(validateCommand);
}

async function validateCommand(path: string, flags: ValidateFlags, command: Command): Promise<void> {
  const { file, run } = givenModel(path);
  const unsaid = flags.data === undefined && run === undefined;
  if (isAboutText(run?.path, flags.data ?? (unsaid ? await saidText(file) : undefined))) {
    await validateText(path, flags, command);
    return;
  }
  refuseFrom(flags.from, flags.data ?? 'the model');
  const order = {
    model: file,
    data: flags.data ?? (run === undefined ? 'cifar10' : dataOf(run)),
    provider: flags.provider,
    images: flags.images ?? null,
  };
  const validation = await work(`Validating ${file}`, { verbose: isVerbose(command) }, async ({ job }) => {
    const result = await job('validate', order);
    await run?.writeFile('validation.json', `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  });
  say(details(validation));
  print(flags.json === true ? JSON.stringify(validation, undefined, 2) : essence(validation));
  if (validation.notFinite > 0) {
    throw new NascentError(
      'gate/failed',
      `the model gives values that are no numbers for ${validation.notFinite} images`,
      { help: 'Its weights may have diverged in training: see metrics.jsonl of its run.' },
    );
  }
}

function essence({ accuracy, images, loss }: Validation): string {
  return `${formatShare(accuracy)} of ${formatInteger(images)} test images, loss ${loss?.toFixed(4) ?? 'not a number'}`;
}

function details({ classes, provider, imagesPerSecond }: Validation): string {
  const rows = classes.map(
    ({ label, images, accuracy }) =>
      [
        label,
        accuracy === null ? 'no image' : `${formatShare(accuracy)} of ${formatInteger(images)}`,
      ] as const,
  );
  return `${table(rows)}\nonnxruntime-${provider}: ${formatInteger(imagesPerSecond)} images a second`;
}
