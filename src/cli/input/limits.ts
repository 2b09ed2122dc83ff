/** What a process that opens a model file may take: options of several commands. */

import { totalmem } from 'node:os';

import type { Option } from 'commander';

import type { Limits } from '../../watchdog.ts';
import { numberOption } from './options.ts';

export interface LimitFlags {
  readonly memory?: number;
  readonly timeout?: number;
}

const gibibyte = 2 ** 30;
const defaultSeconds = 600;

export function limitOptions(): readonly Option[] {
  return [
    numberOption(
      '--memory <GB>',
      'end it where it takes more memory (default: half of the machine’s)',
      0.25,
      true,
    ),
    numberOption('--timeout <seconds>', `end it where it takes longer (default: ${defaultSeconds})`, 1),
  ];
}

export function givenLimits({ memory, timeout = defaultSeconds }: LimitFlags): Limits {
  return { memory: memory === undefined ? totalmem() / 2 : memory * gibibyte, seconds: timeout };
}
