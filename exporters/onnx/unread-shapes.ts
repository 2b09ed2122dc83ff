/**
 * What is known of the shape of what a node makes, where the node cannot be read: its rank, mostly, as it is with what
 * hangs on numbers that only a run can tell. Source: https://onnx.ai/onnx/operators/.
 */
import { extentName } from '../../src/graph/extent.ts';
import type { Dim, Shape } from '../../src/graph/types.ts';
import { Unread, Unreadable, type NodeReader } from './node-reader.ts';

/** The shape of its first output; `open` gives extents that nobody knows. */
type ShapeAfter = (node: NodeReader, open: (count: number) => Shape) => Shape | undefined;

/** The shapes of what a node makes, by its outputs, as far as they are known. */
export function shapesAfter(node: NodeReader): readonly (Shape | undefined)[] {
  const row = node.node.domain === '' ? rows.get(node.op) : undefined;
  if (row === undefined) return [];
  const name = node.node.outputs[0] ?? '';
  const open = (count: number): Shape =>
    Array.from({ length: count }, (_, axis) => extentName(`${name}.${axis}`));
  try {
    return [row(node, open)];
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
  const rank = Math.max(...shapes.map(({ length }) => length));
  return open(rank).map((other, axis): Dim => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    return extents.find((dim) => typeof dim === 'number') ?? (extents.length === 0 ? 1 : other);
  });
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
  ['OneHot', (node, open) => open(node.shape(0).length + 1)],
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
