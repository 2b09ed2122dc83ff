/** Ops that no network of ours has, each in a model of its own, in every runtime that is here: the file, and what is read of it. */
import { describe, expect, it } from 'vitest';

import type { OnnxAttribute, OnnxDataType, OnnxModel, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { probeRuntimes } from '../../src/runtime/probe/probe.ts';
import { runtimeNames, runtimes } from '../../src/runtime/registry.ts';
import { floats, modelOf as modelOfGraph } from '../exporters/onnx/models.ts';
import { subject } from './models.ts';

const signal = new AbortController().signal;

/**
 * In this process: a browser is another, and a card may be somebody's. One that is asked by name only runs some networks, not
 * every op.
 */
const tried = runtimeNames.filter((name) => {
  const { where, device, asked } = runtimes[name];
  return where === 'here' && device !== 'graphics card' && asked === 'always' && name !== 'reference';
});
const here = (await probeRuntimes({ only: tried })).flatMap(({ name, status }) =>
  status === 'ready' ? [name] : [],
);

type Attributes = Readonly<Record<string, number | string | readonly number[]>>;
type Port = readonly [name: string, shape: readonly number[], dtype?: OnnxDataType];

function op(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
): OnnxNode {
  const told = Object.entries(attributes).map(([name, value]): OnnxAttribute => {
    if (typeof value === 'string') return { name, kind: 'string', value };
    if (typeof value !== 'number') return { name, kind: 'ints', value };
    return name === 'spatial_scale' ? { name, kind: 'float', value } : { name, kind: 'int', value };
  });
  return { name: outputs[0] ?? '', opType, domain: '', inputs, outputs, attributes: told };
}

const int64 = (name: string, dims: readonly number[], values: readonly number[]): OnnxTensor => ({
  name,
  dims,
  dtype: 'int64',
  data: BigInt64Array.from(values, BigInt),
});
const int32 = (name: string, values: readonly number[]): OnnxTensor => ({
  name,
  dims: [values.length],
  dtype: 'int32',
  data: Int32Array.from(values),
});
const uint8 = (name: string, values: readonly number[]): OnnxTensor => ({
  name,
  dims: [values.length],
  dtype: 'uint8',
  data: Uint8Array.from(values),
});

function modelOf(
  nodes: readonly OnnxNode[],
  inputs: readonly Port[],
  output: Port,
  initializers: readonly OnnxTensor[] = [],
  version = 18,
): OnnxModel {
  const port = ([name, shape, dtype = 'float32']: Port) => ({
    name,
    type: { kind: 'tensor', dtype, shape } as const,
  });
  return modelOfGraph(
    { nodes, initializers, inputs: inputs.map(port), outputs: [port(output)] },
    { opsets: [{ domain: '', version }] },
  );
}

const sines = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i));

const relu = op('Relu', ['x'], ['r']);
const boxes = [
  floats('rois', [3, 4], [0, 0, 10, 10, 2, 3, 12, 15, 1, 1, 5, 6]),
  int64('batch', [3], [0, 1, 0]),
] as const;
const roi = { output_height: 3, output_width: 3, sampling_ratio: 2, spatial_scale: 0.5 } as const;

const models: Readonly<Record<string, OnnxModel>> = {
  ...Object.fromEntries(
    ['add', 'mul', 'max', 'min'].flatMap((reduction) => [
      [
        `ScatterElements, ${reduction}`,
        modelOf(
          [relu, op('ScatterElements', ['r', 'i', 'u'], ['y'], { axis: 0, reduction })],
          [
            ['x', [3, 3]],
            ['u', [2, 3]],
          ],
          ['y', [3, 3]],
          [int64('i', [2, 3], [0, 2, 1, 2, 0, 0])],
        ),
      ],
      [
        `ScatterND, ${reduction}`,
        modelOf(
          [relu, op('ScatterND', ['r', 'i', 'u'], ['y'], { reduction })],
          [
            ['x', [4, 3]],
            ['u', [3, 3]],
          ],
          ['y', [4, 3]],
          [int64('i', [3, 1], [0, 2, 2])],
        ),
      ],
    ]),
  ),
  'GatherND within batches': modelOf(
    [relu, op('GatherND', ['r', 'i'], ['y'], { batch_dims: 1 })],
    [['x', [2, 3, 4]]],
    ['y', [2, 2, 4]],
    [int64('i', [2, 2, 1], [1, 2, 0, -1])],
  ),
  ReverseSequence: modelOf(
    [relu, op('ReverseSequence', ['r', 'l'], ['y'], { batch_axis: 1, time_axis: 0 })],
    [['x', [4, 3, 2]]],
    ['y', [4, 3, 2]],
    [int64('l', [3], [4, 2, 1])],
  ),
  MaxUnpool: modelOf(
    [
      op('MaxPool', ['x'], ['p', 'i'], { kernel_shape: [2, 2], strides: [2, 2] }),
      op('Tanh', ['p'], ['q']),
      op('MaxUnpool', ['q', 'i'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] }),
    ],
    [['x', [2, 3, 6, 6]]],
    ['y', [2, 3, 6, 6]],
  ),
  Col2Im: modelOf(
    [relu, op('Col2Im', ['r', 's', 'b'], ['y'], { pads: [1, 1, 1, 1], strides: [2, 2], dilations: [1, 1] })],
    [['x', [2, 18, 9]]],
    ['y', [2, 2, 5, 5]],
    [int64('s', [2], [5, 5]), int64('b', [2], [3, 3])],
  ),
  'RoiAlign, average': modelOf(
    [relu, op('RoiAlign', ['r', 'rois', 'batch'], ['y'], roi)],
    [['x', [2, 3, 8, 8]]],
    ['y', [3, 3, 3, 3]],
    boxes,
  ),
  'RoiAlign, half a pixel off': modelOf(
    [
      op('RoiAlign', ['x', 'rois', 'batch'], ['y'], {
        ...roi,
        coordinate_transformation_mode: 'output_half_pixel',
      }),
    ],
    [['x', [2, 3, 8, 8]]],
    ['y', [3, 3, 3, 3]],
    boxes,
  ),
  DFT: modelOf([op('DFT', ['x'], ['y'], { axis: 1 })], [['x', [2, 10, 1]]], ['y', [2, 10, 2]]),
  'DFT, inverse': modelOf(
    [op('DFT', ['x'], ['y'], { axis: 1, inverse: 1 })],
    [['x', [2, 8, 2]]],
    ['y', [2, 8, 2]],
  ),
  'DFT, one side': modelOf(
    [op('DFT', ['x'], ['y'], { axis: 1, onesided: 1 })],
    [['x', [2, 10, 1]]],
    ['y', [2, 6, 2]],
  ),
  STFT: modelOf(
    [op('HannWindow', ['n'], ['w']), op('STFT', ['x', 's', 'w'], ['y'], { onesided: 1 })],
    [['x', [2, 64, 1]]],
    ['y', [2, 7, 9, 2]],
    [int64('s', [], [8]), int64('n', [], [16])],
  ),
  'ConvTranspose of volumes': modelOf(
    [op('ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1] })],
    [['x', [2, 2, 3, 3, 3]]],
    ['y', [2, 1, 5, 5, 5]],
    [floats('w', [2, 1, 3, 3, 3], sines(54))],
  ),
  DeformConv: modelOf(
    [op('DeformConv', ['x', 'w', 'o', 'c', 'm'], ['y'], { group: 2, offset_group: 2, pads: [1, 1, 1, 1] })],
    [
      ['x', [2, 4, 6, 6]],
      ['o', [2, 36, 6, 6]],
      ['m', [2, 18, 6, 6]],
    ],
    ['y', [2, 6, 6, 6]],
    [floats('w', [6, 2, 3, 3], sines(108)), floats('c', [6], sines(6))],
    19,
  ),
  BitShift: modelOf(
    [op('BitShift', ['x', 'k'], ['y'], { direction: 'LEFT' })],
    [['x', [4, 3], 'uint8']],
    ['y', [4, 3], 'uint8'],
    [uint8('k', [1, 2, 3])],
  ),
  Bitwise: modelOf(
    [
      op('BitwiseAnd', ['x', 'k'], ['a']),
      op('BitwiseXor', ['a', 'z'], ['b']),
      op('BitwiseOr', ['b', 'k'], ['c']),
      op('BitwiseNot', ['c'], ['y']),
    ],
    [
      ['x', [4, 3], 'uint8'],
      ['z', [4, 3], 'uint8'],
    ],
    ['y', [4, 3], 'uint8'],
    [uint8('k', [170, 85, 255])],
  ),
  'Bitwise, of 32 bits': modelOf(
    [
      op('BitwiseXor', ['x', 'k'], ['a']),
      op('BitwiseOr', ['z', 'j'], ['b']),
      op('BitwiseAnd', ['a', 'b'], ['y']),
    ],
    [
      ['x', [4, 3], 'int32'],
      ['z', [4, 3], 'int32'],
    ],
    ['y', [4, 3], 'int32'],
    [int32('k', [-(2 ** 31), 2 ** 31 - 1, -1_431_655_766]), int32('j', [1_431_655_765, -3, 2 ** 30])],
  ),
};

describe.each(Object.entries(models))('%s', (_, model) => {
  it(`is the same in ${here.join(', ')}`, async () => {
    const about = await subject(model, model, [...here, 'reference']);
    const order = { model: 'model.onnx', data: null, seeds: [1, 2], climb: 0 } as const;
    const { pairs, outcome } = await compareSubject(about, order, silentReporter, signal);
    expect(pairs.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`))).toEqual(
      [],
    );
    expect(new Set(pairs.map(({ runtime }) => runtime))).toEqual(new Set(here));
    expect(pairs.every(({ elements }) => elements > 0)).toBe(true);
    expect(outcome).toBe('passed');
  });
});
