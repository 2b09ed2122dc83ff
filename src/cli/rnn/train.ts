/** `nascent train` of a recurrent cell: on the text of its search, or on any with `--genotype`. */

import type { Command } from 'commander';

import { openRun } from '../../run/directory.ts';
import { loadRnnGenotype } from '../../space/text/genotype-load.ts';
import { rnnGenotypeFromJson } from '../../space/text/genotype-text.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { rnnTrainPresets, rnnTrainSchema, type RnnTrainPreset } from '../../tasks/text/train-settings.ts';
import { searchedGenotype } from '../../run/searched.ts';
import { formatDuration } from '../../tui/format.ts';
import { formatMillions } from '../render/format.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import { checkTextTraining } from '../input/check-settings.ts';
import { isVerbose, knownName } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { applySettings } from '../input/settings.ts';
import { trainingOrder } from '../input/training-order.ts';
import type { TrainingFlags } from '../input/training-order.ts';
import { work } from '../shell/work.ts';
import { givenText, textOf, type TextData } from './text-data.ts';

export const rnnTrainPresetNames = Object.keys(rnnTrainPresets) as readonly RnnTrainPreset[];

export async function trainText(
  given: string | undefined,
  flags: TrainingFlags,
  command: Command,
): Promise<void> {
  const { order, path, named } = trainingOrder(given, flags, () => configOf(given, flags));
  if (order.kind === 'resume') say(`Going on with the training in ${path}.`);
  const options = { verbose: isVerbose(command), onInterrupt: () => howToResume('train', path) };
  const outcome = await work(`Training in ${path}`, options, ({ job }) => job('train-rnn', order));
  say(
    `Trained in ${formatDuration(1000 * outcome.seconds)} on ${outcome.engine}: ` +
      `${formatMillions(outcome.parameters)} parameters, perplexity ${outcome.validPerplexity.toFixed(2)} on the ` +
      `validation text and ${outcome.testPerplexity.toFixed(2)} on the test text ` +
      `(${outcome.unigramPerplexity.toFixed(1)} for the unigram model).`,
  );
  for (const note of outcome.notes) say(`Note: ${note}`);
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : path);
  say(`Next: ${commandLine(`export ${word(named)}`)}`);
}

function configOf(given: string | undefined, flags: TrainingFlags) {
  const { genotype } = flags;
  const cell =
    genotype === undefined ? searchedGenotype(given ?? '', rnnGenotypeFromJson) : loadRnnGenotype(genotype);
  const searched = given === undefined ? undefined : textOf(openRun(given));
  return rnnTrainConfig(cell, genotype ?? given ?? '', givenText(flags, searched), flags);
}

/** The configuration of a new training. @throws NascentError for settings that make no sense, before anything begins */
export function rnnTrainConfig(
  genotype: RnnGenotype,
  source: string,
  text: TextData,
  flags: Pick<TrainingFlags, 'preset' | 'set'>,
) {
  const preset = knownName('preset', flags.preset ?? 'quick-rnn', rnnTrainPresetNames);
  const settings = applySettings(rnnTrainSchema, rnnTrainPresets[preset], flags.set ?? []);
  checkTextTraining(settings, genotype);
  return { ...text, preset, source, genotype, settings };
}
