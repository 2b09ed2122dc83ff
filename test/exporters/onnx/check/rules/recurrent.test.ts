/** LSTM, GRU and RNN: what each direction has. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, held } from './held.ts';
import { fed, int, word, whole, type NodeCase } from './node-case.ts';

const cells = [
  ['LSTM', 4, 3],
  ['GRU', 3, 2],
  ['RNN', 1, 1],
] as const;

/** Mostly what is right. */
const off = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1);
const parts = ['W', 'R', 'B', 'H', 'C', 'P'] as const;
type Part = (typeof parts)[number];

const cell = fc
  .tuple(
    fc.constantFrom(...cells),
    fc.boolean(),
    fc.boolean(),
    fc.subarray(['B', 'S', 'H', 'C', 'P']),
    fc.option(fc.tuple(fc.constantFrom<Part>(...parts), fc.integer({ min: 0, max: 2 })), { nil: undefined }),
    fc.constantFrom(7, 14, 22),
    fc.tuple(off, off),
    off,
  )
  .map(([[op, gates, curves], both, named, given, wrong, opset, lens, fewer]): NodeCase => {
    const [d, batch, hidden, wide] = [both ? 2 : 1, 2, 3, 4];
    const of = (part: Part, shape: readonly number[]) =>
      fed(wrong?.[0] === part ? shape.map((size, i) => (i === wrong[1] ? size + 1 : size)) : shape);
    const maybe = (part: Part, shape: readonly number[]) =>
      given.includes(part) ? of(part, shape) : undefined;
    const isLstm = op === 'LSTM';
    const texts = Array.from({ length: batch }, () => 2).map((size, i) => size + (lens[i] ?? 0));
    return {
      op,
      given: [
        fed([2, batch, wide]),
        of('W', [d, gates * hidden, wide]),
        of('R', [d, gates * hidden, hidden]),
        maybe('B', [d, 2 * gates * hidden]),
        given.includes('S') ? { ...whole(texts), dtype: 'int32', data: Int32Array.from(texts) } : undefined,
        maybe('H', [d, batch, hidden]),
        ...(isLstm ? [maybe('C', [d, batch, hidden]), maybe('P', [d, 3 * hidden])] : []),
      ],
      attributes: [
        int('hidden_size', hidden),
        ...(both ? [word('direction', 'bidirectional')] : []),
        ...(named
          ? [
              {
                name: 'activations',
                kind: 'strings' as const,
                value: Array.from({ length: Math.max(1, curves * d + fewer) }, () => 'Tanh'),
              },
            ]
          : []),
      ],
      opset,
    };
  });

describe('a fault is what onnxruntime refuses', () => {
  held({ cell }, 1000);
});

describe('a fault is told with what to mend', () => {
  const base: NodeCase = {
    op: 'LSTM',
    given: [fed([2, 1, 4]), fed([1, 12, 4]), fed([1, 12, 3])],
    attributes: [int('hidden_size', 3)],
  };
  const [x, w, r] = base.given ?? [];

  it.each<[string, NodeCase]>([
    ['its B is [1, 12], and must be [1, 24]', { ...base, given: [x, w, r, fed([1, 12])] }],
    [
      'its W [1, 12, 4] is of 1 direction, and it goes in both directions',
      { ...base, attributes: [word('direction', 'bidirectional')] },
    ],
    [
      'its initial_h is [1, 2, 3], and must be [1, 1, 3]',
      { ...base, given: [x, w, r, undefined, undefined, fed([1, 2, 3])] },
    ],
    [
      'it has 1 activation, and must have 3',
      { ...base, attributes: [{ name: 'activations', kind: 'strings', value: ['Tanh'] }] },
    ],
  ])('%s', (told, given) => {
    expect(faultOf(given)).toBe(`LSTM that makes "y0": ${told}`);
  });

  // Source: https://onnx.ai/onnx/operators/onnx__LSTM.html; onnxruntime has no kernel of this layout.
  it('reads states with the batch first where the layout says so', () => {
    const first = (states: readonly number[]) =>
      faultOf({
        ...base,
        given: [fed([5, 2, 4]), w, r, undefined, undefined, fed(states)],
        attributes: [int('layout', 1)],
      });
    expect(first([5, 1, 3])).toBeUndefined();
    expect(first([1, 5, 3])).toMatch('its initial_h is [1, 5, 3], and must be [5, 1, 3]');
  });

  it('is none of an open batch', () => {
    const open = { ...base, given: [fed([2, 'b', 4]), w, r, undefined, undefined, fed([1, 'n', 3])] };
    expect(faultOf(open)).toBeUndefined();
  });
});
