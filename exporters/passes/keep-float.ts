/**
 * Which nodes stay in float32 where the others become eight bits or float16, as a user names them: a node by its name, all nodes whose
 * names begin with it (`cells.0`), or all of an op (`Gemm`).
 */
import { NascentError } from '../../src/errors.ts';
import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { layersOf, quantisable } from './quantise.ts';

/**
 * Those that float16 leaves alone.
 *
 * @throws NascentError 'input/invalid' where one of them is of no node, or nothing would be left
 */
export function keptFromHalf({ graph }: OnnxModel, asked: readonly string[]): ReadonlySet<OnnxNode> {
  const kept = new Set<OnnxNode>();
  for (const wanted of asked) {
    const found = graph.nodes.filter(isCalled(wanted));
    if (found.length === 0) {
      const [first, last] = [graph.nodes[0]?.name, graph.nodes.at(-1)?.name];
      throw new NascentError('input/invalid', `--keep-float ${wanted}: no node is called so`, {
        help: `Give a node's name (${first} … ${last}), how names begin (cells.0), or an op (Conv, Gemm, Add).`,
      });
    }
    for (const node of found) kept.add(node);
  }
  if (asked.length > 0 && kept.size === graph.nodes.length) {
    throw new NascentError('input/invalid', `--keep-float ${asked.join(',')} leaves no node in float16`, {
      help: 'Leave --fp16 out, or keep fewer.',
    });
  }
  return kept;
}

const isCalled =
  (wanted: string) =>
  ({ name, opType }: OnnxNode): boolean =>
    name === wanted || opType === wanted || name.startsWith(`${wanted}.`);

/** @throws NascentError 'input/invalid' where one of them is of no node, or nothing would be left in eight bits */
export function keptIn(model: OnnxModel, asked: readonly string[]): ReadonlySet<OnnxNode> {
  const layers = layersOf(model);
  const kept = new Set<OnnxNode>();
  for (const wanted of asked) {
    const found = quantisable(model).filter(isCalled(wanted));
    if (found.length === 0) {
      const [first, last] = [layers[0]?.name, layers.at(-1)?.name];
      throw new NascentError(
        'input/invalid',
        `--keep-float ${wanted}: no node that becomes eight bits is called so`,
        {
          help: `Give a node's name (${first} … ${last}), how names begin (cells.0), or an op (Conv, Gemm, Add).`,
        },
      );
    }
    for (const node of found) kept.add(node);
  }
  if (layers.every((layer) => kept.has(layer))) {
    throw new NascentError('input/invalid', `--keep-float ${asked.join(',')} leaves no layer in eight bits`, {
      help: 'Leave --int8 out, or keep fewer.',
    });
  }
  return kept;
}
