/** Scan: the body walked once for each slice. */
import { internal } from '../../errors.ts';
import type { OpAttributes } from '../../graph/attributes.ts';
import { sizeOf, zeros, type Tensor, type TensorData } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { emptyLike, operand } from './kernel.ts';
import { valuesDeadAfter } from './liveness.ts';
import { walk, type Evaluate } from './walk.ts';

export function scan(
  evaluate: Evaluate,
  inputs: readonly Tensor[],
  { body, states, sequences }: OpAttributes['Scan'],
): readonly TensorData[] {
  const dead = valuesDeadAfter(body);
  const length = operand(inputs, states).shape[0] ?? 0;
  const captured = inputs.slice(states + sequences);
  let carried = inputs.slice(0, states);
  const steps: (readonly Tensor[])[] = [];
  for (let t = 0; t < length; t++) {
    const slices = inputs.slice(states, states + sequences).map((sequence) => sliceOf(sequence, t));
    const given = [...carried, ...slices, ...captured];
    const live = new Map(body.inputs.map(({ value }, i) => [value, operand(given, i)]));
    const outputs = walk(body, live, bindingOf(body, given), dead, evaluate);
    carried = outputs.slice(0, states);
    steps.push(outputs.slice(states));
  }
  const stacked = body.outputs
    .slice(states)
    .map(({ value }, i) =>
      length === 0 ? zeros(value.type.dtype, [0]) : stack(steps.map((outputs) => operand(outputs, i))),
    );
  return [...carried.map(({ data }) => data), ...stacked];
}

/** What the named extents of a body are, by what it is given. */
function bindingOf(body: Graph, given: readonly Tensor[]): ReadonlyMap<string, number> {
  const binding = new Map<string, number>();
  body.inputs.forEach(({ value }, i) => {
    value.type.shape.forEach((dim, axis) => {
      if (typeof dim === 'string') binding.set(dim, operand(given, i).shape[axis] ?? 0);
    });
  });
  return binding;
}

function sliceOf({ dtype, shape, data }: Tensor, t: number): Tensor {
  const rest = shape.slice(1);
  const size = sizeOf(rest);
  return { dtype, shape: rest, data: data.slice(t * size, (t + 1) * size) };
}

function stack(tensors: readonly Tensor[]): TensorData {
  const [first] = tensors;
  if (first === undefined) throw internal('a sequence has no steps');
  const stacked = emptyLike(first.data, first.data.length * tensors.length);
  tensors.forEach(({ data }, t) => stacked.set(data, t * data.length));
  return stacked;
}
