/** `nascent predict`: what a model says of image files, or how a text may go on. */

import type { Command } from 'commander';

import { eos } from '../../data/text/tokens.ts';
import { NascentError } from '../../errors.ts';
import type { ImagePrediction } from '../../predict/images.ts';
import type { PredictOrder } from '../../predict/order.ts';
import type { TextPrediction } from '../../predict/text.ts';
import type { Provider } from '../../runtime/onnxruntime/load.ts';
import { providers } from '../../runtime/registry.ts';
import { table } from '../../tui/table.ts';
import { cardOptions, givenCardOf, type CardFlags } from '../input/given-card.ts';
import { answerLimitOptions, givenAnswerLimits, type LimitFlags } from '../input/limits.ts';
import { isVerbose, jsonOption, nameOption, numberOption } from '../input/options.ts';
import { givenModel } from '../input/runs.ts';
import { formatShare } from '../render/format.ts';
import { shownToken } from '../render/token.ts';
import { print } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface PredictFlags extends Pick<PredictOrder, 'text' | 'top' | 'sample' | 'seed'>, CardFlags, LimitFlags {
  readonly provider: Provider;
  readonly json?: boolean;
}

export function registerPredict(program: Command): void {
  const command = program
    .command('predict')
    .description(
      'what a model says: the likeliest classes of image files, or the words, or characters, that follow a text',
    )
    .argument('<model>', 'an .onnx file, or the run folder that holds model.onnx')
    .argument('[files...]', 'images, of any size and format')
    .option('--text <text>', 'of a language model: the text so far')
    .addOption(
      numberOption('--top <number>', 'how many classes, words or characters to list (default: 5)', 1),
    )
    .addOption(
      numberOption(
        '--sample <number>',
        'of a language model: go on by so many words or characters, drawn by probability',
        1,
      ),
    )
    .addOption(numberOption('--seed <number>', 'what they are drawn by (default: 0)', [0, 2 ** 32 - 1]))
    .addOption(
      nameOption('--provider <name>', 'the execution provider of onnxruntime', 'provider', providers).default(
        'cpu',
      ),
    )
    .action(predictCommand);
  for (const option of cardOptions({ normalised: 'none, it must be said', labels: 'numbers' }))
    command.addOption(option);
  for (const option of answerLimitOptions()) command.addOption(option);
  command.addOption(jsonOption());
}

async function predictCommand(
  path: string,
  files: readonly string[],
  { json, mean, std, labels, memory, timeout, ...given }: PredictFlags,
  command: Command,
): Promise<void> {
  const { file } = givenModel(path);
  if (given.text === undefined && (given.sample ?? given.seed) !== undefined) {
    throw new NascentError('input/invalid', '--sample and --seed go on from a text, and none was given', {
      help: 'Give it with --text, or leave them out.',
    });
  }
  const card = await givenCardOf({ mean, std, labels });
  const order = { model: file, ...given, ...card, ...(files.length > 0 && { files: [...files] }) };
  const prediction = await work(`Predicting by ${file}`, { verbose: isVerbose(command) }, ({ job }) =>
    job('predict', order, { limits: givenAnswerLimits({ memory, timeout }) }),
  );
  if (json === true) print(JSON.stringify(prediction, undefined, 2));
  else print(prediction.task === 'images' ? ofImages(prediction) : ofText(prediction));
  if (prediction.task === 'images') requireAll(prediction);
}

function ofImages({ files, scores }: ImagePrediction): string {
  const shown = (score: number) => (scores === 'probability' ? formatShare(score) : score.toPrecision(4));
  return table(
    files.map(({ file, classes, error }) => [
      file,
      error === null
        ? classes.map(({ class: k, label, score }) => `${label ?? `class ${k}`}  ${shown(score)}`).join('\n')
        : 'cannot be read',
    ]),
  );
}

function ofText({ level, read, next, sampled }: TextPrediction): string {
  const text = [...read, ...sampled];
  return [
    table(next.map(({ word, probability }) => [shownToken(word, level), formatShare(probability)])),
    ...(sampled.length === 0 ? [] : ['', level === 'word' ? text.join(' ') : written(text)]),
  ].join('\n');
}

/** Characters as the text that they are. */
function written(characters: readonly string[]): string {
  return characters.map((character) => (character === eos ? '\n' : character)).join('');
}

/** @throws NascentError 'data/damaged' where some file could not be read; what the others gave is printed by then */
function requireAll({ files }: ImagePrediction): void {
  const unread = files.filter(({ error }) => error !== null);
  if (unread.length === 0) return;
  throw new NascentError('data/damaged', `${unread.length} of ${files.length} files cannot be read`, {
    help: `Leave them out: ${unread.map(({ file }) => file).join(', ')}.`,
  });
}
