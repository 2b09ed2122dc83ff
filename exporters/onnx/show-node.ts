/** What a node is called in messages. */
import type { OnnxNode } from '../../proto/onnx.ts';

/** A node, for people: by its name, or by what it makes where it has none, or takes where it makes nothing. */
export function showNode({ name, opType, inputs, outputs }: OnnxNode): string {
  if (name !== '') return `${opType} "${name}"`;
  const what = opType || 'the node';
  const [made, taken] = [outputs, inputs].map((names) => names.find((each) => each !== ''));
  if (made !== undefined) return `${what} that makes "${made}"`;
  return taken === undefined ? `${what} that makes nothing` : `${what} that takes "${taken}"`;
}
