/** What can be said of a file's graph before it is read. */
import type { OnnxNode } from '../../proto/onnx.ts';

/** Means and variances of batch norms: kept, not trained. */
export function runningStatistics(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  return new Set(
    nodes.filter((node) => node.opType === 'BatchNormalization').flatMap((node) => node.inputs.slice(3, 5)),
  );
}
