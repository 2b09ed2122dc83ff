/** Bodies of control flow, and what their nodes hand them. */
import { first, type Rule } from './rule.ts';

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
        : `its body has ${outputs.length} outputs, too few for ${states} that it carries and ${node.outputCount} of the node`,
  );
};

export const branches: Rule = (node) => {
  for (const name of ['then_branch', 'else_branch']) {
    const count = node.graph(name).outputs.length;
    if (count < node.outputCount) return `its ${name} has ${count} outputs, and the node ${node.outputCount}`;
  }
  return undefined;
};
