/**
 * Our own ops, defined by standard ones.
 *
 * A definition is what the op means: a runtime that lacks the op runs the definition, the reference runtime is tested
 * against it, and `grad` differentiates it where the op has no rule of its own.
 */
import type { OpName, OwnOp, PoolAttributes } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { required, type Definition } from './definition.ts';
import { recurrentDefinitions } from './definitions-recurrent.ts';
import { separableDefinitions } from './definitions-separable.ts';
import { windowCount } from './infer/image.ts';
import { known } from './infer/rule.ts';
import { isOwn } from './ops.ts';
import { rebuild } from './rebuild.ts';
import type { Graph, Node, Value } from './types.ts';

export const definitions: { readonly [K in OwnOp]: Definition<K> } = {
  ReluGrad(b, _, inputs) {
    const [dy, y] = two(inputs);
    return [b.op('Where', [b.op('Greater', [y, b.constant(0)]), dy, b.constant(0)])];
  },

  /**
   * The filter gradient is itself a convolution: of x by dy, batch and channels changing places, strides and
   * dilations too. With groups, x is read as [I/group, group·N, H, W] and dy as [O, N, oh, ow].
   */
  ConvFilterGrad(b, { attributes }, inputs) {
    const { strides, pads, dilations, group, kernel_shape } = attributes;
    const [x, dy] = two(inputs);
    const [N, I, H, W] = extents(x);
    const perGroup = I / group;
    const byGroup = b.op('Reshape', [x], { shape: [N, group, perGroup, H, W] });
    const across = b.op('Transpose', [byGroup], { perm: [2, 1, 0, 3, 4] });
    const image = b.op('Reshape', [across], { shape: [perGroup, group * N, H, W] });
    const filter = b.op('Transpose', [dy], { perm: [1, 0, 2, 3] });
    const wide = b.op('Conv', [image, filter], { strides: dilations, pads, dilations: strides, group });
    // Where the strides do not divide evenly, rows that no window reached are correlated too: cut them off.
    const [kh, kw] = kernel_shape;
    const exact = wide.type.shape[2] === kh && wide.type.shape[3] === kw;
    const cut = exact
      ? wide
      : b.op('Slice', [wide], { starts: [0, 0], ends: [kh, kw], axes: [2, 3], steps: [1, 1] });
    return [b.op('Transpose', [cut], { perm: [1, 0, 2, 3] })];
  },

  MaxPoolGrad(b, { attributes }, inputs) {
    const [x, , dy] = inputs;
    const size = elements(required(x));
    const positions = argmaxPositions(b, attributes, required(x));
    const zeros = b.filled(0, [size]);
    const updates = b.op('Reshape', [required(dy)], { shape: [-1] });
    const flat = b.op('ScatterElements', [zeros, positions, updates], { axis: 0, reduction: 'add' });
    return [b.op('Reshape', [flat], { shape: extents(required(x)) })];
  },

  MaxPoolGather(b, { attributes }, inputs) {
    const [x, y, u] = inputs;
    const flat = b.op('Reshape', [required(u)], { shape: [-1] });
    const picked = b.op('GatherElements', [flat, argmaxPositions(b, attributes, required(x))], { axis: 0 });
    return [b.op('Reshape', [picked], { shape: extents(required(y)) })];
  },

  /** Every window spreads dy, divided by how many elements the window averaged, over what it covered. */
  AveragePoolGrad(b, { attributes }, inputs) {
    const { kernel_shape, strides, pads, count_include_pad, input_size } = attributes;
    const dy = required(inputs[0]);
    const channels = known(dy.type.shape[1], 'channels');
    const counts = count_include_pad
      ? b.constant(kernel_shape[0] * kernel_shape[1])
      : windowSizes(b, attributes, input_size);
    const share = b.op('Div', [dy, counts]);
    const ones = b.filled(1, [channels, 1, ...kernel_shape]);
    const padding = ([0, 1] as const).map((axis) => {
      const windows = known(dy.type.shape[axis + 2], 'the output of the pool');
      const reach = strides[axis] * (windows - 1) + kernel_shape[axis];
      return input_size[axis] + pads[axis] + pads[axis === 0 ? 2 : 3] - reach;
    });
    const output_padding = [padding[0] ?? 0, padding[1] ?? 0] as const;
    return [
      b.op('ConvTranspose', [share, ones], {
        strides,
        pads,
        dilations: [1, 1],
        group: channels,
        output_padding,
      }),
    ];
  },

  BatchNormTrain(b, { attributes }, inputs) {
    const [x, scale, bias] = [required(inputs[0]), required(inputs[1]), required(inputs[2])];
    const axes = statisticsAxes(x);
    const mean = b.op('ReduceMean', [x], { axes, keepdims: 0 });
    const centred = b.op('Sub', [x, perChannel(b, mean, x)]);
    const variance = b.op('ReduceMean', [b.op('Mul', [centred, centred])], { axes, keepdims: 0 });
    const y = b.op('BatchNormalization', [x, scale, bias, mean, variance], attributes);
    return [y, mean, variance];
  },

  BatchNormTrainGrad(b, { attributes }, inputs) {
    const [dy, x, scale] = [required(inputs[0]), required(inputs[1]), required(inputs[2])];
    const [mean, variance] = [required(inputs[3]), required(inputs[4])];
    const axes = statisticsAxes(x);
    const count = elements(x) / known(x.type.shape[1], 'channels');
    const deviation = b.op('Sqrt', [b.op('Add', [variance, b.constant(attributes.epsilon)])]);
    const inverse = b.op('Reciprocal', [deviation]);
    const normalised = b.op('Mul', [b.op('Sub', [x, perChannel(b, mean, x)]), perChannel(b, inverse, x)]);
    const dbias = b.op('ReduceSum', [dy], { axes, keepdims: 0 });
    const dscale = b.op('ReduceSum', [b.op('Mul', [dy, normalised])], { axes, keepdims: 0 });
    const share = b.constant(1 / count);
    const centre = perChannel(b, b.op('Mul', [dbias, share]), x);
    const tilt = b.op('Mul', [normalised, perChannel(b, b.op('Mul', [dscale, share]), x)]);
    const factor = perChannel(b, b.op('Mul', [scale, inverse]), x);
    const dx = b.op('Mul', [b.op('Sub', [b.op('Sub', [dy, centre]), tilt]), factor]);
    return [dx, dscale, dbias];
  },

  SigmoidGrad(b, _, inputs) {
    const [dy, y] = two(inputs);
    return [b.op('Mul', [dy, b.op('Mul', [y, b.op('Sub', [b.constant(1), y])])])];
  },

  TanhGrad(b, _, inputs) {
    const [dy, y] = two(inputs);
    return [b.op('Mul', [dy, b.op('Sub', [b.constant(1), b.op('Mul', [y, y])])])];
  },

  ...recurrentDefinitions,
  ...separableDefinitions(() => definitions),

  Dot(b, _, inputs) {
    const [x, y] = two(inputs);
    const axes = x.type.shape.map((_, axis) => axis);
    return [b.op('ReduceSum', [b.op('Mul', [x, y])], { axes, keepdims: 0 })];
  },

  SgdMomentum(b, { attributes }, inputs) {
    const [w, dw, velocity, rate, clip] = inputs.slice(0, 5).map(required);
    const clipped = b.op('Mul', [required(dw), required(clip)]);
    const decayed =
      attributes.weight_decay === 0
        ? clipped
        : b.op('Add', [clipped, b.op('Mul', [required(w), b.constant(attributes.weight_decay)])]);
    const next = b.op('Add', [b.op('Mul', [required(velocity), b.constant(attributes.momentum)]), decayed]);
    return [b.op('Sub', [required(w), b.op('Mul', [next, required(rate)])]), next];
  },
};

/** The definition of one node of ours, over `inputs`. */
export function define(
  builder: GraphBuilder,
  node: Node,
  inputs: readonly Value[],
): readonly Value[] | undefined {
  if (!isOwn(node.op)) return undefined;
  // The table is indexed by the op of the very node that is passed on.
  const definition = definitions[node.op] as unknown as Definition<OpName>;
  return definition(builder, node, inputs);
}

/** The graph in standard ops only, but for the ops of ours that `keep` accepts. */
export function lower(graph: Graph, keep: (op: OwnOp) => boolean = () => false): Graph {
  return rebuild(graph, (builder, node, inputs) => {
    if (isOwn(node.op)) return keep(node.op) ? undefined : define(builder, node, inputs);
    if (node.op !== 'Scan' || !hasOwn(node.attributes.body, keep)) return undefined;
    return builder.node('Scan', inputs, { ...node.attributes, body: lower(node.attributes.body, keep) });
  });
}

/** Whether a graph, or the body of one of its nodes, has an op of ours that is not in `keep`. */
export function hasOwn(graph: Graph, keep: (op: OwnOp) => boolean = () => false): boolean {
  return graph.nodes.some(
    (node) =>
      (isOwn(node.op) && !keep(node.op)) || (node.op === 'Scan' && hasOwn(node.attributes.body, keep)),
  );
}

/** The axes that batch norm averages over: all but the channels'. */
export function statisticsAxes(x: Value): number[] {
  return x.type.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
}

/** A vector [C], shaped to broadcast along the channels of `like`. */
export function perChannel(b: GraphBuilder, vector: Value, like: Value): Value {
  const shape = like.type.shape.map((_, axis) => (axis === 1 ? -1 : 1));
  return b.op('Reshape', [vector], { shape });
}

/** [1, 1, oh, ow]: how many elements of an image each window covers, padding not counted. */
export function windowSizes(b: GraphBuilder, pool: PoolAttributes, size: readonly [number, number]): Value {
  const [rows, columns] = windowExtents(pool, size);
  const values = rows.flatMap((row) => columns.map((column) => row * column));
  return b.constant(values, [1, 1, rows.length, columns.length]);
}

/** How many rows and columns of an image each window covers. */
export function windowExtents(pool: PoolAttributes, size: readonly [number, number]): [number[], number[]] {
  const { kernel_shape, strides, pads } = pool;
  const along = (axis: 0 | 1): number[] => {
    const window = { kernel: kernel_shape, strides, pads, dilations: [1, 1] } as const;
    return Array.from({ length: windowCount(size[axis], axis, window) }, (_, i) => {
      const start = i * strides[axis] - pads[axis];
      return Math.min(start + kernel_shape[axis], size[axis]) - Math.max(start, 0);
    });
  };
  return [along(0), along(1)];
}

/** Positions of the maxima in the flattened x, as MaxPool's second output has them. */
function argmaxPositions(b: GraphBuilder, attributes: PoolAttributes, x: Value): Value {
  const positions = required(b.node('MaxPool', [x], attributes)[1]);
  return b.op('Reshape', [positions], { shape: [-1] });
}

function two(inputs: readonly Value[]): [Value, Value] {
  return [required(inputs[0]), required(inputs[1])];
}

/** [N, C, H, W] as numbers; a gradient is built for a known batch. */
function extents(x: Value): [number, number, number, number] {
  const [N, C, H, W] = x.type.shape;
  return [known(N, 'the batch'), known(C, 'channels'), known(H, 'the height'), known(W, 'the width')];
}

function elements(x: Value): number {
  return x.type.shape.reduce<number>((product, dim) => product * known(dim, 'an extent'), 1);
}
