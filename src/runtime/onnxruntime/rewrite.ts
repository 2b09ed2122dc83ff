/** From a graph to one that onnxruntime can run: in standard ops, and in the forms that are fast there. */
import { lower } from '../../graph/definitions.ts';
import type { Graph } from '../../graph/types.ts';
import type { Provider } from './load.ts';

export function rewrite(graph: Graph, _provider: Provider): Graph {
  return lower(graph);
}
