/** Small image classifiers, as plain data: a few layers of the kinds that the DARTS space is made of, and a loss. */
import * as fc from 'fast-check';

import { internal } from '../../src/errors.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { known } from '../../src/graph/infer/rule.ts';
import { floats, integers, sizeOf, type Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Value } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';

export type Layer =
  | 'conv'
  | 'depthwise'
  | 'dilated'
  | 'strided'
  | 'norm'
  | 'relu'
  | 'maxPool'
  | 'averagePool'
  | 'mixed'
  | 'residual'
  | 'sigmoid';

export interface NetworkCase {
  readonly layers: readonly Layer[];
  readonly batch: number;
  readonly channels: number;
  readonly size: number;
  readonly seed: number;
}

/** `smooth` leaves out ReLU and max pool, whose kinks a finite difference may step over. */
export function networkCasesOf(layers: readonly Layer[]): fc.Arbitrary<NetworkCase> {
  return fc.record({
    layers: fc.array(fc.constantFrom(...layers), { minLength: 1, maxLength: 4 }),
    batch: fc.integer({ min: 2, max: 3 }),
    channels: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 3, max: 5 }),
    seed: fc.nat({ max: 0xffff }),
  });
}

const smooth = [
  'conv',
  'depthwise',
  'dilated',
  'strided',
  'norm',
  'averagePool',
  'mixed',
  'residual',
  'sigmoid',
] as const;

export const smoothNetworkCases = networkCasesOf(smooth);
export const networkCases = networkCasesOf([...smooth, 'relu', 'maxPool']);

const classes = 3;

/** Adds the network and its mean cross-entropy. */
export function buildNetwork(
  b: GraphBuilder,
  { layers, batch, channels, size }: NetworkCase,
): { readonly loss: Value; readonly weights: readonly Value[] } {
  const weights: Value[] = [];
  const weight = (name: string, shape: readonly number[]): Value => {
    const value = b.input(name, shape, { role: 'weight' });
    weights.push(value);
    return value;
  };
  let x = b.input('images', [batch, channels, size, size]);
  layers.forEach((layer, i) => {
    x = b.scope(`${layer}${i}`, () => addLayer(b, layer, x, weight));
  });
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 });
  const head = weight('head', [classes, channels]);
  const bias = weight('bias', [classes]);
  const logits = b.op('Gemm', [pooled, head, bias], { alpha: 1, beta: 1, transA: 0, transB: 1 });
  const logProbabilities = b.op('LogSoftmax', [logits], { axis: 1 });
  const targets = b.op('OneHot', [b.input('labels', [batch], { dtype: 'int64' })], { depth: classes });
  const total = b.op('Dot', [logProbabilities, targets]);
  return { loss: b.op('Mul', [total, b.constant(-1 / batch)]), weights };
}

type NewWeight = (name: string, shape: readonly number[]) => Value;

function addLayer(b: GraphBuilder, layer: Layer, x: Value, weight: NewWeight): Value {
  const channels = known(x.type.shape[1], 'channels');
  const conv = (group: number, kernel: number, stride: number, dilation: number) => {
    const pad = ((kernel - 1) * dilation) / 2;
    return b.op('Conv', [x, weight('filter', [channels, channels / group, kernel, kernel])], {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      dilations: [dilation, dilation],
      group,
    });
  };
  const window = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  switch (layer) {
    case 'conv':
      return conv(1, 1, 1, 1);
    case 'depthwise':
      return conv(channels, 3, 1, 1);
    case 'dilated':
      return conv(channels, 3, 1, 2);
    case 'strided':
      return conv(1, 3, 2, 1);
    case 'norm':
      return b.op(
        'BatchNormTrain',
        [x, weight('scale', [channels]), weight(b.qualified('shift'), [channels])],
        {
          epsilon: 1e-3,
        },
      );
    case 'relu':
      return b.op('Relu', [x]);
    case 'sigmoid':
      return b.op('Sigmoid', [x]);
    case 'maxPool':
      return b.op('MaxPool', [x], window);
    case 'averagePool':
      return b.op('AveragePool', [x], { ...window, count_include_pad: 0 });
    case 'mixed': {
      const shares = b.op('Softmax', [weight('alpha', [2])], { axis: 0 });
      const [first, second] = b.node('Split', [shares], { axis: 0, split: [1, 1] });
      if (first === undefined || second === undefined) throw internal('Split gave fewer than two parts');
      return b.op('Sum', [
        b.op('Mul', [x, first]),
        b.op('Mul', [b.op('AveragePool', [x], { ...window, count_include_pad: 0 }), second]),
      ]);
    }
    case 'residual':
      return b.op('Sum', [x, conv(1, 1, 1, 1)]);
    default:
      throw internal(`no layer ${String(layer)}`);
  }
}

/** Every input of the network, drawn from its seed. */
export function feedsOfNetwork(graph: Graph, { seed }: NetworkCase): ReadonlyMap<string, Tensor> {
  const random = new Random(seed);
  return new Map(
    graph.inputs.map(({ value }) => {
      const shape = value.type.shape.map((dim) => known(dim, 'an extent'));
      const own = random.fork(value.name);
      const length = sizeOf(shape);
      const tensor =
        value.type.dtype === 'int64'
          ? integers(
              shape,
              Array.from({ length }, () => own.integer(classes)),
            )
          : floats(
              shape,
              Float64Array.from({ length }, () => (own.integer(2048) - 1023.5) / 1024),
            );
      return [value.name, tensor] as const;
    }),
  );
}
