/**
 * The layers that networks of this space are made of: bias-free convolutions, batch norm, the classifier.
 *
 * A network is written once, and built in one of two modes. In `train` mode batch norm normalises by the batch, and
 * the running statistics come out as updates of state; in `infer` mode it normalises by the running statistics. Weights
 * start as in PyTorch's defaults, of which there are two (`InitialWeights`).
 */
import { NascentError } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import { known } from '../../graph/infer/rule.ts';
import type { Initializer, Value } from '../../graph/types.ts';

/** PyTorch's defaults, which the published networks used. */
export const batchNormEpsilon = 1e-5;
export const batchNormMomentum = 0.1;

/**
 * Which PyTorch's defaults weights start as. Convolutions and the classifier are uniform within 1/√(fan in) in both.
 *
 * - `pytorch`: since 1.2. A depthwise convolution's fan in is that of a channel, k·k; batch norm's scale is 1.
 * - `pytorch-0.3.1`: the version that the official code of DARTS is written for. A depthwise convolution's fan in is over
 *   all channels, C·k·k; batch norm's scale is uniform in [0, 1).
 *
 * Batch norm behind a depthwise and a pointwise convolution takes the difference of the former out again, but for how fast
 * those weights move; the latter stays.
 */
export const initialWeights = ['pytorch', 'pytorch-0.3.1'] as const;
export type InitialWeights = (typeof initialWeights)[number];

export interface NetworkOptions {
  readonly mode: 'train' | 'infer';
  /** Whether batch norm has a scale and a bias that are trained: yes in evaluation networks, no in a search. */
  readonly affine: boolean;
  /** Default: `pytorch`. */
  readonly initial?: InitialWeights;
}

/** What a network is being built into. */
export interface NetworkContext extends NetworkOptions {
  readonly b: GraphBuilder;
  /** Next values of running statistics, by the name of the state they replace. Filled in `train` mode. */
  readonly statistics: Map<string, Value>;
}

export function networkContext(b: GraphBuilder, options: NetworkOptions): NetworkContext {
  return { ...options, b, statistics: new Map() };
}

/** Channels of [N, C, H, W]. */
export function channelsOf(x: Value): number {
  return known(x.type.shape[1], 'the number of channels');
}

export interface ConvOptions {
  readonly kernel: number | readonly [number, number];
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number;
  /** Each channel by itself; otherwise all channels together. */
  readonly depthwise?: boolean;
  /** Padding on each side; by default what keeps the size at stride 1. */
  readonly padding?: number | readonly [number, number];
}

/** A convolution without bias. Its filter [outputs, inputs/group, kh, kw] is the weight `weight` of the open scope. */
export function conv({ b, initial }: NetworkContext, x: Value, outputs: number, options: ConvOptions): Value {
  const [kh, kw] = pair(options.kernel);
  const dilation = options.dilation ?? 1;
  const [ph, pw] = pair(options.padding ?? [((kh - 1) / 2) * dilation, ((kw - 1) / 2) * dilation]);
  const inputs = channelsOf(x);
  const group = options.depthwise ? inputs : 1;
  const fanIn = (initial === 'pytorch-0.3.1' ? inputs : inputs / group) * kh * kw;
  const weight = b.input('weight', [outputs, inputs / group, kh, kw], {
    role: 'weight',
    initializer: { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) },
  });
  return b.op('Conv', [x, weight], {
    strides: pair(options.stride ?? 1),
    pads: [ph, pw, ph, pw],
    dilations: [dilation, dilation],
    group,
  });
}

/**
 * Batch norm over [N, C, H, W]. `scale`, a scalar [1], multiplies what comes out: w·BN(x) = BN(x) with scale w, so a
 * mixed op's weight costs no pass over the activations. It goes with batch norm that has no trained scale.
 */
export function batchNorm(context: NetworkContext, x: Value, scale?: Value): Value {
  const { b, mode, affine, initial, statistics } = context;
  const channels = channelsOf(x);
  const constant = (value: number) => ({ kind: 'constant', value }) as const;
  const parameter = (name: string, value: number, initializer: Initializer = constant(value)) =>
    affine ? b.input(name, [channels], { role: 'weight', initializer }) : b.filled(value, [channels]);
  const drawn =
    initial === 'pytorch-0.3.1' ? ({ kind: 'uniform', bound: 0.5, middle: 0.5 } as const) : undefined;
  const gamma =
    scale === undefined ? parameter('scale', 1, drawn) : b.op('Expand', [scale], { shape: [channels] });
  const beta = parameter('bias', 0);
  const running = (name: string, value: number) =>
    b.input(name, [channels], { role: 'buffer', initializer: constant(value) });
  const [mean, variance] = [running('running_mean', 0), running('running_variance', 1)];
  if (mode === 'infer') {
    return b.op('BatchNormalization', [x, gamma, beta, mean, variance], { epsilon: batchNormEpsilon });
  }
  const [y, batchMean, batchVariance] = b.node('BatchNormTrain', [x, gamma, beta], {
    epsilon: batchNormEpsilon,
  });
  const count = x.type.shape.reduce<number>(
    (n, dim, axis) => (axis === 1 ? n : n * known(dim, 'the batch')),
    1,
  );
  const follow = (state: Value, batch: Value, correction: number) =>
    statistics.set(
      state.name,
      b.op('Add', [
        b.op('Mul', [state, b.constant(1 - batchNormMomentum)]),
        b.op('Mul', [batch, b.constant(batchNormMomentum * correction)]),
      ]),
    );
  follow(mean, batchMean as Value, 1);
  // Running variance is the unbiased estimate, as in PyTorch; a single element has none.
  follow(variance, batchVariance as Value, count > 1 ? count / (count - 1) : 1);
  return y as Value;
}

export function relu({ b }: NetworkContext, x: Value): Value {
  return b.op('Relu', [x]);
}

/** ReLU, convolution, batch norm. */
export function reluConvBatchNorm(
  context: NetworkContext,
  x: Value,
  outputs: number,
  options: ConvOptions,
): Value {
  const { b } = context;
  const y = b.scope('conv', () => conv(context, relu(context, x), outputs, options));
  return b.scope('bn', () => batchNorm(context, y));
}

/**
 * Halves the image without losing every second pixel: two 1×1 convolutions of stride 2, the second one pixel down and
 * right, each giving half of the channels.
 *
 * @throws NascentError 'space/invalid' where height or width is odd, or the number of outputs is.
 */
export function factorizedReduce(context: NetworkContext, x: Value, outputs: number, scale?: Value): Value {
  const { b } = context;
  const [, , height, width] = x.type.shape;
  for (const [name, size] of [
    ['height', height],
    ['width', width],
  ] as const) {
    if (known(size, name) % 2 !== 0) {
      throw new NascentError(
        'space/invalid',
        `a reduction cell cannot halve an image of ${name} ${String(size)}`,
        {
          help: 'Use an image size that stays even at every reduction: a multiple of 4 for two of them.',
        },
      );
    }
  }
  if (outputs % 2 !== 0) {
    throw new NascentError(
      'space/invalid',
      `a reduction cell cannot give ${outputs} channels in two halves`,
      {
        help: 'Use an even number of channels.',
      },
    );
  }
  const active = relu(context, x);
  const shifted = b.op('Slice', [active], {
    starts: [1, 1],
    ends: [known(height, 'height'), known(width, 'width')],
    axes: [2, 3],
    steps: [1, 1],
  });
  const half = { kernel: 1, stride: 2 } as const;
  const even = b.scope('conv1', () => conv(context, active, outputs / 2, half));
  const odd = b.scope('conv2', () => conv(context, shifted, outputs / 2, half));
  const joined = b.op('Concat', [even, odd], { axis: 1 });
  return b.scope('bn', () => batchNorm(context, joined, scale));
}

/** Global average pool and a linear layer with bias: [N, C, H, W] → [N, classes]. */
export function classifier({ b }: NetworkContext, x: Value, classes: number): Value {
  const channels = channelsOf(x);
  const features = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 });
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(channels) } as const;
  const weight = b.input('weight', [classes, channels], { role: 'weight', initializer });
  const bias = b.input('bias', [classes], { role: 'weight', initializer });
  return b.op('Gemm', [features, weight, bias], { alpha: 1, beta: 1, transA: 0, transB: 1 });
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}
