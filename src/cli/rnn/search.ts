/** `nascent search --data <text>`: searches a recurrent cell, and prints its genotype. */

import type { Command } from 'commander';

import type { EngineName } from '../../runtime/engine.ts';
import { rnnSearchPresets, rnnSearchSchema, type RnnSearchPreset } from '../../tasks/text/search-settings.ts';
import type { RnnSearchOrder } from '../../search/rnn/job.ts';
import { rnnGenotypeFromJson, rnnGenotypeToNotation } from '../../space/text/genotype-text.ts';
import { finishedGenotype } from '../../run/searched.ts';
import { formatDuration } from '../../tui/format.ts';
import { howToResume } from '../render/how-to-resume.ts';
import { commandLine, word } from '../render/next.ts';
import { checkTextSearch } from '../input/check-settings.ts';
import { isVerbose, knownName } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { freeRun, requireFree } from '../input/runs.ts';
import { applySettings } from '../input/settings.ts';
import { work } from '../shell/work.ts';
import { givenText, refuseForText } from './text-data.ts';

export interface TextSearchFlags {
  readonly data?: string;
  readonly from?: string;
  readonly preset?: string;
  readonly order?: number;
  readonly stopOnSkips?: boolean;
  readonly deterministic?: boolean;
  readonly seeds?: readonly number[];
  readonly retrain?: string;
  readonly retrainSet?: readonly string[];
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

export const rnnSearchPresetNames = Object.keys(rnnSearchPresets) as readonly RnnSearchPreset[];

export async function searchText(flags: TextSearchFlags, command: Command): Promise<void> {
  const { stopOnSkips, deterministic, seeds, retrain, retrainSet } = flags;
  refuseForText({ stopOnSkips, deterministic, seeds, retrain, retrainSet });
  const path = flags.resume ?? flags.out ?? freeRun('search');
  const finished =
    flags.resume === undefined ? undefined : finishedGenotype(flags.resume, rnnGenotypeFromJson);
  if (finished !== undefined) {
    say('This search is finished.');
    const notation = rnnGenotypeToNotation(finished);
    print(
      flags.json === true
        ? JSON.stringify({ run: path, genotype: finished, notation }, undefined, 2)
        : notation,
    );
    say(`Next: ${commandLine(`train ${word(path)}`)}`);
    return;
  }
  if (flags.resume === undefined) requireFree(path, 'search');
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  const asked = command.getOptionValueSource('preset') === 'default' ? {} : { preset: flags.preset };
  const order: RnnSearchOrder =
    flags.resume === undefined
      ? { kind: 'new', out: path, config: rnnSearchConfig({ ...flags, preset: asked.preset }), ...engine }
      : { kind: 'resume', run: path, ...engine };
  const options = { verbose: isVerbose(command), onInterrupt: () => howToResume('search', path) };
  const outcome = await work(`Search in ${path}`, options, ({ job }) => job('search-rnn', order));
  const notation = rnnGenotypeToNotation(outcome.genotype);
  say(
    `Searched in ${formatDuration(1000 * outcome.seconds)} on ${outcome.engine}; the search network has a perplexity ` +
      `of ${outcome.validPerplexity.toFixed(1)} on the validation text.`,
  );
  print(flags.json === true ? JSON.stringify({ ...outcome, notation }, undefined, 2) : notation);
  say(`Next: ${commandLine(`train ${word(path)}`)}`);
}

/** The configuration of a new search. @throws NascentError for settings that make no sense, before anything begins */
export function rnnSearchConfig(
  flags: Pick<TextSearchFlags, 'data' | 'from' | 'set' | 'order'> & { readonly preset?: string | undefined },
) {
  const preset = knownName('preset', flags.preset ?? 'quick-rnn', rnnSearchPresetNames);
  const short = flags.order === undefined ? [] : [`order=${flags.order}`];
  const settings = applySettings(rnnSearchSchema, rnnSearchPresets[preset], [...short, ...(flags.set ?? [])]);
  checkTextSearch(settings);
  return { ...givenText(flags), preset, settings };
}
