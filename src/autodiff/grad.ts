/**
 * Reverse-mode differentiation, from graph to graph.
 *
 * `grad` adds nodes to the builder that built the loss. What comes out are ordinary values, so it can be applied to
 * its own output: that is how second derivatives, and the exact second-order DARTS gradient, are had.
 */
import { internal, NascentError } from '../errors.ts';
import type { OpName } from '../graph/attributes.ts';
import { reachable, type GraphBuilder } from '../graph/builder.ts';
import { define } from '../graph/definitions.ts';
import type { Node, Value } from '../graph/types.ts';
import { shapeOf, type Gradient, type Rule, type RuleContext } from './rule.ts';
import { rules } from './rules.ts';

/**
 * Gradients of a scalar with respect to values, in the order of `wrt` and each shaped as its value; zeros where the
 * loss does not depend on it. Throws 'graph/invalid' where `loss` is not a scalar.
 */
export function grad(b: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.type.dtype !== 'float32' || shapeOf(loss).some((dim) => dim !== 1)) {
    throw new NascentError('graph/invalid', `"${loss.name}" has the shape [${loss.type.shape.join(', ')}]`, {
      help: 'Only a scalar has a gradient: reduce the loss to one number first.',
    });
  }
  const seed = loss.type.shape.length === 0 ? b.constant(1) : b.filled(1, shapeOf(loss));
  const gradients = b.scope('grad', () => backpropagate(b, new Map([[loss, seed]]), wrt, new Set()));
  return wrt.map((value, i) => gradients[i] ?? b.filled(0, shapeOf(value)));
}

/**
 * Carries `seeds` (value → gradient) back to `wrt`. Nothing is carried past `boundary`: within the definition of an
 * op, its inputs are independent, even where one was computed from another.
 */
function backpropagate(
  b: GraphBuilder,
  seeds: ReadonlyMap<Value, Value>,
  wrt: readonly Value[],
  boundary: ReadonlySet<Value>,
): Gradient[] {
  const { nodes } = reachable(seeds.keys());
  const forward = [...nodes].sort((x, y) => x.id - y.id);
  const depends = new Set<Value>(wrt);
  for (const node of forward) {
    const carries = node.inputs.some((input) => depends.has(input));
    for (const output of node.outputs) if (carries && !boundary.has(output)) depends.add(output);
  }

  const arriving = new Map<Value, Value[]>();
  const arrive = (value: Value, gradient: Value): void => {
    const list = arriving.get(value);
    if (list === undefined) arriving.set(value, [gradient]);
    else list.push(gradient);
  };
  for (const [value, gradient] of seeds) arrive(value, gradient);
  const total = (value: Value): Gradient => {
    const list = arriving.get(value);
    if (list === undefined) return undefined;
    return list.length > 1 ? b.op('Sum', list) : list[0];
  };

  for (const node of forward.toReversed()) {
    const carried = node.outputs.some((output) => depends.has(output) && !boundary.has(output));
    if (!carried) continue;
    const dys = node.outputs.map((output) => (boundary.has(output) ? undefined : total(output)));
    if (dys.every((dy) => dy === undefined)) continue;
    b.scope(node.name, () => {
      const gradients = pullBack(b, node, dys, (i) => depends.has(inputOf(node, i)));
      node.inputs.forEach((input, i) => {
        const gradient = gradients[i];
        if (gradient !== undefined && depends.has(input)) arrive(input, gradient);
      });
    });
  }
  return wrt.map(total);
}

/** Gradients of a node's inputs, from those of its outputs. */
function pullBack(
  b: GraphBuilder,
  node: Node,
  dys: readonly Gradient[],
  needs: (input: number) => boolean,
): readonly Gradient[] {
  const rule = rules[node.op];
  if (rule === 'none') {
    throw new NascentError('graph/invalid', `"${node.name}" is a ${node.op}, which has no gradient`, {
      help: 'Train on the network unrolled over a known number of steps; a loop is for inference.',
    });
  }
  if (rule === 'definition') {
    const outputs = define(b, node, node.inputs);
    if (outputs === undefined) throw internal(`${node.op} has neither a rule nor a definition`);
    const seeds = new Map<Value, Value>();
    outputs.forEach((output, i) => {
      const dy = dys[i];
      if (dy === undefined) return;
      const already = seeds.get(output);
      seeds.set(output, already === undefined ? dy : b.op('Add', [already, dy]));
    });
    const gradients = backpropagate(b, seeds, node.inputs, new Set(node.inputs));
    // A value that is two inputs at once has got its whole gradient with the first.
    return gradients.map((gradient, i) =>
      node.inputs.indexOf(inputOf(node, i)) === i ? gradient : undefined,
    );
  }
  const first = node.outputs[0];
  if (first === undefined) throw internal(`${node.op} has no output`);
  const context: RuleContext<OpName> = {
    b,
    node,
    attributes: node.attributes,
    x: (i) => inputOf(node, i),
    y: (i = 0) => {
      const output = node.outputs[i];
      if (output === undefined) throw internal(`${node.op} has no output ${i}`);
      return output;
    },
    get dy() {
      return dys[0] ?? b.filled(0, shapeOf(first));
    },
    dyOf: (i) => dys[i],
    needs,
  };
  // The rule was looked up by this node's op.
  return (rule as Rule<OpName>)(context);
}

function inputOf(node: Node, i: number): Value {
  const input = node.inputs[i];
  if (input === undefined) throw internal(`${node.op} has no input ${i}`);
  return input;
}
