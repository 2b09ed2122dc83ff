/** The table of kernels. An op that is missing here does not compile. */
import { internal, NascentError } from '../../errors.ts';
import type { OpName } from '../../graph/attributes.ts';
import { mostNumbers } from '../../graph/infer/rule.ts';
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { rounded } from './arithmetic.ts';
import { convolution } from './convolution.ts';
import { decidedOtherwise, movedInputs } from './decisions.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import type { Kernel, Kernels } from './kernel.ts';
import { linear } from './linear.ts';
import { normalisation } from './normalisation.ts';
import { pooling } from './pooling.ts';
import { recurrent } from './recurrent.ts';
import { reduction } from './reduction.ts';
import { scan } from './scan.ts';
import { separable } from './separable.ts';
import { shapeOps } from './shape.ts';
import { countWork } from './work.ts';

export const kernels: Kernels<OpName> = {
  ...elementwise,
  ...linear,
  ...reduction,
  ...shapeOps,
  ...indexing,
  ...convolution,
  ...pooling,
  ...normalisation,
  ...recurrent,
  ...separable,
  Scan: (inputs, attributes) => scan(evaluate, inputs, attributes),
};

/**
 * Refuses what no memory holds before anything is computed.
 *
 * @throws NascentError 'runtime/failed'
 */
export function requireHoldable(node: Node, shapes: readonly (readonly number[])[]): void {
  const wide = shapes.find((shape) => sizeOf(shape) > mostNumbers);
  if (wide === undefined) return;
  throw new NascentError(
    'runtime/failed',
    `${node.op} "${node.name}" makes ${wide.join(' × ')} numbers: too many to hold`,
    { help: 'Give the model smaller extents, or compare the runtimes that fold such a node away.' },
  );
}

/** The outputs of one node. `shapes` are those of its outputs, with named extents filled in. */
export function evaluate(
  node: Node,
  inputs: readonly Tensor[],
  shapes: readonly (readonly number[])[],
): readonly Tensor[] {
  requireHoldable(node, shapes);
  countWork(node, inputs, shapes);
  // The table's entry belongs to this node's op.
  const kernel = kernels[node.op] as unknown as Kernel<OpName>;
  const outputs =
    decidedOtherwise(node, inputs, shapes) ?? kernel(movedInputs(node, inputs), node.attributes, shapes);
  return node.outputs.map((value, i) => {
    const [data, shape] = [outputs[i], shapes[i]];
    if (data === undefined || shape === undefined) throw internal(`${node.op} gave no output ${i}`);
    return { dtype: value.type.dtype, shape, data: rounded(value.type.dtype, data, node) };
  });
}
