/** What a graph holds and nothing uses: initializers, inputs, and nodes none of whose outputs leads anywhere. */
import { usedBy } from '../../exporters/onnx/used.ts';
import type { OnnxGraph, OnnxNode } from '../../proto/onnx.ts';

/** How many of a kind are named. */
const shown = 5;

export function unusedIn(graph: OnnxGraph): readonly string[] {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const dead: OnnxNode[] = [];
  // From the outputs back: nodes are in order, so that whoever uses a value comes after whoever makes it.
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => name !== '' && used.has(name))) {
      dead.push(node);
      continue;
    }
    for (const name of usedBy(node)) used.add(name);
  }
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !initializers.has(name));
  const unused = (names: Iterable<string>) => [...names].filter((name) => !used.has(name));
  return [
    ...told('initializer', unused(initializers)),
    ...told('input', unused(inputs)),
    ...told(
      'node',
      dead.toReversed().map(({ name, opType }) => (name === '' ? opType : name)),
      'leads to no output',
    ),
  ];
}

function told(
  what: string,
  names: readonly string[],
  verb: string = 'is used by nothing',
): readonly string[] {
  const sentences = names.slice(0, shown).map((name) => `the ${what} "${name}" ${verb}`);
  const rest = names.length - shown;
  return rest > 0 ? [...sentences, `and ${rest} more ${what}s`] : sentences;
}
