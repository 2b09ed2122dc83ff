/**
 * Weights that two files call the same and that are not: where no input reaches them, a row of a table or a branch that is
 * never taken, nothing else tells.
 */
import { doublesOf } from '../../exporters/onnx/tensors.ts';
import type { OnnxGraph, OnnxModel, OnnxTensor } from '../../proto/onnx.ts';

/** How many are named. */
const shown = 5;

/** A sentence each. Those of another type or shape are of another file, as of one that is quantised, and are not looked at. */
export function weightsApart(first: OnnxModel, other: OnnxModel): readonly string[] {
  const theirs = new Map(weightsOf(other.graph).map((tensor) => [tensor.name, tensor]));
  const apart = weightsOf(first.graph).flatMap((tensor) => {
    const counterpart = theirs.get(tensor.name);
    return counterpart === undefined ? [] : (differenceOf(tensor, counterpart) ?? []);
  });
  const rest = apart.length - shown;
  return [...apart.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

/** Initializers, also those of bodies, and what nodes hold under the name of what they make. */
function weightsOf({ initializers, nodes }: OnnxGraph): readonly OnnxTensor[] {
  const held = nodes.flatMap(({ outputs, attributes }) =>
    attributes.flatMap((attribute): readonly OnnxTensor[] => {
      if (attribute.kind === 'tensor') return [{ ...attribute.value, name: outputs[0] ?? '' }];
      return attribute.kind === 'graph' ? weightsOf(attribute.value) : [];
    }),
  );
  return [...initializers, ...held];
}

function differenceOf(one: OnnxTensor, other: OnnxTensor): string | undefined {
  const isAlike = one.dtype === other.dtype && one.dims.join() === other.dims.join();
  if (!isAlike || one.dtype === 'string' || one.missing === true || other.missing === true) return undefined;
  const [a, b] = [doublesOf(one), doublesOf(other)];
  let [count, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (Object.is(x, y) || x === y) continue;
    count++;
    largest = Math.max(largest, Math.abs(x - y));
  }
  if (count === 0) return undefined;
  const of = a.length.toLocaleString('en-US');
  return `"${one.name}" in ${count.toLocaleString('en-US')} of ${of} numbers, by ${largest.toExponential(1)} at most`;
}
