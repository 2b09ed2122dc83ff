/** What the networks of cells cost: a training's own network, or one that is known by name. */
import { NascentError } from '../errors.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import type { Graph } from '../graph/types.ts';
import { inferenceGraph } from '../space/images/network-graphs.ts';
import { validateGenotype } from '../space/images/genotype.ts';
import type { Genotype } from '../space/space.ts';
import { validateRnnGenotype } from '../space/text/genotype.ts';
import { rnnInferenceGraph } from '../space/text/inference.ts';
import { trainSchema } from '../tasks/images/train-settings.ts';
import type { TaskName } from '../tasks/task.ts';
import { rnnTrainSchema } from '../tasks/text/train-settings.ts';
import type { Cost, Costs } from './model.ts';
import type { ReadSide, ReadStage } from './read-side.ts';

export interface BuiltNetwork {
  /** Its name. */
  readonly network: string;
  readonly size: string;
  readonly graph: Graph;
}

/**
 * The network that cells are put in by name: the one that was asked for, else that of the dataset.
 *
 * @param asked whether only one that was asked for will do: undefined where none was for this task
 */
export type NamedNetworks = (
  task: TaskName,
  dataset: string | undefined,
  genotype: Genotype,
  asked: boolean,
) => BuiltNetwork | undefined;

/** What MACs are counted for. */
const macsOf = { images: 'one image', text: 'one word' } as const;

export function compareCosts(sides: readonly ReadSide[], named: NamedNetworks): Costs {
  const tried = sides.map((side) => tryCost(side, named));
  const values = tried.map(({ cost }) => cost);
  const known = values.filter((value) => value !== null);
  const networks = new Set(known.map(({ network, size }) => `${network}, ${size}`));
  const unbuilt = tried.map(({ why }) => why);
  return { values, unbuilt, apart: networks.size > 1 ? 'they are of different networks' : null };
}

/** Settings that a person has edited may describe what is no network. */
function tryCost(
  side: ReadSide,
  named: NamedNetworks,
): { readonly cost: Cost | null; readonly why: string | null } {
  try {
    return { cost: costOf(side, named), why: null };
  } catch (error) {
    if (error instanceof NascentError) return { cost: null, why: error.message };
    throw error;
  }
}

function costOf({ task, genotype, stages }: ReadSide, named: NamedNetworks): Cost | null {
  if (task === undefined || genotype === undefined) return null;
  const dataset = stages.find((stage) => stage.dataset !== undefined)?.dataset;
  const trained = stages.find(({ stage }) => stage === 'train');
  const built =
    named(task, dataset, genotype.value, true) ??
    (trained === undefined ? undefined : asTrained(trained, genotype.value)) ??
    named(task, dataset, genotype.value, false);
  if (built === undefined) return null;
  const { network, size, graph } = built;
  const [parameters, macs] = [countParameters(graph), countMacs(graph)];
  return { network, size, parameters, macs, macsOf: macsOf[task] };
}

/** The network of a training; undefined where its folder does not say how large that is. */
function asTrained({ settings, images, corpus }: ReadStage, genotype: Genotype): BuiltNetwork | undefined {
  const network = 'as trained';
  if ('normal' in genotype) {
    const parsed = trainSchema.safeParse(settings);
    if (!parsed.success || images === undefined) return undefined;
    const { channels, layers, stem } = parsed.data;
    const { height, width, classes } = images;
    const shape = { channels, layers, stem, classes: classes.length, image: [3, height, width] } as const;
    return {
      network,
      size: `${layers} cells of ${channels} channels and more, ${classes.length} classes, ${width}×${height} pixels`,
      graph: inferenceGraph(shape, validateGenotype(genotype)),
    };
  }
  const parsed = rnnTrainSchema.safeParse(settings);
  if (!parsed.success || corpus === undefined) return undefined;
  const { units } = parsed.data;
  return {
    network,
    size: `${units} units, ${corpus.words} ${corpus.level ?? 'word'}s`,
    graph: rnnInferenceGraph({ units, words: corpus.words }, validateRnnGenotype(genotype)),
  };
}
