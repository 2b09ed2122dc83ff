/** Operands that say how, and how many there must be of them. */
import { showShape } from '../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../src/graph/types.ts';
import type { NodeReader } from '../node-reader.ts';
import { axisFault, differ, dimensions, first, rankFault, type Fault, type Rule } from './rule.ts';

/** Whether one broadcasts to the other, which stays as it is. */
function fits(shape: Shape, to: Shape): boolean {
  if (shape.length > to.length) return false;
  return shape.every((_, i) => shape.at(-1 - i) === 1 || !differ(shape.at(-1 - i), to.at(-1 - i)));
}

function fitFault(node: NodeReader, index: number, name: string, to: Shape): Fault {
  if (!node.has(index) || fits(node.shape(index), to)) return undefined;
  return `its ${name} is ${showShape(node.shape(index))}, which does not broadcast to ${showShape(to)}`;
}

export const layerNorm: Rule = (node) => {
  const x = node.shape(0);
  return first(
    () => axisFault(node.int('axis', -1), x.length),
    // Runtimes take what goes with all of the input, of which what is normalised is the end.
    () => fitFault(node, 1, 'scale', x),
    () => fitFault(node, 2, 'bias', x),
  );
};

/** What each letter of an equation stands for: an axis of 1 goes with any. */
export const einsum: Rule = (node) => {
  const equation = node.string('equation', '').replaceAll(' ', '');
  const terms = equation.split('->')[0]?.split(',') ?? [];
  if (terms.length !== node.inputCount) {
    return `its equation "${equation}" is of ${terms.length} inputs, and it has ${node.inputCount}`;
  }
  const known = new Map<string, Dim>();
  for (const [i, term] of terms.entries()) {
    const shape = node.shape(i);
    if (term.includes('.')) continue;
    if (term.length !== shape.length) {
      return `"${term}" of its equation is of ${dimensions(term.length)}, and its input is ${showShape(shape)}`;
    }
    for (const [axis, letter] of term.split('').entries()) {
      const [before, extent] = [known.get(letter) ?? 1, shape[axis] ?? 1];
      if (before !== 1 && extent !== 1 && differ(before, extent)) {
        return `"${letter}" of its equation is ${before} and ${extent}`;
      }
      if (before === 1) known.set(letter, extent);
    }
  }
  return undefined;
};

/** How many axes of what they are taken from the last axis of indices names. */
function depthFault(data: Shape, indices: Shape, batches: number): Fault {
  const depth = indices.at(-1);
  if (indices.length === 0) return 'its tensor of indices is a scalar';
  if (typeof depth !== 'number' || depth <= data.length - batches) return undefined;
  return `its indices ${showShape(indices)} name ${depth} axes of ${showShape(data)}`;
}

export const gatherND: Rule = (node) => depthFault(node.shape(0), node.shape(1), node.int('batch_dims', 0));

export const scatterND: Rule = (node) => {
  const [data, indices, updates] = [node.shape(0), node.shape(1), node.shape(2)];
  return first(
    () => depthFault(data, indices, 0),
    () => {
      const depth = indices.at(-1);
      if (typeof depth !== 'number') return undefined;
      const wanted = [...indices.slice(0, -1), ...data.slice(depth)];
      const isFit = updates.length === wanted.length && updates.every((dim, i) => !differ(dim, wanted[i]));
      return isFit ? undefined : `its updates are ${showShape(updates)}, and must be ${showShape(wanted)}`;
    },
  );
};

export const gridSample: Rule = (node) => rankFault(node.shape(1), node.shape(0).length, 'its grid');

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
