/** A graph as text: one line a node, readable, and equal for equal graphs. */
import { showType } from './infer/rule.ts';
import type { Graph } from './types.ts';

/**
 * ```
 * graph toy(x: float32[2, 3]) {
 *   relu = Relu(x) : float32[2, 3]
 *   return y = relu
 * }
 * ```
 */
export function print(graph: Graph): string {
  const inputs = graph.inputs.map(({ value }) => `${value.name}: ${showType(value.type)}`).join(', ');
  const lines = graph.nodes.map((node) => {
    const outputs = node.outputs.map((value) => value.name).join(', ');
    const attributes = Object.entries(node.attributes).map(
      ([name, value]) => `${name}=${name === 'body' ? nested(value as Graph) : exactly(value)}`,
    );
    const operands = [...node.inputs.map((value) => value.name), ...attributes].join(', ');
    const types = node.outputs.map((value) => showType(value.type)).join(', ');
    return `  ${outputs} = ${node.op}(${operands}) : ${types}`;
  });
  const outputs = graph.outputs.map(({ name, value }) => `${name} = ${value.name}`).join(', ');
  return [`graph ${graph.name}(${inputs}) {`, ...lines, `  return ${outputs}`, '}', ''].join('\n');
}

/** Attributes as text, also the numbers that JSON lacks: −0, infinities and NaN. */
export function exactly(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))
      ? Object.is(part, -0)
        ? '-0'
        : String(part)
      : part,
  );
}

/** A body inside its node: indented, its outer inputs among its inputs. */
function nested(body: Graph): string {
  return print(body).trimEnd().replaceAll('\n', '\n  ');
}
