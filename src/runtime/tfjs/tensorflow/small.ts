/**
 * Small work in one launch: nodes on a handful of numbers each, as a list of instructions for an op of ours. Each gives
 * what TensorFlow's kernel gives, to the bit, but for sums over a tensor, which are of double precision.
 */
import { internal } from '../../../errors.ts';
import type { OpName } from '../../../graph/attributes.ts';
import type { Node, NodeOf, Value } from '../../../graph/types.ts';
import type { SmallWork } from '../device.ts';
import { inMemoryOrder, type Layout } from '../layout.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import { createInstructions, type Instruction, type Instructions, type Vector } from './instructions.ts';

/** Above it, a launch costs less than what one thread loses against several. */
const largest = 1 << 16;

type LayoutOf = (value: Value) => Layout;

/** How an op is done by instructions. */
interface Row<K extends OpName> {
  /** Whether the operands lie in memory as the instructions have it. */
  readonly fits: (node: NodeOf<K>, layoutOf: LayoutOf) => boolean;
  readonly put: (
    list: Instructions,
    made: readonly [Vector, ...Vector[]],
    operands: readonly Vector[],
    node: NodeOf<K>,
  ) => void;
}

/** Operands and result are vectors of one length, or single numbers, in one order. */
const elementwise = <K extends OpName>(what: Instruction): Row<K> => ({
  fits: ({ inputs, outputs }, layoutOf) =>
    inOneOrder([...inputs, ...outputs], layoutOf) &&
    inputs.every((input) => sizeOf(input) === 1 || sizeOf(input) === sizeOf(outputs[0])),
  put: (list, [y], operands) => void list.put(what, y, operands),
});

/** The same numbers in the same order. */
const renamed = <K extends OpName>(): Row<K> => ({
  fits: ({ inputs, outputs }, layoutOf) =>
    [...inputs, ...outputs].every((value) => !hasOrder(value) || layoutOf(value) === 'plain'),
  put: (list, [y], operands) => void list.put('copy', y, operands),
});

const rows: { readonly [K in OpName]?: Row<K> } = {
  Identity: elementwise('copy'),
  Add: elementwise('add'),
  Sub: elementwise('subtract'),
  Mul: elementwise('multiply'),
  Div: elementwise('divide'),
  Sqrt: elementwise('root'),
  Neg: elementwise('negate'),
  Sum: {
    ...elementwise('sum'),
    // A sum of one term is that term: the instruction takes two and more.
    put: (list, [y], operands) => void list.put(operands.length === 1 ? 'copy' : 'sum', y, operands),
  },
  Reshape: renamed(),
  Squeeze: renamed(),
  Unsqueeze: renamed(),
  Flatten: renamed(),
  Expand: {
    fits: ({ inputs }) => sizeOf(inputs[0]) === 1,
    put: (list, [y], operands) => void list.put('copy', y, operands),
  },
  ReduceSum: {
    fits: ({ outputs }) => sizeOf(outputs[0]) === 1,
    put: (list, [y], operands) => void list.put('total', y, operands),
  },
  Dot: {
    fits: ({ inputs }, layoutOf) => inOneOrder(inputs, layoutOf),
    put: (list, [y], operands) => void list.put('dot', y, operands),
  },
  SgdMomentum: {
    fits: ({ inputs, outputs }, layoutOf) => inOneOrder([...inputs, ...outputs], layoutOf),
    // As the op is defined: v ← μ·v + clip·g + λ·w; w ← w − rate·v.
    put(list, [y, next = list.between(y.size)], operands, { attributes: { momentum, weight_decay } }) {
      const [w, dw, velocity, rate, clip] = operands as [Vector, Vector, Vector, Vector, Vector];
      const then = (what: Instruction, ...from: Vector[]) => list.put(what, list.between(y.size), from);
      const clipped = then('multiply', dw, clip);
      const force =
        weight_decay === 0 ? clipped : then('add', clipped, then('multiply', w, list.number(weight_decay)));
      list.put('add', next, [then('multiply', velocity, list.number(momentum)), force]);
      list.put('subtract', y, [w, then('multiply', next, rate)]);
    },
  },
};

/** Small work by `NascentSmall`. */
export function smallWork(tf: TensorFlowOps): SmallWork<TensorHandle> {
  return {
    takes: (node, layoutOf) =>
      [...node.inputs, ...node.outputs].every(
        (value) => value.type.dtype === 'float32' && sizeOf(value) <= largest,
      ) && rowOf(node)?.fits(node, layoutOf) === true,
    compile({ nodes, inputs, outputs }, layoutOf) {
      const list = createInstructions();
      const vectors = new Map<Value, Vector>();
      const memoryShape = (value: Value) => inMemoryOrder(value.type.shape.map(Number), layoutOf(value));
      for (const value of inputs) vectors.set(value, list.input(sizeOf(value)));
      for (const value of outputs) vectors.set(value, list.output(memoryShape(value)));
      for (const node of nodes) instruct(list, node, vectors);
      const options = [tf.int('count', inputs.length), tf.int('made', outputs.length)];
      const words = list.finish();
      const told = tf.upload('int64', [words.length], words);
      return {
        run: (handles) => tf.calls('NascentSmall', options, [told, ...handles], outputs.length),
        dispose: () => tf.free(told),
      };
    },
  };
}

function instruct(list: Instructions, node: Node, vectors: Map<Value, Vector>): void {
  const operands = node.inputs.map((input) => {
    const vector = vectors.get(input);
    if (vector === undefined) throw internal(`"${input.name}" is used before it is made`);
    return vector;
  });
  const [y, ...more] = node.outputs.map((value) => {
    const vector = vectors.get(value) ?? list.between(sizeOf(value));
    vectors.set(value, vector);
    return vector;
  });
  const row = rowOf(node);
  if (row === undefined || y === undefined) throw internal(`${node.op} is no small work`);
  row.put(list, [y, ...more], operands, node);
}

/** The row of the very op of the node. */
function rowOf(node: Node): Row<OpName> | undefined {
  return rows[node.op] as Row<OpName> | undefined;
}

function inOneOrder(values: readonly Value[], layoutOf: LayoutOf): boolean {
  return new Set(values.filter(hasOrder).map(layoutOf)).size <= 1;
}

/** Whether a layout makes a difference to where its numbers lie. */
function hasOrder({ type: { shape } }: Value): boolean {
  return shape.length === 4 && shape.filter((dim) => dim !== 1).length > 1;
}

/** How many numbers it has: infinitely many where an extent is open. */
function sizeOf(value: Value | undefined): number {
  const shape = value?.type.shape ?? [];
  return shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : Infinity), 1);
}
