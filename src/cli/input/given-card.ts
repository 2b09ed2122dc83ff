/** `--mean`, `--std` and `--labels`: what a user says of an image model whose file does not say it. */

import { readFile } from 'node:fs/promises';

import { InvalidArgumentError, Option } from 'commander';

import { notUtf8, withoutUtf16 } from '../../data/text/encoding.ts';
import { NascentError } from '../../errors.ts';
import { errorCodeOf } from '../../files/files.ts';
import type { GivenCard } from '../../evaluate/given-card.ts';

export interface CardFlags {
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly labels?: string | undefined;
}

/** @param unsaid what is assumed of a file that does not say it */
export function cardOptions(unsaid: {
  readonly normalised: string;
  readonly labels: string;
}): readonly Option[] {
  const ofFile = 'of a file that does not say it';
  return [
    numbersOption(
      '--mean <numbers>',
      `${ofFile}: the mean that is taken from pixels in 0..1, a number for each channel or one for all, such as 0.485,0.456,0.406 (default: ${unsaid.normalised})`,
      (value) => value >= 0 && value <= 1,
      'from 0 to 1',
    ),
    numbersOption(
      '--std <numbers>',
      `${ofFile}: the deviation that they are then divided by, in the same units (default: ${unsaid.normalised})`,
      (value) => value > 0 && value <= 1,
      'above 0, up to 1',
    ),
    new Option(
      '--labels <file>',
      `${ofFile}: the names of its classes in the order of its outputs, a line each, or a JSON list (default: ${unsaid.labels})`,
    ),
  ];
}

function numbersOption(
  flags: string,
  description: string,
  isIn: (value: number) => boolean,
  range: string,
): Option {
  return new Option(flags, description).argParser((text: string) => {
    const parts = text.trim().split(/\s*,\s*|\s+/);
    const values = parts.map((part) => (part === '' ? Number.NaN : Number(part)));
    if (values.every((value) => Number.isFinite(value) && isIn(value))) return values;
    const isBytes = values.every((value) => value >= 0 && value <= 255) && values.some((value) => value > 1);
    const [first = 0] = values;
    throw new InvalidArgumentError(
      `Expected numbers ${range}, with commas between.` +
        (isBytes ? ` Divide those of pixels from 0 to 255 by 255: ${first} is ${shortly(first / 255)}.` : ''),
    );
  });
}

function shortly(value: number): string {
  return String(Number(value.toFixed(4)));
}

/** What was said, with the labels read. @throws NascentError where the file of labels is none */
export async function givenCardOf({ mean, std, labels }: CardFlags): Promise<GivenCard> {
  return {
    ...(mean !== undefined && { mean: [...mean] }),
    ...(std !== undefined && { std: [...std] }),
    ...(labels !== undefined && { labels: await readLabels(labels) }),
  };
}

/** A first label such as `[unused]` or `{0} cat`: in a JSON list, quotation marks or commas come first. */
const beginsInBrackets = /^\s*[[{]\s*[^\s[\]{}"',][^[\]{}"',\r\n]*[\]}]/;

/**
 * The labels of a file: a JSON list of names, or a line each; empty lines at its end are none.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'input/invalid' where it is no list of names
 */
export async function readLabels(path: string): Promise<string[]> {
  const read = await readFile(path).catch((cause: unknown) => {
    const code = errorCodeOf(cause) ?? String(cause);
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    throw new NascentError(
      isAbsent ? 'data/missing' : 'input/invalid',
      isAbsent
        ? `there is no file of labels ${path}`
        : code === 'EISDIR'
          ? `${path} is a folder, and no file of labels`
          : `the labels cannot be read from ${path}: ${code}`,
      { help: 'Give by --labels a file with the name of a class in each line.', cause },
    );
  });
  const refuse = (why: string, help: string): never => {
    throw new NascentError('input/invalid', `${path}, the file of labels, ${why}`, { help });
  };
  // The shell of Windows writes UTF-16 by `>`.
  const bytes = withoutUtf16(read);
  const wrong = notUtf8(bytes);
  if (wrong !== undefined) refuse(wrong.why, `Convert it: iconv -f ${wrong.likely} -t UTF-8 ${path}.`);
  const text = new TextDecoder().decode(bytes);
  if (/^\s*[[{]/.test(text) && !beginsInBrackets.test(text)) {
    const names = namesOf(text);
    return (
      names ??
      refuse('is no JSON list of names', 'It takes ["cat", "dog"], or the name of a class in each line.')
    );
  }
  const lines = text
    .trimEnd()
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim());
  const empty = lines.indexOf('');
  if (empty >= 0) {
    refuse(
      lines.length === 1 ? 'is empty' : `has nothing in line ${empty + 1}`,
      'Write the name of a class in each line, in the order of the outputs of the model.',
    );
  }
  return lines;
}

function namesOf(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isNames =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((each) => typeof each === 'string' && each !== '');
    return isNames ? (value as string[]) : undefined;
  } catch {
    return undefined;
  }
}
