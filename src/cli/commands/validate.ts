/** `nascent validate`: the accuracy of a model file on a test split, by onnxruntime. */

import type { Command } from 'commander';

import { dataNames } from '../../data/registry.ts';
import { NascentError } from '../../errors.ts';
import { writeArtefact } from '../../run/artefacts/artefact.ts';
import { validation as validationFile } from '../../run/artefacts/results.ts';
import type { Provider } from '../../runtime/onnxruntime/load.ts';
import { providers } from '../../runtime/registry.ts';
import type { Validation } from '../../evaluate/accuracy.ts';
import { modelAndData, type LanguageModel } from '../../evaluate/language-model.ts';
import type { PerplexityReport } from '../../evaluate/perplexity.ts';
import type { AnyValidateOrder } from '../../evaluate/order.ts';
import type { AnyValidation } from '../../evaluate/validate.ts';
import { perplexityBy } from '../../tasks/text/metric.ts';
import { table } from '../../tui/table.ts';
import { givenData, refuseOthers } from '../input/data.ts';
import { cardOptions, givenCardOf, type CardFlags } from '../input/given-card.ts';
import { answerLimitOptions, givenAnswerLimits, givenLimits, type LimitFlags } from '../input/limits.ts';
import { fromOption, isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { givenModel, likelyData } from '../input/runs.ts';
import { formatInteger, formatShare } from '../render/format.ts';
import { commandLine, word } from '../render/next.ts';
import { print, say } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface ValidateFlags extends CardFlags, LimitFlags {
  readonly data?: AnyValidateOrder['data'];
  readonly from?: string;
  readonly batch?: number;
  readonly pieces?: number;
  readonly tokens?: number;
  readonly provider: Provider;
  readonly images?: number;
  readonly json?: boolean;
}

export function registerValidate(program: Command): void {
  const command = program
    .command('validate')
    .description(
      'measure the accuracy of a model on test images, or its perplexity on a test text, by onnxruntime',
    )
    .argument('<model>', 'an .onnx file, or the run folder that holds model.onnx')
    .addOption(
      nameOption(
        '--data <name>',
        "the dataset to test on (default: that of the model's run, or what the model was made for, or cifar10)",
        'dataset',
        dataNames,
      ),
    )
    .addOption(fromOption())
    .addOption(
      nameOption('--provider <name>', 'the execution provider of onnxruntime', 'provider', providers).default(
        'cpu',
      ),
    )
    .addOption(
      numberOption(
        '--images <number>',
        'how many images: the first, or of imagenet from all classes (default: all)',
        1,
      ),
    )
    .addOption(
      numberOption(
        '--batch <number>',
        'pieces of a text read side by side, which is only for speed (default: 1)',
        1,
      ),
    )
    .addOption(
      numberOption(
        '--pieces <number>',
        'measure a text also as training does: in so many equal pieces that each begin anew',
        1,
      ),
    )
    .addOption(
      numberOption(
        '--tokens <number>',
        'how many words or characters of a text, from the first (default: all)',
        2,
      ),
    )
    .action(validateCommand);
  for (const option of cardOptions({ normalised: "the dataset's", labels: "the dataset's classes" }))
    command.addOption(option);
  for (const option of answerLimitOptions()) command.addOption(option);
  command.addOption(jsonOption());
}

async function validateCommand(path: string, flags: ValidateFlags, command: Command): Promise<void> {
  const { file, run, modelOf } = givenModel(path);
  const { data, from, batch, pieces, tokens, images, mean, std, labels } = flags;
  const validation = await work(`Validating ${file}`, { verbose: isVerbose(command) }, async ({ job }) => {
    const face = await job('readFace', { model: file }, { limits: givenLimits(flags) });
    const about = modelAndData(face, data);
    refuseOthers(about.kind, { images: { images, mean, std, labels }, text: { batch, pieces, tokens } });
    const likely = likelyData(run, about);
    if (about.kind === 'text' && likely === undefined && data === undefined) throw textUnsaid(about.model);
    const order = {
      model: file,
      ...givenData({ data, from }, likely, 'cifar10'),
      provider: flags.provider,
      ...(images !== undefined && { images }),
      ...(batch !== undefined && { batchSize: batch }),
      ...(pieces !== undefined && { pieces }),
      ...(tokens !== undefined && { tokens }),
      ...(await givenCardOf({ mean, std, labels })),
    } as AnyValidateOrder;
    const result = await job('validate', order, { beside: modelOf, limits: givenAnswerLimits(flags) });
    if (modelOf !== undefined) await writeArtefact(modelOf, validationFile, result);
    return result;
  });
  const shown = validation.task === 'images' ? ofImages(validation) : ofText(validation);
  say(shown.details);
  print(flags.json === true ? JSON.stringify(validation, undefined, 2) : shown.essence);
  requireFinite(validation);
}

/** @throws NascentError 'gate/failed' where some output is NaN or infinite */
function requireFinite(validation: AnyValidation): void {
  if (validation.notFinite === 0) return;
  const what = validation.task === 'images' ? 'images' : `${validation.level}s`;
  throw new NascentError(
    'gate/failed',
    `the model's output is NaN or infinite for ${formatInteger(validation.notFinite)} ${what}`,
    { help: 'Its weights may have diverged in training: see metrics.jsonl of its run.' },
  );
}

interface Shown {
  readonly details: string;
  readonly essence: string;
}

function ofImages(validation: Validation): Shown {
  return { details: details(validation), essence: essence(validation) };
}

function ofText(report: PerplexityReport): Shown {
  const { perplexity, bitsPerCharacter, officialPerplexity, unigramPerplexity, level } = report;
  const { words, split, loss, batch, provider, wordsPerSecond, notes } = report;
  const figure =
    level === 'word'
      ? `perplexity ${perplexity?.toFixed(3) ?? 'unknown'}`
      : `${bitsPerCharacter?.toFixed(4) ?? 'unknown'} bits per character`;
  return {
    essence: `${figure} over ${formatInteger(words)} ${level}s of the ${split} text`,
    details: table([
      ...(level === 'word'
        ? []
        : [['perplexity', `${perplexity?.toFixed(3) ?? 'unknown'} a character`] as const]),
      ['loss', `${loss?.toFixed(4) ?? 'NaN'} nats a ${level}`],
      [
        'as DARTS counts',
        `perplexity ${officialPerplexity?.toFixed(3) ?? 'unknown'}: divided by a ${level} more than was predicted`,
      ],
      ...piecesRow(report),
      ['unigram model', perplexityBy(level).format(unigramPerplexity)],
      [
        'hidden state',
        `carried through the whole text${batch === 1 ? '' : `, ${formatInteger(batch)} pieces of it side by side`}`,
      ],
      ['speed', `${formatInteger(wordsPerSecond)} ${level}s a second, onnxruntime-${provider}`],
      ...notes.map((note) => ['note', note] as const),
    ]),
  };
}

function piecesRow({ inPieces, level }: PerplexityReport): readonly (readonly [string, string])[] {
  if (inPieces === null) return [];
  const { pieces, words, leftOut, perplexity, officialPerplexity } = inPieces;
  return [
    [
      'as training',
      `perplexity ${perplexity?.toFixed(3) ?? 'unknown'} over ${formatInteger(words)} ${level}s, in ${formatInteger(pieces)} equal ` +
        `pieces that each begin anew, ${formatInteger(leftOut)} at their ends left out; as DARTS counts ${officialPerplexity?.toFixed(3) ?? 'unknown'}`,
    ],
  ];
}

/** What can be done with a language model of which no text is known. */
function textUnsaid({ path, words, level, untrained }: LanguageModel): NascentError {
  const count = formatInteger(words);
  const file = word(path);
  const measure = `Give a text whose vocabulary has ${count} ${level}s: ${commandLine(`validate ${file} --data text --from FOLDER`)}.`;
  if (!untrained) {
    return new NascentError(
      'input/invalid',
      `${path} is a language model that does not say what text it was made for`,
      { help: `Name the text with --data, and --from where it is not in the cache. ${measure}` },
    );
  }
  return new NascentError(
    'input/invalid',
    `${path} is an untrained language model of ${count} ${level}s, made for no text`,
    {
      help:
        `Its words have no names, and its perplexity is about ${count}, whatever the text. ${measure} To compare ` +
        `runtimes on it: ${commandLine(`parity ${file}`)}. To get a model that says something, train its cell: ` +
        `${commandLine('train --genotype NAME --data wikitext2')}.`,
    },
  );
}

function essence({ accuracy, top5, data, images, loss }: Validation): string {
  const shares =
    top5 === null ? formatShare(accuracy) : `top-1 ${formatShare(accuracy)}, top-5 ${formatShare(top5)}`;
  // The labels of ImageNet's own test images are not public.
  const kind = data === 'imagenet' ? 'validation' : 'test';
  return `${shares} of ${formatInteger(images)} ${kind} images, loss ${loss?.toFixed(4) ?? 'NaN'}`;
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
