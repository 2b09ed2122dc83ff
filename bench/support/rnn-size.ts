/** The size of the recurrent search that is timed, as it travels on a command line. */
import { parseArgs } from 'node:util';
import { rnnSearchPresets, type RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import type { RnnSupernetShape } from '../../src/tasks/text/search-loss.ts';

export interface RnnSize {
  readonly batch: number;
  readonly bptt: number;
  readonly units: number;
  readonly words: number;
  readonly threads: number;
}

/** The preset of the paper, of this size and of first order. */
export function rnnConfigOf({ batch, bptt, units }: RnnSize): RnnSearchConfig {
  return { ...rnnSearchPresets['darts-rnn'], batch_size: batch, bptt, units, order: 1 };
}

export function rnnShapeOf({ words, units }: RnnSize): RnnSupernetShape {
  const { nodes, primitives } = rnnSearchPresets['darts-rnn'];
  return { words, units, nodes, primitives };
}

export function rnnToArguments({ batch, bptt, units, words, threads }: RnnSize): string[] {
  return [batch, bptt, units, words, threads].map(String);
}

export function rnnFromArguments(args: readonly string[]): RnnSize {
  const [batch = 256, bptt = 35, units = 300, words = 10_000, threads = 2] = args.map(Number);
  return { batch, bptt, units, words, threads };
}

/** The command line of a benchmark of this size, with what stands for options that are left out. */
export function toldRnn(): { readonly size: RnnSize; readonly rounds: number; readonly check: boolean } {
  const option = (value: number) => ({ type: 'string', default: String(value) }) as const;
  const usual = rnnFromArguments([]);
  const { values } = parseArgs({
    options: {
      rounds: option(3),
      batch: option(usual.batch),
      bptt: option(usual.bptt),
      units: option(usual.units),
      words: option(usual.words),
      threads: option(usual.threads),
      check: { type: 'boolean', default: false },
    },
  });
  const { batch, bptt, units, words, threads, rounds, check } = values;
  const size = rnnFromArguments([batch, bptt, units, words, threads]);
  return { size, rounds: Number(rounds), check };
}
