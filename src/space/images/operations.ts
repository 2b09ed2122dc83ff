/**
 * The primitives as graphs (the official code's `operations.py`, section 1.1 of the DARTS paper's supplement).
 *
 * Every convolutional op begins with a ReLU of its source and ends in batch norm. `scale`, where given, is the op's
 * mixing weight: it becomes the scale of that last batch norm.
 */
import { internal } from '../../errors.ts';
import type { Value } from '../../graph/types.ts';
import { batchNorm, channelsOf, conv, factorizedReduce, relu, type NetworkContext } from './layers.ts';
import type { CnnOp, CnnPrimitive } from './primitives.ts';

/** Kernel 3, padding 1, in both pools. */
const pool = (stride: number) =>
  ({ kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] }) as const;

/** ReLU, depthwise, pointwise, batch norm; `kernel` and `dilation` are the depthwise convolution's. */
function depthwiseSeparable(
  context: NetworkContext,
  x: Value,
  options: {
    readonly kernel: number;
    readonly stride: number;
    readonly dilation?: number;
    readonly scale?: Value;
  },
): Value {
  const { b } = context;
  const channels = channelsOf(x);
  const { scale, ...window } = options;
  const y = b.scope('depthwise', () =>
    conv(context, relu(context, x), channels, { ...window, depthwise: true }),
  );
  const z = b.scope('pointwise', () => conv(context, y, channels, { kernel: 1 }));
  return b.scope('bn', () => batchNorm(context, z, scale));
}

function separable(context: NetworkContext, x: Value, kernel: number, stride: number, scale?: Value): Value {
  const { b } = context;
  const once = b.scope('0', () => depthwiseSeparable(context, x, { kernel, stride }));
  return b.scope('1', () => depthwiseSeparable(context, once, { kernel, stride: 1, ...scaled(scale) }));
}

function dilated(context: NetworkContext, x: Value, kernel: number, stride: number, scale?: Value): Value {
  return depthwiseSeparable(context, x, { kernel, stride, dilation: 2, ...scaled(scale) });
}

/** AmoebaNet's factorised 7×7: 1×7 across, then 7×1 down, both full convolutions. */
function factorised7x7(context: NetworkContext, x: Value, stride: number, scale?: Value): Value {
  const { b } = context;
  const channels = channelsOf(x);
  const across = b.scope('across', () =>
    conv(context, relu(context, x), channels, { kernel: [1, 7], stride: [1, stride], padding: [0, 3] }),
  );
  const down = b.scope('down', () =>
    conv(context, across, channels, { kernel: [7, 1], stride: [stride, 1], padding: [3, 0] }),
  );
  return b.scope('bn', () => batchNorm(context, down, scale));
}

/** The stride of an op on an edge from state `source`: a reduction cell halves what comes from outside it. */
export function strideFrom(reduction: boolean, source: number): 1 | 2 {
  return reduction && source < 2 ? 2 : 1;
}

/** An op of an evaluation network. Pools have no batch norm there, and an identity costs nothing. */
export function operation(context: NetworkContext, op: CnnOp, x: Value, stride: number): Value {
  if (op === 'skip_connect' && stride === 1) return x;
  return rawOperation(context, op, x, stride);
}

/**
 * An op of a supernet without its mixing weight. A pool is followed by batch norm, so that no op wins by scale alone.
 * `none` is not built: it contributes zeros, and its weight counts only in the softmax.
 */
export function searchOperation(context: NetworkContext, op: CnnPrimitive, x: Value, stride: number): Value {
  if (op === 'none') throw internal('none has no graph');
  if (op === 'skip_connect' && stride === 1) return x;
  const y = rawOperation(context, op, x, stride);
  return isPool(op) ? context.b.scope('bn', () => batchNorm(context, y)) : y;
}

/** Whether the op ends in batch norm of its own weights' making, which can carry the op's mixing weight. */
export function carriesScale(op: CnnPrimitive, stride: number): boolean {
  return !isPool(op) && op !== 'none' && (op !== 'skip_connect' || stride !== 1);
}

/** The op times `scale`, for ops that carry it in their last batch norm. */
export function scaledOperation(
  context: NetworkContext,
  op: CnnOp,
  x: Value,
  stride: number,
  scale: Value,
): Value {
  return rawOperation(context, op, x, stride, scale);
}

export function isPool(op: CnnPrimitive): boolean {
  return op === 'max_pool_3x3' || op === 'avg_pool_3x3';
}

function rawOperation(context: NetworkContext, op: CnnOp, x: Value, stride: number, scale?: Value): Value {
  const { b } = context;
  switch (op) {
    case 'max_pool_3x3':
      return b.op('MaxPool', [x], pool(stride));
    case 'avg_pool_3x3':
      return b.op('AveragePool', [x], { ...pool(stride), count_include_pad: 0 });
    case 'skip_connect':
      return factorizedReduce(context, x, channelsOf(x), scale);
    case 'sep_conv_3x3':
      return separable(context, x, 3, stride, scale);
    case 'sep_conv_5x5':
      return separable(context, x, 5, stride, scale);
    case 'sep_conv_7x7':
      return separable(context, x, 7, stride, scale);
    case 'dil_conv_3x3':
      return dilated(context, x, 3, stride, scale);
    case 'dil_conv_5x5':
      return dilated(context, x, 5, stride, scale);
    case 'conv_7x1_1x7':
      return factorised7x7(context, x, stride, scale);
  }
}

function scaled(scale: Value | undefined): { readonly scale?: Value } {
  return scale === undefined ? {} : { scale };
}
