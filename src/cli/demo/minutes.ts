/** About how long a demo may take: `--minutes`. */

import { InvalidArgumentError, Option } from 'commander';

/** `full` for the full amount, however long it takes. */
export type Minutes = number | 'full';

export const usualMinutes = 6;
/** A day: whoever has longer wants `nascent search`. */
const mostMinutes = 1440;

export function minutesOption(): Option {
  return new Option(
    '--minutes <number>',
    `about how long it may take, set-up aside, or full for the full amount (default: ${usualMinutes})`,
  ).argParser(readMinutes);
}

/** @throws InvalidArgumentError */
export function readMinutes(text: string): Minutes {
  if (text === 'full') return text;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 1 && value <= mostMinutes) return value;
  throw new InvalidArgumentError(`Expected a number from 1 to ${mostMinutes}, or full.`);
}

/** What is said of it at the start. */
export function minutesInWords(minutes: Minutes): string {
  if (minutes === 'full') return 'the full amount, however long it takes';
  const about =
    `about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, set-up aside, ` +
    'or longer where this machine is too slow for the smallest amount';
  return minutes < 15
    ? `${about}; --minutes 15 for a better network where this machine is slow, --minutes full for the full amount`
    : `${about}; --minutes full for the full amount`;
}
