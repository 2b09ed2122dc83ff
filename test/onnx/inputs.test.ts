/** Which tensor goes to which input, and what is drawn for the rest. */
import { describe, expect, it } from 'vitest';
import { drawInputs } from '../../src/onnx/inputs.ts';
import type { Port } from '../../src/onnx/open.ts';
import { tensorOf } from '../../src/tensors/numbers.ts';
import { refusal } from '../proto/refusal.ts';

const port = (name: string, dtype: string | undefined, shape: Port['shape']): Port => ({
  name,
  isTensor: true,
  dtype,
  shape,
});
const ports = [
  port('image', 'float32', ['batch', 3, 'height', 'height']),
  port('ids', 'int64', ['batch', 'length']),
  port('mask', 'bool', [2]),
];

describe('drawInputs', () => {
  const drawing = { seed: 1, extents: {}, shapes: new Map(), whole: () => undefined };

  it('draws by seed, type and shape', () => {
    const [image, ids, mask] = drawInputs(ports, new Map(), drawing);
    expect([image?.dtype, image?.dims]).toEqual(['float32', [1, 3, 5, 5]]);
    expect([ids?.dtype, ids?.dims]).toEqual(['int64', [1, 5]]);
    expect([mask?.dtype, mask?.dims]).toEqual(['bool', [2]]);
    expect(drawInputs(ports, new Map(), drawing)).toEqual([image, ids, mask]);
    expect(drawInputs(ports, new Map(), { ...drawing, seed: 2 })[0]).not.toEqual(image);
  });

  it('takes open extents from the command line and from tensors that are given', () => {
    const given = new Map([
      [
        'ids',
        tensorOf(
          'ids',
          'int64',
          [4, 7],
          Array.from({ length: 28 }, () => 0),
        ),
      ],
    ]);
    const drawn = drawInputs(ports, given, { ...drawing, extents: { height: 2 } });
    expect(drawn.map(({ dims }) => dims)).toEqual([[4, 3, 2, 2], [2]]);
    expect(refusal(() => drawInputs(ports, given, { ...drawing, extents: { width: 2 } }))).toMatchObject({
      code: 'input/unknown',
      message: 'no input of the model has an extent "width"',
      help: 'Open are batch, height, length.',
    });
  });

  it('computes what a file writes as computed from others', () => {
    const written = [port('past', 'float32', ['batch', 'p']), port('m', 'float32', ['batch', 'p + 1'])];
    const shapes = (extents: Readonly<Record<string, number>>) =>
      drawInputs(written, new Map(), { ...drawing, extents }).map(({ dims }) => dims);
    expect(shapes({})).toEqual([
      [1, 5],
      [1, 6],
    ]);
    expect(shapes({ p: 8 })).toEqual([
      [1, 8],
      [1, 9],
    ]);
  });

  it.each([
    [port('x', undefined, undefined), 'no tensor, but a sequence, a map or an optional value'],
    [port('x', 'string', [1]), 'text'],
    [port('x', 'float8e5m2', [1]), 'of type float8e5m2'],
    [port('x', 'float32', undefined), 'a tensor of no known rank'],
    [
      port('x', 'float32', [1, 3, 20_000, 20_000]),
      'declared as float32[1, 3, 20000, 20000], more than is drawn',
    ],
    [port('x', 'uint8', [2 ** 50]), 'more than is drawn'],
  ])('refuses %o before it takes memory', (given, says) => {
    expect(refusal(() => drawInputs([given], new Map(), drawing)).message).toContain(says);
  });
});
