/** Ops that draw random numbers: there is none of ours that does (`ARCHITECTURE.md`, a graph is a pure function). */
import { Drawn, Unreadable, type NodeReader } from '../node-reader.ts';

/** Those of ONNX that do nothing else. */
export const drawingOps: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** @throws Drawn, or Unreadable where a seed has every run draw the same */
export function drawsNumbers(node: NodeReader, message = 'draws random numbers'): never {
  throw node.attribute('seed') === undefined ? new Drawn(message) : new Unreadable(message);
}
