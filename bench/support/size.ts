/** The size of the network that is timed, as it travels on a command line. */
import { parseArgs } from 'node:util';
import type { SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';
import { dartsPrimitives } from '../../src/space/images/primitives.ts';
import type { SupernetShape } from '../../src/space/images/supernet.ts';

export interface Size {
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly threads: number;
}

export const nodes = 4;
export const classes = 10;

export function shapeOf({ channels, layers }: Size): SupernetShape {
  return { channels, layers, nodes, primitives: dartsPrimitives, classes, image: [3, 32, 32] };
}

export function configOf({ channels, layers, batch }: Size, order: 1 | 2): SearchConfig {
  return { ...searchPresets.darts, channels, layers, nodes, batch_size: batch, order };
}

export function toArguments({ channels, layers, batch, threads }: Size): string[] {
  return [channels, layers, batch, threads].map(String);
}

export function fromArguments(args: readonly string[]): Size {
  const [channels = 16, layers = 8, batch = 32, threads = 2] = args.map(Number);
  return { channels, layers, batch, threads };
}

/** What a benchmark of a network of images is told, by options of these names. */
export interface Told {
  readonly size: Size;
  readonly rounds: number;
  /** Whether a floor that is not met is a failure. */
  readonly check: boolean;
  /** Whether torch.compile runs beside eager PyTorch. */
  readonly compile: boolean;
}

/** The command line, with what stands for options that are left out. */
export function told(usual: Size & { readonly rounds: number }): Told {
  const option = (value: number) => ({ type: 'string', default: String(value) }) as const;
  const { values } = parseArgs({
    options: {
      rounds: option(usual.rounds),
      batch: option(usual.batch),
      channels: option(usual.channels),
      layers: option(usual.layers),
      threads: option(usual.threads),
      check: { type: 'boolean', default: false },
      compile: { type: 'boolean', default: false },
    },
  });
  const { channels, layers, batch, threads, rounds, check, compile } = values;
  return {
    size: {
      channels: Number(channels),
      layers: Number(layers),
      batch: Number(batch),
      threads: Number(threads),
    },
    rounds: Number(rounds),
    check,
    compile,
  };
}
