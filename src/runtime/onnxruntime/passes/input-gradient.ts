/**
 * ConvTranspose as Conv.
 *
 * onnxruntime's ConvTranspose works on one image and one group after the other, and is slowest just where training
 * needs it, in depthwise convolutions. It equals a Conv with the filter turned round, of an input between whose
 * elements stride − 1 zeros are put.
 */
import type { OpAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Value } from '../../../graph/types.ts';
import { banded, mostBandedRows, type Band } from './depthwise.ts';
import { flipped, inputAt, knownShape, matrix } from './pieces.ts';

export const inputGradient: Rewrite = (b, node, inputs) => {
  if (node.op !== 'ConvTranspose') return undefined;
  const [x, w] = [inputAt(inputs, 0), inputAt(inputs, 1)];
  return asConv(b, node.attributes, x, w, inputAt(node.outputs, 0));
};

function asConv(
  b: GraphBuilder,
  attributes: OpAttributes['ConvTranspose'],
  x: Value,
  w: Value,
  y: Value,
): readonly Value[] | undefined {
  const { strides, pads, dilations, group, output_padding } = attributes;
  const filter = knownShape(w);
  const [, , height, width] = y.type.shape;
  if (filter === undefined || typeof height !== 'number' || typeof width !== 'number') return undefined;
  const [, , kh = 1, kw = 1] = filter;
  const turned = flipped(b, channelsSwapped(b, w, filter, group), [2, 3]);
  const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations, group } as const;
  if (kh === 1 && kw === 1) {
    // Each input element makes one output element, so the smaller of the two is convolved.
    const y = b.op('Conv', [x, turned], plain);
    const rows = spread(b, y, 2, { stride: strides[0], from: -pads[0], size: height });
    return [spread(b, rows, 3, { stride: strides[1], from: -pads[1], size: width })];
  }
  const [top, left, bottom, right] = pads;
  const reach = [dilations[0] * (kh - 1), dilations[1] * (kw - 1)] as const;
  const around = [
    reach[0] - top,
    reach[1] - left,
    reach[0] - bottom + output_padding[0],
    reach[1] - right + output_padding[1],
  ] as const;
  if (around.some((pad) => pad < 0)) return undefined;
  const isDepthwise = filter[0] === group && filter[1] === 1;
  if (isDepthwise && strides[0] > 1 && height <= mostBandedRows) {
    // Its rows need no zeros in between: the band says which of them meet.
    const [from, stride, dilation] = [top, strides[0], dilations[0]];
    const band: Band = {
      key: `spread ${stride} ${dilation} ${from}`,
      rows: height,
      reads: (to, row, tap) => to === row * stride + tap * dilation - from,
    };
    const [extent] = x.type.shape.slice(3);
    if (typeof extent !== 'number') return undefined;
    const size = (extent - 1) * strides[1] + 1;
    const rows = spread(b, x, 3, { stride: strides[1], from: 0, size });
    const mirrored = flipped(b, w, [3]);
    return [
      banded(b, rows, mirrored, band, {
        stride: 1,
        pads: [around[1], around[3]],
        dilation: dilations[1],
        group,
      }),
    ];
  }
  let stuffed = x;
  for (const axis of [2, 3] as const) {
    const [stride, extent] = [strides[axis - 2] ?? 1, x.type.shape[axis]];
    if (typeof extent !== 'number') return undefined;
    stuffed = spread(b, stuffed, axis, { stride, from: 0, size: (extent - 1) * stride + 1 });
  }
  return [b.op('Conv', [stuffed, turned], { ...plain, pads: around })];
}

/** A filter [O, I/group, kh, kw] as [I, O/group, kh, kw]. */
function channelsSwapped(b: GraphBuilder, w: Value, shape: readonly number[], group: number): Value {
  const [outputs = 1, perGroup = 1, kh = 1, kw = 1] = shape;
  if (outputs === group && perGroup === 1) return w;
  if (group === 1) return b.op('Transpose', [w], { perm: [1, 0, 2, 3] });
  const grouped = b.op('Reshape', [w], { shape: [group, outputs / group, perGroup, kh, kw] });
  const swapped = b.op('Transpose', [grouped], { perm: [0, 2, 1, 3, 4] });
  return b.op('Reshape', [swapped], { shape: [group * perGroup, outputs / group, kh, kw] });
}

interface Spread {
  readonly stride: number;
  /** Where element 0 goes; what falls outside of `size` is dropped. */
  readonly from: number;
  readonly size: number;
}

/**
 * Element i along the height (2) or the width (3) put at from + i·stride, zeros in between: a product with a matrix of
 * zeros and ones, which onnxruntime computes faster than it pads between elements.
 */
function spread(b: GraphBuilder, x: Value, axis: 2 | 3, { stride, from, size }: Spread): Value {
  const extent = x.type.shape[axis];
  if (typeof extent !== 'number' || (stride === 1 && from === 0 && size === extent)) return x;
  const key = `spread ${stride} ${from}`;
  if (axis === 3) {
    const places = matrix(b, [extent, size], key, (i, at) => (at === from + i * stride ? 1 : 0));
    return b.op('MatMul', [x, places]);
  }
  const places = matrix(b, [size, extent], `${key} rows`, (at, i) => (at === from + i * stride ? 1 : 0));
  return b.op('MatMul', [places, x]);
}
