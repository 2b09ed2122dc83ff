/**
 * Whether it makes a difference which of two numbers is larger: a leaky ReLU is one line below 0 and another above, and at 0 both
 * are 0. What is decided there changes nothing.
 */
import type { Tensor } from '../../graph/tensor.ts';
import type { Node, Value } from '../../graph/types.ts';
import { elementwise } from '../../runtime/reference/elementwise.ts';
import { evaluate } from '../../runtime/reference/kernels.ts';

/** What weights and inputs are taken for, one after another: both lines meet whatever they are. */
const tried = [
  [0.37, 1.9, -0.6, 2.3, 0.08],
  [-1.3, 0.21, 3.1, -0.45, 0.9],
] as const;
/** Float32 has the number at which two lines meet to so much. */
const alike = 1e-6;
/** A curve of two pieces is made of fewer ops. */
const mostOps = 24;

/**
 * Whether a comparison with a constant only picks one of two numbers that are the same where it is decided.
 *
 * @param consumers the nodes that read its output
 */
export function isSeamless(node: Node, consumers: readonly Node[]): boolean {
  if (node.op !== 'Less' && node.op !== 'Greater') return false;
  const [left, right] = node.inputs;
  const [of, at] = [left, right].map((value) => value && numberOf(value));
  const [moving, edge] = of === undefined ? [left, at] : [right, of];
  if (moving === undefined || edge === undefined || !Number.isFinite(edge)) return false;
  const [condition] = node.outputs;
  return consumers.every(({ op, inputs: [given, above, below] }) => {
    if (op !== 'Where' || given !== condition || above === undefined || below === undefined) return false;
    return tried.every((numbers) => {
      const known = new Map([[moving, edge]]);
      const [one, other] = [above, below].map((value) => valueAt(value, known, [...numbers]));
      if (one === undefined || other === undefined) return false;
      return Math.abs(one - other) <= alike * Math.max(1, Math.abs(one));
    });
  });
}

/** The one number of a constant. */
function numberOf({ node }: Value): number | undefined {
  if (node?.op !== 'Constant') return undefined;
  const { values } = node.attributes;
  return values.length === 1 ? values[0] : undefined;
}

/** What a value is for one element where others are as given; what is not made element by element is as good as any number. */
function valueAt(value: Value, known: Map<Value, number>, numbers: number[]): number | undefined {
  const before = known.get(value);
  if (before !== undefined) return before;
  const { node } = value;
  let found = numberOf(value);
  if (found === undefined && node !== undefined && node.op in elementwise) {
    if (known.size > mostOps) return undefined;
    const inputs = node.inputs.map((input): Tensor | undefined => {
      const number = valueAt(input, known, numbers);
      return number === undefined ? undefined : scalarOf(input, number);
    });
    if (!inputs.every((tensor) => tensor !== undefined)) return undefined;
    found = evaluate(node, inputs, [[]])[0]?.data[0];
  }
  // One that is told twice over would be the same number.
  found ??= numbers.shift();
  if (found !== undefined) known.set(value, found);
  return found;
}

function scalarOf({ type: { dtype } }: Value, number: number): Tensor {
  const data =
    dtype === 'float32'
      ? Float64Array.of(number)
      : dtype === 'int64'
        ? Int32Array.of(number)
        : Uint8Array.of(number);
  return { dtype, shape: [], data };
}
