/**
 * From a graph to one that onnxruntime can run: in standard ops, and in the forms that are fast on its CPU provider.
 *
 * Each pass keeps the meaning of a graph; `test/runtime/onnxruntime/passes.test.ts` holds every one against the plain
 * graph on the reference runtime.
 */
import { lower } from '../../graph/definitions.ts';
import { rebuild, type Rewrite } from '../../graph/rebuild.ts';
import type { Graph } from '../../graph/types.ts';
import type { Provider } from './load.ts';
import { batchNormGradient } from './passes/batch-norm.ts';
import { depthwise } from './passes/depthwise.ts';
import { filterGradient } from './passes/filter-gradient.ts';
import { inputGradient } from './passes/input-gradient.ts';
import { mixedHighwayGradient } from './passes/mixed-highway.ts';
import { poolGradient } from './passes/pool-gradient.ts';

export function rewrite(graph: Graph, provider: Provider): Graph {
  return provider === 'cpu' ? fastOnCpu(graph) : lower(graph);
}

export function fastOnCpu(graph: Graph): Graph {
  const own = rebuild(graph, firstOf(filterGradient, poolGradient, batchNormGradient, mixedHighwayGradient));
  // Depthwise convolutions come out of ConvTranspose too, so they are looked at last.
  return rebuild(rebuild(lower(own), inputGradient), depthwise);
}

/** The first of the rewrites that has something to say of a node. */
function firstOf(...rewrites: readonly Rewrite[]): Rewrite {
  return (b, node, inputs) => {
    for (const one of rewrites) {
      const found = one(b, node, inputs);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
