/**
 * Small random image networks, as plain data, so that fast-check prints and shrinks them.
 *
 * They have what exporting is about: an open batch, weights and running statistics, one value read by several nodes,
 * operands (slices, pads, reshapes), scopes.
 */
import * as fc from 'fast-check';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { sizeOf } from '../../../src/graph/tensor.ts';
import type { Tensor, Tensors } from '../../../src/graph/tensor.ts';
import type { Graph, InputRole, Value } from '../../../src/graph/types.ts';
import { Random } from '../../../src/random.ts';

export const layerKinds = [
  'relu',
  'conv',
  'depthwise',
  'dilated',
  'norm',
  'max',
  'average',
  'shift',
  'pad',
  'twice',
  'scale',
] as const;

export interface Network {
  readonly layers: readonly (typeof layerKinds)[number][];
  readonly channels: number;
  readonly size: number;
  readonly classes: number;
  readonly seed: number;
}

export const networks: fc.Arbitrary<Network> = fc.record({
  layers: fc.array(fc.constantFrom(...layerKinds), { maxLength: 6 }),
  channels: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 3, max: 6 }),
  classes: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(0xffff),
});

export interface BuiltNetwork {
  readonly graph: Graph;
  readonly weights: Tensors;
  /** An input of this batch size. */
  readonly feed: (batch: number) => Tensor;
}

export function build({ layers, channels, size, classes, seed }: Network): BuiltNetwork {
  const b = new GraphBuilder();
  const random = new Random(seed);
  const weights = new Map<string, Tensor>();
  const drawn = (shape: readonly number[], least: number): Tensor => {
    const draw = (): number => least + random.integer(513) / 512;
    return { dtype: 'float32', shape, data: Float32Array.from({ length: sizeOf(shape) }, draw) };
  };
  const weight = (
    name: string,
    shape: readonly number[],
    role: InputRole = 'weight',
    least = -0.5,
  ): Value => {
    const value = b.input(name, shape, { role });
    weights.set(value.name, drawn(shape, least));
    return value;
  };
  const conv = (x: Value, kernel: number, group: number, dilation: number): Value => {
    const w = weight('weight', [channels, channels / group, kernel, kernel]);
    const pad = dilation * ((kernel - 1) / 2);
    return b.op('Conv', [x, w], {
      strides: [1, 1],
      pads: [pad, pad, pad, pad],
      dilations: [dilation, dilation],
      group,
    });
  };
  const pool = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  const layer: Record<(typeof layerKinds)[number], (x: Value) => Value> = {
    relu: (x) => b.op('Relu', [x]),
    conv: (x) => conv(x, 3, 1, 1),
    depthwise: (x) => conv(x, 3, channels, 1),
    dilated: (x) => conv(x, 3, 1, 2),
    norm: (x) => {
      const vectors = [weight('scale', [channels]), weight('bias', [channels])];
      vectors.push(weight('mean', [channels], 'buffer'), weight('variance', [channels], 'buffer', 0.5));
      return b.op('BatchNormalization', [x, ...vectors], { epsilon: 1e-5 });
    },
    max: (x) => b.op('MaxPool', [x], pool),
    average: (x) => b.op('AveragePool', [x], { ...pool, count_include_pad: 0 }),
    // One row and column down, as the factorized reduction does, and as large again.
    shift: (x) => {
      const cut = b.op('Slice', [x], {
        starts: [1, 1],
        ends: [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
        axes: [2, 3],
        steps: [1, 1],
      });
      return b.op('Pad', [cut], { pads: [0, 0, 0, 0, 0, 0, 1, 1], value: 0 });
    },
    pad: (x) => {
      const wide = b.op('Pad', [x], { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: 0.25 });
      return b.op('MaxPool', [wide], { ...pool, pads: [0, 0, 0, 0] });
    },
    twice: (x) => b.op('Add', [x, b.op('Relu', [x])]),
    scale: (x) => b.op('Mul', [x, b.constant(0.1)]),
  };
  const image = b.input('image', ['batch', channels, size, size]);
  let x: Value = image;
  layers.forEach((kind, i) => {
    x = b.scope(`layers.${i}.${kind}`, () => layer[kind](x));
  });
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 });
  const classifier = b.scope('classifier', () => [
    weight('weight', [classes, channels]),
    weight('bias', [classes]),
  ]);
  const logits = b.op('Gemm', [pooled, ...classifier], { alpha: 1, beta: 1, transA: 0, transB: 1 });
  const logProbabilities = b.op('LogSoftmax', [logits], { axis: -1 });
  return {
    graph: b.finish('network', { logits, logProbabilities }),
    // A layer may have been built once for two: weights are those of inputs that are there.
    weights,
    feed: (batch) => drawn([batch, channels, size, size], -0.5),
  };
}
