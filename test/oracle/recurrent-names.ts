/** Which tensor of the recurrent PyTorch network is which of ours. */
import { internal } from '../../src/errors.ts';
import type { Tensor } from '../../src/graph/tensor.ts';

const renamed: Readonly<Record<string, string>> = {
  'embedding.weight': 'embedding',
  'decoder.bias': 'bias',
  'cell.norm.running_mean': 'norm.running_mean',
  'cell.norm.running_variance': 'norm.running_var',
};

/** Our two weights of the first state are the rows of one there. */
const [upper, lower] = ['cell.input.weight', 'cell.hidden.weight'];

/** Tensors by PyTorch's names for weights and running statistics; and those that are neither, by ours. */
export function toTorch(
  ours: ReadonlyMap<string, Tensor>,
): readonly [states: Map<string, Tensor>, others: Map<string, Tensor>] {
  const [states, others] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (const [name, tensor] of ours) {
    const node = /^cell\.node\.(\d+)\.weight$/.exec(name)?.[1];
    const theirs = node === undefined ? renamed[name] : `nodes.${node}`;
    if (name === upper) states.set('first', joined(tensor, ours.get(lower)));
    else if (theirs !== undefined) states.set(theirs, tensor);
    else if (name !== lower) others.set(name, tensor);
  }
  return [states, others];
}

function joined(above: Tensor, below: Tensor | undefined): Tensor {
  const [rows = 0, columns = 0] = above.shape;
  if (below === undefined) throw internal(`the oracle has ${upper} without ${lower}`);
  const shape = [rows + (below.shape[0] ?? 0), columns];
  return { dtype: 'float32', shape, data: Float64Array.from([...above.data, ...below.data]) };
}
