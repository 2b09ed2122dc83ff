/** Ops that draw random numbers: there is none of ours that does (`ARCHITECTURE.md`, a graph is a pure function). */
import { Drawn, type NodeReader } from '../node-reader.ts';

/** Those of ONNX that do nothing else. */
export const drawingOps: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/**
 * A seed makes no difference: it says where a session begins, of which onnxruntime draws on with every run, and each runtime has
 * a generator of its own.
 *
 * @throws Drawn
 */
export function drawsNumbers(node: NodeReader, message = 'draws random numbers'): never {
  node.ignore('seed');
  throw new Drawn(message);
}
