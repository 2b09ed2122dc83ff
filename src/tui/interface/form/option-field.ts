/** Fields of options that are left out of a command unless they are answered, and the words that they become. */

import type { Answers, Field } from './field.ts';
import { option } from './field.ts';

/** An option of a command. */
export interface OptionRow {
  /** As it is typed, after `--`. */
  readonly name: string;
  readonly help: string;
  readonly facts: readonly string[];
  /** How it is shown while nobody answers it. */
  readonly usual: string;
  /** What it is one of, the usual one left out; `yes` alone for an option without a value. */
  readonly choices?: readonly string[];
  readonly unit?: string;
  /** What is wrong with an answer. */
  readonly wrong?: (text: string) => string | undefined;
}

const isFlag = ({ choices }: OptionRow) => choices?.join() === 'yes';
const answerTo = ({ name }: OptionRow, answers: Answers) => (answers[name] ?? '').trim();

export function optionFields(rows: readonly OptionRow[], answers: Answers): readonly Field[] {
  return rows.map((row) => {
    const { name, help, facts, usual, choices, unit, wrong } = row;
    const answer = answerTo(row, answers);
    return {
      key: name,
      group: 'what',
      label: name,
      text: answers[name] ?? '',
      ...(answer === '' && { shown: usual }),
      ...(choices !== undefined && { choices: ['', ...choices] }),
      ...(unit !== undefined && { unit }),
      differs: answer !== '',
      wrong: answer === '' ? undefined : wrong?.(answer),
      help,
      facts,
    };
  });
}

/** What was answered, as words of a command. */
export function optionWords(rows: readonly OptionRow[], answers: Answers): readonly string[] {
  return rows.flatMap((row) => {
    const answer = answerTo(row, answers);
    if (answer === '') return [];
    return isFlag(row) ? [`--${row.name}`] : option(`--${row.name}`, answer);
  });
}

/** A whole number in a range, for `wrong`. */
export function wholeNumber(least: number, most = Infinity): (text: string) => string | undefined {
  const range = most === Infinity ? `, ${least} or more` : ` from ${least} to ${most}`;
  return (text) =>
    /^-?\d+$/.test(text) &&
    Number(text) >= least &&
    Number(text) <= most &&
    Number.isSafeInteger(Number(text))
      ? undefined
      : `expected a whole number${range}`;
}

/** A number of at least 0, for `wrong`. */
export function notNegative(text: string): string | undefined {
  return Number.isFinite(Number(text)) && Number(text) >= 0 ? undefined : 'expected a number, 0 or more';
}
