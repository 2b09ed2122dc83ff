/**
 * A pass: the first convolution of a network as a 1×1 convolution of patches.
 *
 * An image that is fed has few channels, and nobody asks for its gradient. What each window sees of it, as channels, is no
 * more than what the convolution gives; convolved 1×1 and normed it is half a separable convolution, which the pass after this
 * one makes a single op.
 */
import type { GraphBuilder } from '../../../graph/builder.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import { pointwise } from '../../../graph/separable.ts';
import type { Graph, Node, NodeOf, Value } from '../../../graph/types.ts';
import { readersIn } from './readers.ts';

/** The pass for one graph. */
export function patchImages(graph: Graph): Rewrite {
  const { of: usersOf } = readersIn(graph);
  const convolutions = new Set<Node>();
  const gradients = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'Conv' || !isOfPatches(node)) continue;
    const [x, w] = node.inputs;
    const normed = usersOf(node.outputs[0]).some(({ op }) => op === 'BatchNormTrain');
    if (!normed || x?.node !== undefined || usersOf(w).some(({ op }) => op === 'ConvTranspose')) continue;
    convolutions.add(node);
    for (const user of usersOf(x)) {
      if (
        user.op === 'ConvFilterGrad' &&
        user.attributes.group === 1 &&
        user.outputs[0]?.type.shape.join() === w?.type.shape.join()
      ) {
        gradients.add(user);
      }
    }
  }

  return (b, node, [x, other]) => {
    if (x === undefined || other === undefined) return undefined;
    if (node.op === 'Conv' && convolutions.has(node)) {
      const [outputs, channels, kh, kw] = other.type.shape.map((extent) => known(extent, 'a filter'));
      const image = patchesOf(b, x, node.attributes, [kh ?? 1, kw ?? 1]);
      const rows = b.op('Transpose', [other], { perm: [0, 2, 3, 1] });
      const shape = [outputs ?? 1, (kh ?? 1) * (kw ?? 1) * (channels ?? 1), 1, 1];
      return [b.op('Conv', [image, b.op('Reshape', [rows], { shape })], pointwise)];
    }
    if (node.op === 'ConvFilterGrad' && gradients.has(node)) {
      const [kh, kw] = node.attributes.kernel_shape;
      const image = patchesOf(b, x, node.attributes, [kh, kw]);
      const rows = b.op('ConvFilterGrad', [image, other], { ...pointwise, kernel_shape: [1, 1] });
      const [outputs, channels] =
        node.outputs[0]?.type.shape.map((extent) => known(extent, 'a filter')) ?? [];
      const taps = b.op('Reshape', [rows], { shape: [outputs ?? 1, kh, kw, channels ?? 1] });
      return [b.op('Transpose', [taps], { perm: [0, 3, 1, 2] })];
    }
    return undefined;
  };
}

function isOfPatches({ inputs, attributes }: NodeOf<'Conv'>): boolean {
  const [, channels, kh, kw] = inputs[1]?.type.shape.map(Number) ?? [];
  const numbers = (channels ?? 0) * (kh ?? 0) * (kw ?? 0);
  // Patches are kept till the way back: they shall be no larger than what is made of them.
  const isSmall = numbers <= Number(inputs[1]?.type.shape[0]);
  const sized = inputs[0]?.type.shape.slice(1).every((extent) => typeof extent === 'number');
  return inputs.length === 2 && attributes.group === 1 && sized === true && kh !== 1 && isSmall;
}

function patchesOf(
  b: GraphBuilder,
  x: Value,
  { strides, pads, dilations }: NodeOf<'Conv'>['attributes'],
  kernel_shape: readonly [number, number],
): Value {
  return b.op('Patches', [x], { kernel_shape, strides, pads, dilations });
}
