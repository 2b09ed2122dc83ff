/** QuantizeLinear and DequantizeLinear: scales and zero points. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, type NodeCase } from './node-case.ts';

const op = fc.constantFrom('QuantizeLinear', 'DequantizeLinear');
const few = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 });

function quantised(
  name: string,
  x: readonly number[],
  scale: readonly number[],
  zero: readonly number[] | undefined,
  attributes: NonNullable<NodeCase['attributes']>,
  opset: number,
): NodeCase {
  const up = name === 'DequantizeLinear';
  return {
    op: name,
    given: [fed(x, up ? 'uint8' : 'float32'), fed(scale), zero && fed(zero, 'uint8')],
    gives: [up ? 'float32' : 'uint8'],
    attributes,
    opset,
  };
}

const plain = fc
  .tuple(op, few, few, fc.boolean(), fc.constantFrom(10, 13, 21))
  .map(([name, scale, zero, alike, opset]) =>
    quantised(name, [2, 3], scale, alike ? scale : zero, [], opset),
  );
const alongAxis = fc
  .tuple(op, fc.integer({ min: 2, max: 4 }), fc.integer({ min: -4, max: 3 }), fc.constantFrom(13, 21))
  .map(([name, size, axis, opset]) =>
    quantised(name, [2, 3, 4], [size], undefined, [int('axis', axis)], opset),
  );
const blocked = fc
  .tuple(
    op,
    fc.constantFrom([4, 3], [2, 3], [1, 3], [4, 1], [4, 2], [3], [4, 3, 1], []),
    fc.integer({ min: -1, max: 5 }),
    fc.constantFrom(-2, -1, 0, 1, 2),
    fc.boolean(),
  )
  .map(([name, scale, size, axis, withZero]) =>
    quantised(
      name,
      [4, 3],
      scale,
      withZero ? scale : undefined,
      [int('axis', axis), int('block_size', size)],
      21,
    ),
  );

describe('a fault is what onnxruntime refuses', () => {
  held({ plain, alongAxis, blocked }, 500);
});

describe('a fault is told with what to mend', () => {
  it.each<[string, NodeCase]>([
    [
      'its zero point is [2], and its scale [3]: they must be of one shape',
      quantised('DequantizeLinear', [2, 3], [3], [2], [], 17),
    ],
    [
      'its scale is [4, 2], and of blocks of 2 along axis 0 must be [2, 3]',
      quantised('QuantizeLinear', [4, 3], [4, 2], undefined, [int('axis', 0), int('block_size', 2)], 21),
    ],
    [
      'its scale is [2, 3], and must be a number or a list',
      quantised('QuantizeLinear', [2, 3], [2, 3], undefined, [], 13),
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`${given.op} that makes "y0": ${told}`);
  });
});
