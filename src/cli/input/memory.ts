/** `--fit`: an amount of memory that a search or a training has to fit into. */

import { InvalidArgumentError, Option } from 'commander';

const units: Readonly<Record<string, number>> = {
  '': 1e9,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** In bytes; undefined for what is no amount of memory. */
export function memoryIn(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Number(number) * (units[unit.toLowerCase()] ?? Number.NaN);
  return number !== '' && bytes > 0 ? bytes : undefined;
}

export function fitOption(): Option {
  return new Option(
    '--fit <memory>',
    'choose the largest batch, a power of two, whose first steps take no more memory than that here, such as 4GB; each is measured for a minute at most',
  )
    .argParser((text: string) => {
      const bytes = memoryIn(text);
      if (bytes !== undefined) return bytes;
      throw new InvalidArgumentError('Expected an amount of memory, such as 4GB or 800MB.');
    })
    .conflicts(['resume', 'seeds', 'estimate', 'ui']);
}

/** Whether settings say a batch size themselves. */
export function saysBatchSize(set: readonly string[] = []): boolean {
  return set.some((pair) => pair.split('=', 1)[0]?.trim() === 'batch_size');
}

/** The options of a run whose batch is still to be chosen: what is wrong with all else shows with a batch of one, too. */
export function withBatchOfOne<
  F extends { readonly fit?: number | undefined; readonly set?: readonly string[] },
>(flags: F): F {
  return flags.fit === undefined ? flags : { ...flags, set: [...(flags.set ?? []), 'batch_size=1'] };
}
