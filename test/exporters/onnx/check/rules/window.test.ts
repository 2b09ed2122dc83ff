/** Windows over images: padding, and whether a window goes into the image. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, list, word, type NodeCase } from './node-case.ts';

const size = fc.integer({ min: 1, max: 4 });
const padding = fc.option(fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 0, max: 2 })), {
  nil: undefined,
});
const rule = fc.constantFrom(undefined, undefined, undefined, 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER');

const over = (ops: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...ops),
      size,
      size,
      fc.constantFrom(1, 1, 2),
      padding,
      rule,
      fc.constantFrom(11, 19, 22),
      fc.constantFrom(1, 1, 2),
    )
    .map(([op, image, window, dilation, pads, auto, opset, stride]): NodeCase => {
      const isConv = op.startsWith('Conv');
      // onnxruntime lacks what is strided or dilated and padded by such a rule.
      const isSame = auto?.startsWith('SAME') === true;
      // Runtimes have no padding that a window of a pool may lie in.
      const most = isConv ? Infinity : window - 1;
      // Of a pool that has both, onnxruntime pads now by the rule and now by the numbers.
      const isEither = !isConv && auto !== undefined && auto !== 'NOTSET';
      return {
        op,
        given: [fed([1, 1, image]), ...(isConv ? [fed([1, 1, window])] : [])],
        attributes: [
          list('kernel_shape', [window]),
          list('strides', [isSame ? 1 : stride]),
          ...(isConv || (op === 'MaxPool' && opset >= 10)
            ? [list('dilations', [isSame ? 1 : dilation])]
            : []),
          ...(pads === undefined || isEither
            ? []
            : [
                list(
                  'pads',
                  pads.map((pad) => Math.min(pad, most)),
                ),
              ]),
          ...(auto === undefined ? [] : [word('auto_pad', auto)]),
        ],
        opset,
      };
    });

const turned = fc
  .tuple(
    fc.option(fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    fc.option(fc.array(fc.integer({ min: 6, max: 7 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  )
  .map(([extra, made]): NodeCase => ({
    op: 'ConvTranspose',
    given: [fed([1, 1, 3]), fed([1, 1, 3])],
    attributes: [
      list('strides', [2]),
      ...(extra === undefined ? [] : [list('output_padding', extra)]),
      ...(made === undefined ? [] : [list('output_shape', made)]),
    ],
  }));

describe('a fault is what onnxruntime refuses', () => {
  held({ convolved: over(['Conv']), pooled: over(['MaxPool', 'AveragePool', 'LpPool']), turned }, 500);
});

describe('a fault is told with what to mend', () => {
  const conv = (attributes: NodeCase['attributes'] = []): NodeCase => ({
    op: 'Conv',
    given: [fed([1, 1, 5, 5]), fed([1, 1, 7, 3])],
    attributes,
  });

  it.each<[string, NodeCase]>([
    ['its window of 7 does not go into 5, padding included', conv()],
    ['its pads [-1, 0, 3, 0] must not be negative', conv([list('pads', [-1, 0, 3, 0])])],
    [
      'it has pads beside auto_pad SAME_UPPER, and must have one of them',
      conv([word('auto_pad', 'SAME_UPPER'), list('pads', [1, 1, 1, 1])]),
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`Conv that makes "y0": ${told}`);
  });

  it('is none of an open image, nor of a pool that rounds up', () => {
    expect(faultOf({ op: 'Conv', given: [fed([1, 1, 'h', 5]), fed([1, 1, 7, 3])] })).toBeUndefined();
    const pool = { op: 'MaxPool', given: [fed([1, 1, 'n'])], attributes: [list('kernel_shape', [9])] };
    expect(faultOf({ ...pool, attributes: [...pool.attributes, int('ceil_mode', 1)] })).toBeUndefined();
  });
});
