/** Nodes that are called faulty beside nearly the same ones that are right: by what is told, and by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { faultOf, refusalOf } from './held.ts';
import { fed, int, list, whole, type NodeCase } from './node-case.ts';

const pooled = fed([1, 1, 2, 2]);
const places = whole([5, 7, 13, 15], [1, 1, 2, 2]);
const window = list('kernel_shape', [2, 2]);
const apart = list('strides', [2, 2]);
const channel = fed([3]);
const batch = [fed([2, 3, 4]), channel, channel, channel, channel];

/** A case, and what is wrong with it. */
export type Row = readonly [NodeCase, string | undefined];

const rows: Readonly<Record<string, readonly Row[]>> = {
  'maxima go back by windows that fit the image': [
    [{ op: 'MaxUnpool', given: [pooled, places], attributes: [window, apart] }, undefined],
    [
      { op: 'MaxUnpool', given: [pooled, places, whole([1, 1, 4, 4])], attributes: [window, apart] },
      undefined,
    ],
    [
      { op: 'MaxUnpool', given: [pooled, places], attributes: [list('kernel_shape', [2]), apart] },
      'its kernel_shape [2] must be 2 numbers',
    ],
    [
      { op: 'MaxUnpool', given: [pooled, places], attributes: [window, list('strides', [])] },
      'its strides [] must be 2 numbers',
    ],
    [
      { op: 'MaxUnpool', given: [pooled, whole([5, 7], [1, 1, 1, 2])], attributes: [window, apart] },
      'its tensor of indices is [1, 1, 1, 2], and must be [1, 1, 2, 2]',
    ],
  ],
  'what is measured is given while it is trained': [
    [{ op: 'BatchNormalization', given: batch, opset: 15 }, undefined],
    [
      {
        op: 'BatchNormalization',
        given: batch,
        attributes: [int('training_mode', 1)],
        outputs: 3,
        opset: 15,
      },
      undefined,
    ],
    [
      { op: 'BatchNormalization', given: batch, outputs: 3, opset: 15 },
      'it has 3 outputs, and must have 1 unless it trains',
    ],
    [
      {
        op: 'BatchNormalization',
        given: batch,
        attributes: [int('training_mode', 1)],
        outputs: 2,
        opset: 15,
      },
      'it has 2 outputs, and must have 3 while it trains',
    ],
    [
      { op: 'BatchNormalization', given: batch, outputs: 2, opset: 9 },
      'it has 2 outputs, and must have 1 or 5',
    ],
  ],
};

describe.each(Object.entries(rows))('%s', (_, cases) => {
  it.each(cases)('%#', async (given, fault) => {
    expect(faultOf(given)).toBe(fault && `${given.op} that makes "y0": ${fault}`);
    expect((await refusalOf(given)) !== undefined).toBe(fault !== undefined);
  });
});
