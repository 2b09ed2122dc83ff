/** What a process that opens a model file may take: options of several commands. */

import { totalmem } from 'node:os';

import type { Option } from 'commander';

import type { Limits } from '../../watchdog.ts';
import { numberOption } from './options.ts';

export interface LimitFlags {
  readonly memory?: number | undefined;
  readonly timeout?: number | undefined;
}

const gibibyte = 2 ** 30;
const defaultSeconds = 600;

export function limitOptions(
  timeout = `end it where it takes longer (default: ${defaultSeconds})`,
): readonly Option[] {
  return [
    numberOption(
      '--memory <GB>',
      'end it where it takes more memory (default: half of the machine’s)',
      0.25,
      true,
    ),
    numberOption('--timeout <seconds>', timeout, 1),
  ];
}

/** The same of what may take hours in order, answer by answer: its time is counted anew from each. */
export function answerLimitOptions(): readonly Option[] {
  return limitOptions(`end it where the next batch, image or word takes longer (default: ${defaultSeconds})`);
}

export function givenLimits({ memory, timeout = defaultSeconds }: LimitFlags): Limits {
  return { memory: memory === undefined ? totalmem() / 2 : memory * gibibyte, seconds: timeout };
}

export function givenAnswerLimits(flags: LimitFlags): Limits {
  const { memory, seconds } = givenLimits(flags);
  return { memory, quietSeconds: seconds };
}
