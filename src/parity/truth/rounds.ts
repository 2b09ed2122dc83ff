/**
 * Rounds that decide, one after another: what a body of a Scan decides hangs on its round, and is to be held, and moved, in each
 * by itself. Written out, they are nodes as any others.
 */
import type { GraphBuilder } from '../../graph/builder.ts';
import { inline } from '../../graph/inline.ts';
import { rebuild } from '../../graph/rebuild.ts';
import type { Graph, Node, NodeOf, Value } from '../../graph/types.ts';
import { stepsOf } from './decisions.ts';

/** Beyond this, rounds stay as they are, and what they decide is told by luck. */
const mostNodes = 20_000;

/** Whether something is decided in rounds. */
export function decidesInRounds({ nodes }: Graph): boolean {
  return nodes.some((node) => node.op === 'Scan' && decides(node.attributes.body));
}

/** Whether something in a body has steps; floats of its own are what it is given, and what it makes of them. */
function decides({ nodes }: Graph): boolean {
  return nodes.some(
    (node) =>
      (node.op === 'Scan' && decides(node.attributes.body)) ||
      (stepsOf(node).length > 0 && node.inputs.some(({ type }) => type.dtype === 'float32')),
  );
}

/** The same without rounds that decide; undefined where nothing says how many they are, or they are too many. */
export function writtenOut(graph: Graph): Graph | undefined {
  let current = graph;
  while (decidesInRounds(current)) {
    let count = 0;
    for (const node of current.nodes) {
      if (!isDeciding(node)) continue;
      const rounds = roundsOf(node);
      if (rounds === undefined) return undefined;
      count += rounds * node.attributes.body.nodes.length;
    }
    if (count > mostNodes) return undefined;
    current = rebuild(current, (b, node, inputs) =>
      isDeciding(node) ? roundsWritten(b, node, inputs) : undefined,
    );
  }
  return current;
}

function isDeciding(node: Node): node is NodeOf<'Scan'> {
  return node.op === 'Scan' && decides(node.attributes.body);
}

/** None at all have nothing to stack. */
function roundsOf({ inputs, attributes: { states } }: NodeOf<'Scan'>): number | undefined {
  const length = inputs[states]?.type.shape[0];
  return typeof length === 'number' && length > 0 ? length : undefined;
}

function roundsWritten(b: GraphBuilder, node: NodeOf<'Scan'>, inputs: readonly Value[]): readonly Value[] {
  const { body, states, sequences } = node.attributes;
  const captured = inputs.slice(states + sequences);
  let carried = inputs.slice(0, states);
  const stacked: Value[][] = body.outputs.slice(states).map(() => []);
  for (let round = 0; round < (roundsOf(node) ?? 0); round++) {
    const slices = inputs.slice(states, states + sequences).map((sequence) => {
      const slice = { starts: [round], ends: [round + 1], axes: [0], steps: [1] };
      return b.op('Squeeze', [b.op('Slice', [sequence], slice)], { axes: [0] });
    });
    const given = new Map(
      [...carried, ...slices, ...captured].map((value, i) => [body.inputs[i]?.value, value]),
    );
    const made = inline(b, body, ({ value }) => given.get(value)!);
    const outputs = body.outputs.map(({ name }) => made.get(name)!);
    carried = outputs.slice(0, states);
    outputs.slice(states).forEach((value, i) => stacked[i]?.push(b.op('Unsqueeze', [value], { axes: [0] })));
  }
  return [...carried, ...stacked.map((rounds) => b.op('Concat', rounds, { axis: 0 }))];
}
