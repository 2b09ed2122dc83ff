/**
 * What is known of the shape of what a node makes, where the node cannot be read: its rank, mostly, as it is with what
 * hangs on numbers that only a run can tell. Source: https://onnx.ai/onnx/operators/.
 */
import { extentName } from '../../../src/graph/extent.ts';
import { mostOf } from '../../../src/extremes.ts';
import type { Dim, Shape } from '../../../src/graph/types.ts';
import { Unread, Unreadable, type NodeReader } from '../node-reader.ts';

/** The shape of its first output; `open` gives extents that nobody knows. */
type ShapeAfter = (node: NodeReader, open: (count: number) => Shape) => Shape | undefined;

const mostAxes = 1000;

/** The shapes of what a node makes, by its outputs, as far as they are known. */
export function shapesAfter(node: NodeReader): readonly (Shape | undefined)[] {
  const { domain } = node.node;
  const key = domain === '' ? node.op : `${domain}.${node.op}`;
  const [row, second] = [rows.get(key), seconds.get(key)];
  if (row === undefined) return [];
  const name = node.node.outputs[0] ?? '';
  const open = (count: number): Shape => {
    // A file can say that a shape has millions of axes.
    if (count > mostAxes) throw new Unread();
    return Array.from({ length: count }, (_, axis) => extentName(`${name}.${axis}`));
  };
  try {
    return [row(node, open), second?.(node, open)];
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Unread) return [];
    throw error;
  }
}

const same: ShapeAfter = (node) => node.shape(0);

/** Of the rank of the first input. */
const alike: ShapeAfter = (node, open) => open(node.shape(0).length);

/** As many extents as an operand has entries. */
const counted =
  (index: number, least: (node: NodeReader) => number = () => 0): ShapeAfter =>
  (node, open) => {
    const [count] = node.shape(index);
    return typeof count === 'number' ? open(Math.max(count, least(node))) : undefined;
  };

/** One axis is of an extent that nobody knows; where none is named, all are one. */
const along: ShapeAfter = (node, open) => {
  if (node.attribute('axis') === undefined) return open(1);
  return replaced(node.shape(0), node.int('axis'), open);
};

function replaced(shape: Shape, axis: number, open: (count: number) => Shape): Shape | undefined {
  const at = axis < 0 ? axis + shape.length : axis;
  const other = open(shape.length)[at];
  return other === undefined ? undefined : shape.with(at, other);
}

const broadcast: ShapeAfter = (node, open) => {
  const shapes = Array.from({ length: node.inputCount }, (_, i) => node.shape(i));
  const rank = mostOf(shapes.map(({ length }) => length));
  return open(rank).map((other, axis): Dim => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    return extents.find((dim) => typeof dim === 'number') ?? (extents.length === 0 ? 1 : other);
  });
};

/** As runtimes have it, which take what is neither 0 nor 1 for 0. */
const keeps = (node: NodeReader): boolean => node.int('keepdims', 1) === 1;

/** @param since the operator set from which on an input says the axes */
const reduced =
  (since: number): ShapeAfter =>
  (node, open) => {
    const rank = node.shape(0).length;
    if (keeps(node)) return open(rank);
    const told = node.opset < since ? node.ints('axes') : undefined;
    const isAll = node.opset < since ? told === undefined : !node.has(1);
    if (isAll) return node.int('noop_with_empty_axes', 0) === 1 ? node.shape(0) : [];
    const places = told && new Set(told.map((axis) => (axis < 0 ? axis + rank : axis))).size;
    // Of several that are fed, two may be one.
    const gone = places ?? (node.shape(1)[0] === 1 ? 1 : 0);
    return gone > 0 && gone <= rank ? open(rank - gone) : undefined;
  };

const rowsOf = (row: ShapeAfter, ...names: readonly string[]) => names.map((name) => [name, row] as const);

const rows: ReadonlyMap<string, ShapeAfter> = new Map([
  ...rowsOf(same, 'Abs', 'Cast', 'Ceil', 'Clip', 'CumSum', 'Dropout', 'Elu', 'Erf', 'Exp', 'Floor', 'Gelu'),
  ...rowsOf(same, 'HardSigmoid', 'HardSwish', 'Identity', 'IsNaN', 'LeakyRelu', 'Log', 'LogSoftmax', 'Mish'),
  ...rowsOf(
    same,
    'Neg',
    'Not',
    'Reciprocal',
    'Relu',
    'Round',
    'Selu',
    'Sigmoid',
    'Sign',
    'Softmax',
    'Softplus',
  ),
  ...rowsOf(same, 'Sqrt', 'Tanh', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli', 'LayerNormalization'),
  ...rowsOf(
    broadcast,
    'Add',
    'And',
    'Div',
    'Equal',
    'Greater',
    'GreaterOrEqual',
    'Less',
    'LessOrEqual',
    'Mod',
  ),
  ...rowsOf(broadcast, 'Mul', 'Or', 'Pow', 'Sub', 'Where', 'Xor'),
  ...rowsOf(alike, 'Pad', 'Resize', 'Slice', 'Tile', 'Upsample'),
  ...rowsOf(along, 'Compress', 'Unique'),
  ['NonZero', (node, open) => [Math.max(1, node.shape(0).length), ...open(1)]],
  ['NonMaxSuppression', (_, open) => [...open(1), 3]],
  ['Range', (_, open) => open(1)],
  ['Reshape', (node, open) => (node.opset < 5 ? undefined : counted(1)(node, open))],
  ['ConstantOfShape', counted(0)],
  ['Expand', counted(1, (node) => node.shape(0).length)],
  ['TopK', (node, open) => replaced(node.shape(0), node.int('axis', -1), open)],
  ['Gather', (node, open) => open(node.shape(0).length - 1 + node.shape(1).length)],
  [
    'OneHot',
    (node, open) => {
      const x = node.shape(0);
      const axis = node.int('axis', -1);
      return x.toSpliced(axis < 0 ? axis + x.length + 1 : axis, 0, ...open(1));
    },
  ],
  ...rowsOf(
    reduced(18),
    ...['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map(
      (each) => `Reduce${each}`,
    ),
  ),
  ['ReduceSum', reduced(13)],
  ...rowsOf(
    (node) => {
      const x = node.shape(0);
      const axis = node.int('axis', 0);
      if (keeps(node)) return replaced(x, axis, () => x.map(() => 1));
      return x.filter((_, i) => i !== (axis < 0 ? axis + x.length : axis));
    },
    'ArgMax',
    'ArgMin',
  ),
  ...rowsOf(same, 'OptionalGetElement', 'RegexFullMatch', 'BitCast', 'Trilu', 'TensorScatter'),
  ...rowsOf(
    same,
    ...['Binarizer', 'Imputer', 'LabelEncoder', 'Normalizer', 'Scaler'].map((op) => `ai.onnx.ml.${op}`),
  ),
  [
    'ai.onnx.ml.ArrayFeatureExtractor',
    (node, open) => [...(node.shape(0).length > 1 ? node.shape(0).slice(0, -1) : [1]), ...open(1)],
  ],
  ['StringConcat', broadcast],
  ...rowsOf(alike, 'StringNormalizer', 'CenterCropPad'),
  ['StringSplit', (node, open) => [...node.shape(0), ...open(1)]],
  ['ImageDecoder', (_, open) => open(3)],
  [
    'RoiAlign',
    (node) => [
      node.shape(2)[0] ?? 0,
      node.shape(0)[1] ?? 0,
      node.int('output_height', 1),
      node.int('output_width', 1),
    ],
  ],
  [
    'Col2Im',
    (node, open) => {
      const [count] = node.shape(1);
      return typeof count === 'number' ? [node.shape(0)[0] ?? 0, ...open(count + 1)] : undefined;
    },
  ],
  [
    'AffineGrid',
    (node, open) => {
      const [count] = node.shape(1);
      return typeof count === 'number' ? [...open(count - 1), count - 2] : undefined;
    },
  ],
  [
    'DFT',
    (node, open) => {
      const x = node.shape(0);
      const [isHalf, isBack] = [node.int('onesided', 0) !== 0, node.int('inverse', 0) !== 0];
      const parts = isHalf && isBack ? 1 : 2;
      const axis = node.opset < 20 ? node.int('axis', 1) : -2;
      const size = x.at(axis);
      // What is known of an axis that an input says is not known here.
      const whole = [...x.slice(0, -1), parts];
      if (node.has(2) && !node.has(1) && !isHalf) return whole;
      if (node.has(2)) return [...open(x.length - 1), parts];
      if (node.has(1) || (isHalf && typeof size !== 'number')) return replaced(whole, axis, open);
      if (!isHalf || typeof size !== 'number') return whole;
      const made = isBack ? 2 * (size - 1) : Math.floor(size / 2) + 1;
      return replaced(whole, axis, () => x.map(() => made));
    },
  ],
  ['Shape', (node) => (node.node.attributes.length === 0 ? [node.shape(0).length] : undefined)],
  [
    'Transpose',
    (node) => {
      const shape = node.shape(0);
      const order = node.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
      const moved = order.flatMap((axis) => shape[axis] ?? []);
      return moved.length === shape.length ? moved : undefined;
    },
  ],
]);

/** The shape of the second output. */
const seconds: ReadonlyMap<string, ShapeAfter> = new Map([['StringSplit', same]]);
