/** `nascent train` of a recurrent cell: on the text of its search, or on any with `--genotype`. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import { openRun } from '../../run/directory.ts';
import type { EngineName } from '../../runtime/engine.ts';
import { loadRnnGenotype } from '../../space/rnn/genotype-load.ts';
import type { RnnGenotype } from '../../space/rnn/genotype.ts';
import { trainedRun, trainingFolder } from '../../train/job.ts';
import { rnnTrainPresets, rnnTrainSchema, type RnnTrainPreset } from '../../train/rnn/config.ts';
import { searchedRnnGenotype, type RnnTrainOrder } from '../../train/rnn/job.ts';
import { formatDuration } from '../../tui/format.ts';
import { formatMillions } from '../format.ts';
import { howToResume } from '../how-to-resume.ts';
import { commandLine, word } from '../next.ts';
import { isVerbose, knownName } from '../options.ts';
import { print, say } from '../output.ts';
import { freeRun, requireFree } from '../runs.ts';
import { applySettings } from '../settings.ts';
import { work } from '../work.ts';
import { givenText, textOf, type TextData } from './text-data.ts';

export interface TextTrainFlags {
  readonly genotype?: string;
  readonly data?: string;
  readonly from?: string;
  readonly preset?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

export const rnnTrainPresetNames = Object.keys(rnnTrainPresets) as readonly RnnTrainPreset[];

export async function trainText(
  given: string | undefined,
  flags: TextTrainFlags,
  command: Command,
): Promise<void> {
  const { order, path } = orderOf(given, flags);
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
  // The training within a search's run is exported by the name of that run.
  const named = given !== undefined && flags.out === undefined ? given : path;
  say(`Next: ${commandLine(`export ${word(named)}`)}`);
}

/** What to do, and the folder it is done in. */
function orderOf(
  given: string | undefined,
  flags: TextTrainFlags,
): { readonly order: RnnTrainOrder; readonly path: string } {
  const { genotype, resume } = flags;
  const engine = flags.engine === undefined ? {} : { engine: flags.engine };
  const named = [given, genotype, resume].filter((each) => each !== undefined);
  if (named.length !== 1) {
    const what = named.length === 0 ? 'nothing' : `${named.length} things`;
    throw new NascentError('input/invalid', `${what} to train was given`, {
      help: 'Give one of: the run of a search (nascent train runs/a), --genotype DARTS_V2, or --resume runs/a.',
    });
  }
  const path = resume ?? given;
  const unfinished = path === undefined ? undefined : toResume(path, flags);
  if (unfinished !== undefined)
    return { order: { kind: 'resume', run: unfinished, ...engine }, path: unfinished };
  const out = flags.out ?? (given === undefined ? freeRun('train') : trainingFolder(given));
  requireFree(out, 'train');
  const cell = genotype === undefined ? searchedRnnGenotype(given ?? '') : loadRnnGenotype(genotype);
  const searched = given === undefined ? undefined : textOf(openRun(given));
  const text =
    flags.data === undefined && searched !== undefined ? searched : givenText(flags.data, flags.from);
  const config = rnnTrainConfig(cell, genotype ?? given ?? '', text, flags);
  return { order: { kind: 'new', out, config, ...engine }, path: out };
}

/** The configuration of a new training. @throws NascentError for settings that make no sense, before anything begins */
export function rnnTrainConfig(
  genotype: RnnGenotype,
  source: string,
  text: TextData,
  flags: Pick<TextTrainFlags, 'preset' | 'set'>,
) {
  const preset = knownName('preset', flags.preset ?? 'quick-rnn', rnnTrainPresetNames);
  const settings = applySettings(rnnTrainSchema, rnnTrainPresets[preset], flags.set ?? []);
  return { ...text, preset, source, genotype, settings };
}

/**
 * The training that `path` means and that is still to be finished; undefined where a new one is to be made.
 *
 * @throws NascentError `run/exists` where it is finished, `input/invalid` where it would not do what was asked
 */
function toResume(path: string, flags: TextTrainFlags): string | undefined {
  const inner = join(trainingFolder(path), 'run.json');
  const isNew = openRun(path).record().kind === 'search' && !existsSync(inner);
  if (flags.resume === undefined && (flags.out !== undefined || isNew)) return undefined;
  const run = trainedRun(path);
  // As the user wrote it, not as it was resolved.
  const folder = openRun(path).record().kind === 'train' ? path : trainingFolder(path);
  if (run.record().status === 'done') {
    throw new NascentError('run/exists', `the training in ${folder} is finished`, {
      help:
        `Go on with: ${commandLine(`export ${word(path)}`)}. To train anew, remove ${folder}, or give another ` +
        'folder with --out.',
    });
  }
  if ([flags.preset, flags.set, flags.data, flags.from].some((each) => each !== undefined)) {
    throw new NascentError(
      'input/invalid',
      `the training in ${folder} is not finished, and goes on with the settings it has`,
      {
        help: `Leave --preset, --set, --data and --from out, remove ${folder}, or give another folder with --out.`,
      },
    );
  }
  return folder;
}
