/** Bodies of control flow, and what their nodes hand them. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import { dimensions, first, isOutside, many, type Fault, type Rule } from './rule.ts';

/** What a body takes and gives goes with what its node does. */
export const loop: Rule = (node) => {
  const { inputs, outputs } = node.graph('body');
  const states = Math.max(0, node.node.inputs.length - 2);
  return first(
    () =>
      inputs.length === states + 2
        ? undefined
        : `its body has ${inputs.length} inputs, and must have ${states + 2} with what it carries`,
    () =>
      outputs.length >= states + 1 && outputs.length - 1 >= node.outputCount
        ? undefined
        : `its body has ${many(outputs.length, 'output')}, too few for ${states} that it carries and ${node.outputCount} of the node`,
    () =>
      outputs.length - 1 === node.outputCount
        ? undefined
        : `its body gives ${outputs.length - 1} beside whether it goes on, and the node has ${many(node.outputCount, 'output')}`,
  );
};

export const branches: Rule = (node) => {
  for (const name of ['then_branch', 'else_branch']) {
    const count = node.graph(name).outputs.length;
    if (count !== node.outputCount)
      return `its ${name} has ${many(count, 'output')}, and the node ${node.outputCount}`;
  }
  return undefined;
};

/** How many sequences it goes along, and where and which way it goes along each. */
export const scan: Rule = (node) => {
  const count = node.int('num_scan_inputs');
  // In the first version, how long each sequence is comes before everything, and the batch in front of each.
  const isOld = node.opset < 9;
  const given = node.node.inputs.length - (isOld ? 1 : 0);
  const { outputs } = node.graph('body');
  const states = given - count;
  return first(
    () =>
      count >= 1 && states >= 0
        ? undefined
        : `its num_scan_inputs is ${count}, and it has ${many(given, 'input')}`,
    () =>
      outputs.length === node.outputCount
        ? undefined
        : `its body has ${many(outputs.length, 'output')}, and the node ${node.outputCount}`,
    () => (isOld ? waysFault(node, 'directions', count) : undefined),
    () => (isOld ? undefined : waysFault(node, 'scan_input_directions', count)),
    () => (isOld ? undefined : waysFault(node, 'scan_output_directions', outputs.length - states)),
    () => (isOld ? undefined : alongFault(node, 'input', count, (i) => node.shape(states + i).length)),
    () => {
      const rankOf = (i: number) => {
        const type = outputs[states + i]?.type;
        return type?.kind === 'tensor' && type.shape !== undefined ? type.shape.length + 1 : undefined;
      };
      return isOld ? undefined : alongFault(node, 'output', outputs.length - states, rankOf);
    },
  );
};

/** Forwards is 0, backwards 1. */
function waysFault(node: NodeReader, name: string, count: number): Fault {
  const ways = node.ints(name);
  if (ways === undefined) return undefined;
  if (ways.length !== count) return `its ${name} ${showShape(ways)} must be ${many(count, 'number')}`;
  const odd = ways.find((way) => way !== 0 && way !== 1);
  return odd === undefined ? undefined : `its ${name} has ${odd}, and may have 0 and 1`;
}

function alongFault(
  node: NodeReader,
  what: 'input' | 'output',
  count: number,
  rankOf: (index: number) => number | undefined,
): Fault {
  const axes = node.ints(`scan_${what}_axes`);
  if (axes === undefined) return undefined;
  if (axes.length !== count)
    return `its scan_${what}_axes ${showShape(axes)} must be ${many(count, 'number')}`;
  for (const [i, axis] of axes.entries()) {
    const rank = rankOf(i);
    if (rank === undefined || !isOutside(axis, rank)) continue;
    return `axis ${axis} of its scan_${what}_axes is outside a tensor of ${dimensions(rank)}`;
  }
  return undefined;
}
