/**
 * Which nodes stay in float32 where the others become eight bits or float16, as a user names them: a node by its name, all
 * nodes whose names begin with it (`cells.0`), or all of an op (`Gemm`).
 */
import { NascentError } from '../../src/errors.ts';
import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { layersOf, quantisable } from './quantise.ts';

/** What has fewer bits, in words of the option that asks for it. */
interface Narrowing {
  readonly option: string;
  /** What nodes become by it. */
  readonly bits: string;
  /** The nodes that can be kept from it. */
  readonly nodes: readonly OnnxNode[];
  /** Those of them without which nothing is left of it. */
  readonly essential: readonly OnnxNode[];
}

/**
 * Those that `--int8` leaves alone.
 *
 * @throws NascentError 'input/invalid' where one of them is of no node, or no layer would be left
 */
export function keptFromBytes(model: OnnxModel, asked: readonly string[]): ReadonlySet<OnnxNode> {
  const narrowing = { option: '--int8', bits: 'eight bits', nodes: quantisable(model) };
  return kept(asked, { ...narrowing, essential: layersOf(model) });
}

/**
 * Those that `--fp16` leaves alone.
 *
 * @throws NascentError 'input/invalid' where one of them is of no node, or none would be left
 */
export function keptFromHalf(
  { graph: { nodes } }: OnnxModel,
  asked: readonly string[],
): ReadonlySet<OnnxNode> {
  return kept(asked, { option: '--fp16', bits: 'float16', nodes, essential: nodes });
}

function kept(
  asked: readonly string[],
  { option, bits, nodes, essential }: Narrowing,
): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  for (const wanted of asked) {
    const called = nodes.filter(
      ({ name, opType }) => name === wanted || opType === wanted || name.startsWith(`${wanted}.`),
    );
    if (called.length === 0) {
      const [first, last] = [essential[0]?.name, essential.at(-1)?.name];
      const ops = [...new Set(nodes.map(({ opType }) => opType))].toSorted().join(', ');
      throw new NascentError(
        'input/invalid',
        `--keep-float "${wanted}": no node that becomes ${bits} is called so`,
        { help: `Give a node's name (${first} … ${last}), how names begin (cells.0), or an op (${ops}).` },
      );
    }
    for (const node of called) found.add(node);
  }
  if (asked.length > 0 && essential.every((node) => found.has(node))) {
    throw new NascentError('input/invalid', `--keep-float ${asked.join(',')} leaves nothing in ${bits}`, {
      help: `Leave ${option} out, or keep fewer.`,
    });
  }
  return found;
}
