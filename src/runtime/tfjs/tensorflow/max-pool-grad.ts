/**
 * The gradient of a max pool of stride 1, in two passes of one dimension each.
 *
 * TensorFlow's own kernel looks for the maximum of each window one element at a time on a CPU, and takes twenty times
 * as long as the pool. The maximum over a window is the maximum down its rows of the maxima along each row, and the
 * first position of it, row by row, is found the same way: first the first row, then the first column. So the gradient
 * goes down, then along, and each pass is a few elementwise ops.
 */
import type { PoolAttributes } from '../../../graph/attributes.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';

interface Line {
  /** Memory axis. */
  readonly axis: 1 | 2;
  readonly kernel: number;
  readonly before: number;
  readonly after: number;
}

/** (x, y, dy) → dx, all NHWC. */
export function separableMaxPoolGrad(
  tf: TensorFlowOps,
  { kernel_shape: [kh, kw], pads: [top, left, bottom, right] }: PoolAttributes,
): (x: TensorHandle, y: TensorHandle, dy: TensorHandle) => TensorHandle {
  const down: Line = { axis: 1, kernel: kh, before: top, after: bottom };
  const along: Line = { axis: 2, kernel: kw, before: left, after: right };
  const rows = [
    tf.int('ksize', [1, 1, kw, 1]),
    tf.int('strides', [1, 1, 1, 1]),
    tf.text('padding', left + right === 0 ? 'VALID' : 'EXPLICIT'),
    ...(left + right === 0 ? [] : [tf.int('explicit_paddings', [0, 0, 0, 0, left, right, 0, 0])]),
  ];
  return (x, y, dy) => {
    const rowMaxima = tf.call('MaxPool', rows, [x]);
    return lineGrad(tf, along, x, rowMaxima, lineGrad(tf, down, rowMaxima, y, dy));
  };
}

/** The gradient of a pool along one axis: dy goes to the first element of its window that is the maximum y. */
function lineGrad(
  tf: TensorFlowOps,
  { axis, kernel, before, after }: Line,
  x: TensorHandle,
  y: TensorHandle,
  dy: TensorHandle,
): TensorHandle {
  const size = x.shape[axis] ?? 1;
  const windows = y.shape[axis] ?? 1;
  const padded = before + after === 0 ? x : padAxis(tf, x, axis, before, after, -Infinity);
  const zero = tf.floats([0]);
  const shares: TensorHandle[] = [];
  let rest = dy;
  for (let tap = 0; tap < kernel; tap++) {
    // Element i of x is tap `tap` of window i + before − tap.
    const last = tap === kernel - 1;
    const seen = sliceAxis(tf, padded, axis, tap, windows);
    const share = last ? rest : tf.call('SelectV2', [], [tf.call('Equal', [], [seen, y]), rest, zero]);
    if (!last) rest = tf.call('Sub', [], [rest, share]);
    const [skip, lead] = [Math.max(0, before - tap), Math.max(0, tap - before)];
    const kept = Math.min(windows - skip, size - lead);
    // A tap that lies in the padding for every window sends nothing back.
    if (kept <= 0) continue;
    const inside = skip === 0 && kept === windows ? share : sliceAxis(tf, share, axis, skip, kept);
    shares.push(
      lead === 0 && kept === size ? inside : padAxis(tf, inside, axis, lead, size - lead - kept, 0),
    );
  }
  if (shares.length === 1) return tf.call('Identity', [], shares);
  return tf.call('AddN', [tf.int('N', shares.length), tf.type('T', 'float32')], shares);
}

function padAxis(
  tf: TensorFlowOps,
  x: TensorHandle,
  axis: number,
  before: number,
  after: number,
  value: number,
): TensorHandle {
  const paddings = x.shape.flatMap((_, i) => (i === axis ? [before, after] : [0, 0]));
  return tf.call('PadV2', [], [x, tf.ints(paddings, [x.shape.length, 2]), tf.floats([value])]);
}

function sliceAxis(
  tf: TensorFlowOps,
  x: TensorHandle,
  axis: number,
  start: number,
  count: number,
): TensorHandle {
  const begin = x.shape.map((_, i) => (i === axis ? start : 0));
  const size = x.shape.map((extent, i) => (i === axis ? count : extent));
  return tf.call('Slice', [], [x, tf.ints(begin), tf.ints(size)]);
}
