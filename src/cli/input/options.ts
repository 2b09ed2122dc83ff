/** Options that several commands take, and the checks they share. */

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import { engineNames } from '../../runtime/engine.ts';
import { unknownName } from '../../tasks/settings/unknown-name.ts';
import { withWords } from './words.ts';

/** `name` if it is one of `known`. @throws NascentError `input/unknown` with the nearest */
export function knownName<N extends string>(what: string, name: string, known: readonly N[]): N {
  const found = known.find((each) => each === name);
  if (found === undefined) throw unknownName(what, name, known);
  return found;
}

/** An option whose value is one of `known`. */
export function nameOption(
  flags: string,
  description: string,
  what: string,
  known: readonly string[],
): Option {
  const option = new Option(flags, `${description}: ${known.join(', ')}`);
  return withWords(option, known).argParser((name: string) => knownName(what, name, known));
}

/** An option whose value is several of `known`, with commas between. */
export function listOption(
  flags: string,
  description: string,
  what: string,
  known: readonly string[],
): Option {
  const option = new Option(flags, `${description}: ${known.join(', ')}`);
  return withWords(option, known).argParser((names: string) =>
    names.split(',').map((name) => knownName(what, name.trim(), known)),
  );
}

export function engineOption(): Option {
  return nameOption(
    '--engine <name>',
    'what to compute on (default: the fastest that is ready)',
    'engine',
    engineNames,
  );
}

/** `--from`, for a model's images or words. */
export function fromOption(): Option {
  return new Option(
    '--from <folder>',
    'the folder that holds the dataset (default: where the run had it, or the cache; imagenet: NASCENT_IMAGENET)',
  );
}

/** `--set key=value`, as often as wanted. */
export function setOption(): Option {
  return new Option(
    '--set <key=value>',
    "change one of the preset's settings, which nascent settings lists; may be given again",
  ).argParser((pair: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), pair]);
}

/** An option that takes a number of at least `least`, or in a range with both its ends, whole unless `fraction`. */
export function numberOption(
  flags: string,
  description: string,
  range: number | readonly [least: number, most: number],
  fraction = false,
): Option {
  const [least, most = Infinity] = typeof range === 'number' ? [range] : range;
  return new Option(flags, description).argParser((text: string) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= least && value <= most && (fraction || Number.isInteger(value)))
      return value;
    const within = most === Infinity ? `, ${least} or more` : ` from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a ${fraction ? '' : 'whole '}number${within}.`);
  });
}

/** `--epoch`, counted as screens and checkpoints count: from 1, and 0 is before the first. */
export function epochOption(description: string): Option {
  return numberOption('--epoch <number>', `${description}; 1 is the first, 0 is before it`, 0);
}

/** `--estimate`, of what takes long. */
export function estimateOption(): Option {
  return new Option(
    '--estimate',
    'say how long it takes here and how much memory, from a few steps within a minute, and make nothing',
  );
}

/** `--ui`: what is started is a process of its own, and is watched on the whole terminal. */
export function uiOption(): Option {
  return new Option('--ui', 'watch it on the whole terminal; it goes on when that is left').conflicts([
    'json',
    'estimate',
  ]);
}

/** `--extent name=n`, as often as wanted: what the extents are that a model leaves open, `least` or more. */
export function extentOption(least: 0 | 1 = 0): Option {
  return new Option(
    '--extent <name=n>',
    'what an extent is that the model leaves open, such as height=224; may be given again',
  ).argParser((pair: string, earlier: Readonly<Record<string, number>> | undefined) => {
    const split = pair.lastIndexOf('=');
    const given = pair.slice(split + 1).trim();
    const value = given === '' ? Number.NaN : Number(given);
    if (split > 0 && Number.isInteger(value) && value >= least)
      return { ...earlier, [pair.slice(0, split)]: value };
    throw new InvalidArgumentError(
      `Expected a name and a whole number, ${least} or more, such as height=224.`,
    );
  });
}

export function jsonOption(): Option {
  return new Option('--json', 'as JSON');
}

/** Whether `--verbose` was given, before the command's name or after. */
export function isVerbose(command: Command): boolean {
  return command.optsWithGlobals<{ readonly verbose?: boolean }>().verbose === true;
}
