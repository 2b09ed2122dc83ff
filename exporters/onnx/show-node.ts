/** What a node is called in messages. */
import type { OnnxNode } from '../../proto/onnx.ts';

/** A node, for people: by its name, or by what it makes where it has none. */
export function showNode({ name, opType, outputs }: OnnxNode): string {
  return name === '' ? `${opType || 'the node'} that makes "${outputs[0] ?? ''}"` : `${opType} "${name}"`;
}
