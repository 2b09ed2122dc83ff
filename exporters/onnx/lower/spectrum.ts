/** Fourier transforms, as products with matrices of sines and cosines, and the windows that signals are looked at through. */
import { dataTypeOf } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { kindOf } from '../tensors.ts';
import { matrixProduct } from './linear.ts';
import { alongAxis, fromFront, integersOf, slice, type Lower, type Lowerings, listOf } from './lowering.ts';

interface Transform {
  readonly axis: number;
  readonly length: number;
  readonly inverse: boolean;
  /** Half of the spectrum, of which the rest follows where the signal is real. */
  readonly onesided: boolean;
  /** Whether angles are as chirps of float32 have them. */
  readonly chirps: boolean;
}

/** Matrices have no more elements than this. */
const largestMatrix = 2 ** 22;

/** By which angle the element `from` of a signal is turned for the element `to` of its spectrum. */
function angleOf(from: number, to: number, { length, chirps }: Transform): number {
  if (!chirps || Number.isInteger(Math.log2(length))) return (2 * Math.PI * ((from * to) % length)) / length;
  // 2·n·k = n² + k² − (k − n)²
  const scale = Math.fround(Math.PI / length);
  const chirp = (n: number) => Math.fround(Math.fround(scale * n) * n);
  return chirp(from) + chirp(to) - chirp(to - from);
}

/** @param x [..., n, ...] with a last axis of real parts, or of real and imaginary ones */
function transformed(b: GraphBuilder, x: Value, transform: Transform): Value {
  const { axis, length, inverse, onesided } = transform;
  const { shape } = x.type;
  const rank = shape.length;
  const given = numberOf(shape[axis], 'how long the signal is');
  const half = Math.floor(length / 2) + 1;
  const count = onesided && !inverse ? half : length;
  if (given * count > largestMatrix) {
    throw new Unreadable(`transforms ${given} elements to ${count}, which is a matrix that is too large`);
  }
  const last = rank - 2;
  const order = Array.from({ length: rank - 1 }, (_, i) => i);
  const perm = [...order.filter((i) => i !== axis), axis];
  const part = (index: number) => {
    const one = b.op('Squeeze', [slice(b, x, rank - 1, index, index + 1)], { axes: [rank - 1] });
    return axis === last ? one : b.op('Transpose', [one], { perm });
  };
  const back = (value: Value) => {
    const placed =
      axis === last ? value : b.op('Transpose', [value], { perm: order.map((i) => perm.indexOf(i)) });
    return b.op('Unsqueeze', [placed], { axes: [rank - 1] });
  };
  // What a half spectrum leaves out is there twice: once itself, and once as its mirror image.
  const twice = (k: number) => (k === 0 || 2 * k === length ? 1 : 2);
  const used = onesided && inverse ? Math.min(half, given) : Math.min(length, given);
  const matrix = (curve: (angle: number) => number) =>
    b.constant(
      listOf(given * count, (i) => {
        const [from, to] = [Math.floor(i / count), i % count];
        if (from >= used) return 0;
        const value = curve(angleOf(from, to, transform));
        return inverse ? (value * (onesided ? twice(from) : 1)) / length : value;
      }),
      [given, count],
    );
  const [cosines, sines] = [matrix(Math.cos), matrix((angle) => (inverse ? 1 : -1) * Math.sin(angle))];
  const real = part(0);
  const imaginary = shape[rank - 1] === 2 ? part(1) : undefined;
  const times = (value: Value, by: Value) => matrixProduct(b, value, by);
  const ownReal = times(real, cosines);
  const realPart = imaginary === undefined ? ownReal : b.op('Sub', [ownReal, times(imaginary, sines)]);
  if (inverse && onesided) return back(realPart);
  const ownImaginary = times(real, sines);
  const imaginaryPart =
    imaginary === undefined ? ownImaginary : b.op('Add', [ownImaginary, times(imaginary, cosines)]);
  return b.op('Concat', [back(realPart), back(imaginaryPart)], { axis: rank - 1 });
}

const fourier: Lower = (node) => {
  const x = node.float(0);
  const { shape } = x.type;
  const told = node.opset < 20 ? node.int('axis', 1) : (node.number(2, 'axis') ?? -2);
  const axis = fromFront(told, shape.length);
  const inverse = node.flag('inverse', 0) === 1;
  const onesided = node.flag('onesided', 0) === 1;
  const given = numberOf(shape[axis], 'how long the signal is');
  const length = node.number(1, 'dft_length') ?? (inverse && onesided ? 2 * (given - 1) : given);
  const { chirps } = node;
  const y = transformed(node.b, x, { axis, length, inverse, onesided, chirps });
  return node.as(y, node.tensor(0).type.dtype);
};

/**
 * The transforms of pieces of a signal [N, length, 1 or 2], a step apart, each seen through a window. PyTorch writes real ones as
 * [N, length], which onnxruntime takes.
 */
const shortTime: Lower = (node) => {
  const { b } = node;
  const given = node.float(0);
  const x = given.type.shape.length === 2 ? b.op('Unsqueeze', [given], { axes: [2] }) : given;
  const step = needed(node.number(1, 'frame_step'), 'frame_step');
  const window = node.has(2) ? node.float(2) : undefined;
  const length = node.number(3, 'frame_length') ?? numberOf(window?.type.shape[0], 'the length of a frame');
  const whole = numberOf(x.type.shape[1], 'how long the signal is');
  if (step < 1 || length < 1 || length > whole) {
    throw new Unreadable(`looks at ${length} of ${whole} elements, in steps of ${step}`);
  }
  const count = Math.floor((whole - length) / step) + 1;
  const indices = listOf(count * length, (i) => Math.floor(i / length) * step + (i % length));
  const frames = b.op('Gather', [x, integersOf(b, indices, [count, length])], { axis: 1 });
  const seen = window === undefined ? frames : b.op('Mul', [frames, alongAxis(b, window, 2, 4)]);
  const onesided = node.flag('onesided', 1) === 1;
  return transformed(b, seen, { axis: 2, length, inverse: false, onesided, chirps: node.chirps });
};

/** A sum of cosines, over a period of the size, or of one less. */
function windowOfCosines(coefficients: readonly number[]): Lower {
  return (node: NodeReader) => {
    const size = needed(node.number(0, 'size'), 'size');
    const dtype = dataTypeOf(node.int('output_datatype', 1));
    const kind = dtype === undefined ? undefined : kindOf(dtype);
    if (dtype === undefined || kind !== 'float32') throw new Unreadable('makes a window of whole numbers');
    if (size > 2 ** 24) throw new Unreadable(`makes a window of ${size}`);
    const period = node.flag('periodic', 1) === 1 ? size : size - 1;
    const values = Array.from({ length: size }, (_, i) =>
      coefficients.reduce((sum, c, k) => sum + c * Math.cos((2 * Math.PI * k * i) / period), 0),
    );
    return { value: node.b.constant(values, [size]), dtype };
  };
}

/** So many triangles over the frequencies of half a spectrum, as far apart as they are heard, each 1 at its middle. */
const melWeights: Lower = (node) => {
  const [bands, length, rate, lowest, highest] = [
    'num_mel_bins',
    'dft_length',
    'sample_rate',
    'lower_edge_hertz',
    'upper_edge_hertz',
  ].map((name, i) => needed(node.number(i, name), name));
  if (bands === undefined || length === undefined || rate === undefined) throw new Unreadable('lacks a size');
  if (lowest === undefined || highest === undefined) throw new Unreadable('lacks an edge');
  const dtype = dataTypeOf(node.int('output_datatype', 1));
  const kind = dtype === undefined ? undefined : kindOf(dtype);
  if (dtype === undefined || kind !== 'float32') throw new Unreadable('makes weights of whole numbers');
  const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const [from, to] = [mel(lowest), mel(highest)];
  const rows = Math.floor(length / 2) + 1;
  const edges = listOf(bands + 2, (i) => {
    const hertz = 700 * (10 ** ((from + (i * (to - from)) / (bands + 2)) / 2595) - 1);
    return Math.floor(((length + 1) * hertz) / rate);
  });
  const values = listOf(rows * bands, (at) => {
    const [row, band] = [Math.floor(at / bands), at % bands];
    const [left = 0, middle = 0, right = 0] = edges.slice(band, band + 3);
    if (row === middle) return 1;
    if (row > left && row < middle) return (row - left) / (middle - left);
    return row > middle && row < right ? (right - row) / (right - middle) : 0;
  });
  return { value: node.b.constant(values, [rows, bands]), dtype };
};

export const spectrumLowerings: Lowerings = {
  DFT: fourier,
  STFT: shortTime,
  HannWindow: windowOfCosines([0.5, -0.5]),
  HammingWindow: windowOfCosines([25 / 46, -21 / 46]),
  BlackmanWindow: windowOfCosines([0.42, -0.5, 0.08]),
  MelWeightMatrix: melWeights,
};
