/** `nascent validate`: the accuracy of a model file on a test split, by onnxruntime. */

import type { Command } from 'commander';

import type { SourceName } from '../../data/datasets.ts';
import { textNames, type TextName } from '../../data/text/corpus.ts';
import { NascentError } from '../../errors.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { validation as validationFile } from '../../run/artefacts/results.ts';
import { table } from '../../tui/table.ts';
import type { Validation } from '../../evaluate/accuracy.ts';
import type { Provider } from '../../runtime/onnxruntime/load.ts';
import { providers } from '../../runtime/registry.ts';
import { modelAndData } from '../../evaluate/language-model.ts';
import { readModelFile } from '../../evaluate/model-file.ts';
import { formatInteger, formatShare } from '../render/format.ts';
import { dataOption, fromOption, isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { refuseForImages } from '../rnn/text-data.ts';
import { validateText } from '../rnn/validate.ts';
import { givenImages, givenModel } from '../input/runs.ts';
import { work } from '../shell/work.ts';

interface ValidateFlags {
  readonly data?: SourceName | TextName;
  readonly from?: string;
  readonly batch?: number;
  readonly tokens?: number;
  readonly provider: Provider;
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
      dataOption("the data set to test on; that of the model's run, or cifar10, if left out", [
        'imagenet',
        ...textNames,
      ]),
    )
    .addOption(fromOption())
    .addOption(
      nameOption('--provider <name>', 'the execution provider of onnxruntime', 'provider', providers).default(
        'cpu',
      ),
    )
    .addOption(
      numberOption('--images <number>', 'only so many images: the first, or of imagenet from all classes', 1),
    )
    .addOption(numberOption('--batch <number>', 'pieces of a text side by side, 1 if left out', 1))
    .addOption(numberOption('--tokens <number>', 'only so many words of a text, from the first', 2))
    .addOption(jsonOption())
    .action(validateCommand);
}

async function validateCommand(path: string, flags: ValidateFlags, command: Command): Promise<void> {
  const given = givenModel(path);
  const { file, run, modelOf } = given;
  const { data, from, batch, tokens } = flags;
  const about = modelAndData(await readModelFile(file), data);
  if (about.kind === 'text') {
    await validateText(given, about.model, flags, command);
    return;
  }
  refuseForImages({ batch, tokens });
  const order = {
    model: file,
    ...(givenImages(run, { data: about.data, from }) ?? { data: 'cifar10' as const }),
    provider: flags.provider,
    images: flags.images ?? null,
  };
  const validation = await work(`Validating ${file}`, { verbose: isVerbose(command) }, async ({ job }) => {
    const result = await job('validate', order);
    if (modelOf !== undefined) await writeArtefact(modelOf, validationFile, result);
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

function essence({ accuracy, top5, data, images, loss }: Validation): string {
  const shares =
    top5 === null ? formatShare(accuracy) : `top-1 ${formatShare(accuracy)}, top-5 ${formatShare(top5)}`;
  // The labels of ImageNet's own test images are not public.
  const kind = data === 'imagenet' ? 'validation' : 'test';
  return `${shares} of ${formatInteger(images)} ${kind} images, loss ${loss?.toFixed(4) ?? 'not a number'}`;
}

/** Of more classes than this, those that go best and worst. */
const mostRows = 20;
const rowsAtEnds = 5;

function details({ classes, provider, imagesPerSecond, unreadable }: Validation): string {
  const rows = (classes.length > mostRows ? atEnds(classes) : classes).map(
    ({ label, images, accuracy }) =>
      [
        label,
        accuracy === null ? 'no image' : `${formatShare(accuracy)} of ${formatInteger(images)}`,
      ] as const,
  );
  const lines = [`onnxruntime-${provider}: ${formatInteger(imagesPerSecond)} images a second`];
  if (unreadable > 0) lines.push(`passed over, because they cannot be read: ${formatInteger(unreadable)}`);
  return [table(rows), ...lines].join('\n');
}

/** The classes that go best, and those that go worst. */
function atEnds(classes: Validation['classes']): Validation['classes'] {
  const ranked = classes
    .filter(({ accuracy }) => accuracy !== null)
    .toSorted((a, b) => (b.accuracy ?? 0) - (a.accuracy ?? 0));
  return [...ranked.slice(0, rowsAtEnds), ...ranked.slice(rowsAtEnds).slice(-rowsAtEnds)];
}
