/** The networks that a genotype can be put in by name: shapes without anything trained. A row for each task. */

import { NascentError } from '../../errors.ts';
import type { Graph } from '../../graph/types.ts';
import { countMacs, countParameters } from '../../graph/count.ts';
import type { GenotypeExport } from '../../model/order.ts';
import type { Genotype } from '../../space/space.ts';
import { isRnnGenotype } from '../../space/text/genotype-load.ts';
import type { TaskName } from '../../tasks/task.ts';
import { tasks } from '../../tasks/tasks.ts';
import { countOps, allNodes, type OpCounts } from '../render/count-ops.ts';
import { imageSizes } from '../../tasks/images/shared-settings.ts';
import { textSizes } from '../../tasks/text/shared-settings.ts';
import { cellsGiven } from '../input/cells.ts';
import { refuseOthers, taskAt } from '../input/data.ts';
import { imageNetworks } from './images.ts';
import { textNetworks } from './text.ts';

/** The sizes that can be asked for: as in the settings; and more words than any text has that can be trained on. */
export const sizeRanges = { ...imageSizes, ...textSizes, words: [2, 10_000_000] } as const;

/** Sizes that replace those of a named network. */
export interface SizeFlags {
  readonly channels?: number | undefined;
  readonly layers?: number | undefined;
  readonly units?: number | undefined;
  readonly words?: number | undefined;
  readonly unroll?: number | undefined;
}

/** Facts of a network for people, and the same for programs. */
export interface Facts {
  readonly size: string;
  readonly lines: readonly (readonly [label: string, value: string])[];
  readonly data: Readonly<Record<string, unknown>>;
  /** What MACs are counted for: `one image`. */
  readonly macsOf: string;
}

export interface Networks {
  readonly names: readonly string[];
  readonly usual: string;
  /** @throws NascentError `input/invalid` for a network that is too large to build */
  graph(name: string, sizes: SizeFlags, genotype: Genotype): Graph;
  facts(name: string, sizes: SizeFlags, genotype: Genotype): Facts;
  /**
   * What an export of it untrained is told, beside seed and file.
   *
   * @throws NascentError `input/invalid` for a network that is too large to build
   */
  untrained(name: string, sizes: SizeFlags, genotype: Genotype): Pick<GenotypeExport, 'task' | 'shape'>;
}

const rows: { readonly [N in TaskName]: Networks } = { images: imageNetworks, text: textNetworks };

export const networkNames: readonly string[] = Object.values(rows).flatMap(({ names }) => names);

export function networksOf(task: TaskName): Networks {
  return rows[task];
}

/** A network by name, and the task that it is of. */
export interface NamedNetwork {
  readonly name: string;
  readonly task: TaskName;
  readonly networks: Networks;
}

/**
 * The network that was asked for; else what the genotype is of, and of the names that both kinds of cells have, the
 * convolutional one.
 *
 * @throws NascentError `input/invalid` where a size was given that networks of the other kind have
 */
export function networkFor(genotype: string, asked: string | undefined, sizes: SizeFlags): NamedNetwork {
  const task = taskNamed(genotype, asked);
  const networks = rows[task];
  const { channels, layers, units, words, unroll } = sizes;
  refuseOthers(task, { images: { channels, layers }, text: { units, words, unroll } });
  return { name: asked ?? networks.usual, task, networks };
}

function taskNamed(genotype: string, asked: string | undefined): TaskName {
  // Of a search that has not finished there is no genotype to look at.
  if (asked === undefined) return taskAt(genotype)?.name ?? (isRnnGenotype(genotype) ? 'text' : 'images');
  for (const { name } of Object.values(tasks)) if (rows[name].names.includes(asked)) return name;
  throw new NascentError('input/unknown', `unknown network "${asked}"`, {
    help: `Networks: ${networkNames.join(', ')}.`,
  });
}

export interface Described {
  readonly facts: Facts;
  readonly parameters: number;
  readonly macs: number;
  readonly nodes: number;
  readonly ops: OpCounts;
  readonly genotype: Genotype;
  readonly notation: string;
}

/** What the network of a genotype costs and is made of. */
export function described(
  { name, task, networks }: NamedNetwork,
  given: string,
  sizes: SizeFlags,
  epoch?: number,
): Described {
  const { space } = tasks[task];
  const genotype = cellsGiven(space, given, epoch);
  const graph = networks.graph(name, sizes, genotype);
  return {
    facts: networks.facts(name, sizes, genotype),
    parameters: countParameters(graph),
    macs: countMacs(graph),
    nodes: allNodes(graph).length,
    ops: countOps(graph),
    genotype,
    notation: space.toNotation(genotype),
  };
}
