/** The size of the supernet that is timed, as it travels on a command line. */
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
