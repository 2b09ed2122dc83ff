/** Rules of ops that move elements: each sends gradients back where the elements came from. */
import type { GraphBuilder } from '../../graph/builder.ts';
import { axisOf } from '../../graph/infer/rule.ts';
import { known } from '../../graph/infer/rule.ts';
import { sliceRange } from '../../graph/infer/shape.ts';
import type { Value } from '../../graph/types.ts';
import { shapeOf, sumTo, type Rule, type RuleContext } from '../rule.ts';

function reshapeBack({
  b,
  dy,
  x,
}: RuleContext<'Reshape' | 'Flatten' | 'Squeeze' | 'Unsqueeze'>): readonly Value[] {
  return [b.op('Reshape', [dy], { shape: shapeOf(x(0)) })];
}

/** Spreads `value` along an axis: element i goes to start + i·step of an axis of `size`, zeros elsewhere. */
function scatterAxis(
  b: GraphBuilder,
  value: Value,
  axis: number,
  range: { readonly start: number; readonly count: number; readonly step: number; readonly size: number },
): Value {
  const { count, size } = range;
  let { start, step } = range;
  let spread = value;
  if (step < 0) {
    spread = b.op('Slice', [spread], { starts: [-1], ends: [-count - 1], axes: [axis], steps: [-1] });
    start += (count - 1) * step;
    step = -step;
  }
  if (step > 1) {
    // [.., n, ..] → [.., n, 1, ..] → pad to [.., n, step, ..] → [.., n·step, ..]
    const shape = shapeOf(spread);
    const apart = b.op('Unsqueeze', [spread], { axes: [axis + 1] });
    const after = shapeOf(apart).map((_, i) => (i === axis + 1 ? step - 1 : 0));
    const padded = b.op('Pad', [apart], { pads: [...after.map(() => 0), ...after], value: 0 });
    spread = b.op('Reshape', [padded], { shape: shape.map((dim, i) => (i === axis ? dim * step : dim)) });
    const reach = (count - 1) * step + 1;
    spread = b.op('Slice', [spread], { starts: [0], ends: [reach], axes: [axis], steps: [1] });
  }
  const rank = shapeOf(spread).length;
  const before = Array.from({ length: rank }, (_, i) => (i === axis ? start : 0));
  const behind = size - start - ((count - 1) * step + 1);
  const after = Array.from({ length: rank }, (_, i) => (i === axis ? behind : 0));
  if (start === 0 && behind === 0) return spread;
  return b.op('Pad', [spread], { pads: [...before, ...after], value: 0 });
}

export const shapeRules = {
  Constant: (() => []) satisfies Rule<'Constant'>,
  Transpose: (({ b, dy, attributes }) => {
    const perm = attributes.perm.map((_, axis) => attributes.perm.indexOf(axis));
    return [b.op('Transpose', [dy], { perm })];
  }) satisfies Rule<'Transpose'>,
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,
  Expand: (({ b, dy, x }) => [sumTo(b, dy, shapeOf(x(0)))]) satisfies Rule<'Expand'>,
  Concat: (({ b, dy, node, attributes }) => {
    if (node.inputs.length === 1) return [dy];
    const axis = axisOf(attributes.axis, shapeOf(dy).length);
    const split = node.inputs.map((input) => shapeOf(input)[axis] ?? 0);
    return b.node('Split', [dy], { axis, split });
  }) satisfies Rule<'Concat'>,
  Split: (({ b, dyOf, node, attributes }) => {
    const parts = node.outputs.map((output, i) => dyOf(i) ?? b.filled(0, shapeOf(output)));
    return [b.op('Concat', parts, { axis: attributes.axis })];
  }) satisfies Rule<'Split'>,
  Slice: (({ b, dy, x, attributes }) => {
    const from = shapeOf(x(0));
    let gradient = dy;
    attributes.axes.forEach((axis, i) => {
      const along = axisOf(axis, from.length);
      const step = attributes.steps[i] ?? 1;
      const size = from[along] ?? 0;
      const end = attributes.ends[i] ?? 0;
      const range = sliceRange(size, attributes.starts[i] ?? 0, known(end, 'the end of a slice'), step);
      gradient = scatterAxis(b, gradient, along, { ...range, step, size });
    });
    return [gradient];
  }) satisfies Rule<'Slice'>,
  Pad: (({ b, dy, x, attributes }) => {
    const shape = shapeOf(x(0));
    const axes = shape.map((_, axis) => axis);
    const starts = axes.map((axis) => attributes.pads[axis] ?? 0);
    const ends = axes.map((axis) => (starts[axis] ?? 0) + (shape[axis] ?? 0));
    return [b.op('Slice', [dy], { starts, ends, axes, steps: axes.map(() => 1) })];
  }) satisfies Rule<'Pad'>,
  Gather: (({ b, dy, x, attributes }) => {
    const shape = shapeOf(x(0));
    const axis = axisOf(attributes.axis, shape.length);
    if (axis === 0) return [b.op('EmbeddingGrad', [x(1), dy], { rows: shape[0] ?? 1 })];
    const product = (dims: readonly number[]) => dims.reduce((p, dim) => p * dim, 1);
    const [before, size, after] = [
      product(shape.slice(0, axis)),
      shape[axis] ?? 1,
      product(shape.slice(axis + 1)),
    ];
    const count = product(shapeOf(x(1)));
    const rows = b.op('Reshape', [dy], { shape: [before, count, after] });
    const column = b.op('Reshape', [x(1)], { shape: [1, count, 1] });
    const indices = b.op('Expand', [column], { shape: [before, count, after] });
    const zeros = b.filled(0, [before, size, after]);
    const sum = b.op('ScatterElements', [zeros, indices, rows], { axis: 1, reduction: 'add' });
    return [b.op('Reshape', [sum], { shape })];
  }) satisfies Rule<'Gather'>,
  GatherElements: (({ b, dy, x, attributes }) => [
    b.op('ScatterElements', [b.filled(0, shapeOf(x(0))), x(1), dy], {
      axis: attributes.axis,
      reduction: 'add',
    }),
  ]) satisfies Rule<'GatherElements'>,
  ScatterElements: (({ b, dy, x, attributes }) => {
    const { axis, reduction } = attributes;
    const overwritten = () =>
      b.op('ScatterElements', [dy, x(1), b.filled(0, shapeOf(x(2)))], { axis, reduction: 'none' });
    return [
      reduction === 'add' ? dy : overwritten(),
      undefined,
      b.op('GatherElements', [dy, x(1)], { axis }),
    ];
  }) satisfies Rule<'ScatterElements'>,
  OneHot: (() => []) satisfies Rule<'OneHot'>,
} as const;
