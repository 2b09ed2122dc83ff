/** Which values of a file are no tensors, but lists of them or what may be missing: no runtime gives them from the middle of a graph. */
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from '../../proto/onnx.ts';

const making: ReadonlySet<string> = new Set([
  'Optional',
  'SequenceConstruct',
  'SequenceEmpty',
  'SequenceErase',
  'SequenceInsert',
  'SequenceMap',
  'SplitToSequence',
]);

/** By name, those of the graph itself. */
export function listsIn({ graph }: Pick<OnnxModel, 'graph'>): ReadonlySet<string> {
  return listsOf(graph, new Set());
}

function isList({ type: { kind } }: OnnxValueInfo): boolean {
  return kind !== 'tensor' && kind !== 'unknown';
}

/** @param around those of what is around a body, and of what it is given */
function listsOf(graph: OnnxGraph, around: ReadonlySet<string>): ReadonlySet<string> {
  const told = [...graph.inputs, ...graph.valueInfo, ...graph.outputs];
  const lists = new Set([...around, ...told.filter(isList).map(({ name }) => name)]);
  for (const node of graph.nodes) {
    const { outputs } = node;
    outputs.forEach((name, i) => {
      if (name !== '' && makesList(node, i, lists)) lists.add(name);
    });
  }
  return lists;
}

function makesList(
  { domain, opType, inputs, attributes }: OnnxNode,
  output: number,
  lists: ReadonlySet<string>,
): boolean {
  if (domain !== '') return false;
  if (making.has(opType)) return true;
  if (opType === 'Identity') return lists.has(inputs[0] ?? '');
  if (opType !== 'Loop' && opType !== 'If') return false;
  // A body says first whether it goes on.
  const [skipped, given] = opType === 'Loop' ? [1, 2] : [0, inputs.length];
  return attributes.some((attribute) => {
    if (attribute.kind !== 'graph') return false;
    const body = attribute.value;
    const own = body.inputs.slice(given).filter((_, i) => lists.has(inputs[given + i] ?? ''));
    const inside = listsOf(body, new Set([...lists, ...own.map(({ name }) => name)]));
    return inside.has(body.outputs[skipped + output]?.name ?? '');
  });
}
