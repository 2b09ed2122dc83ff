/** In what two nodes of two files differ that should do the same: op, attributes, constants. */
import type { OnnxAttribute, OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
import { numbersOf, type Numbers } from '../../tensors/numbers.ts';

const leftOut = 'left out';

/** A sentence for each; none where nothing of it is seen. */
export function nodeDifferences(
  [first, ours]: readonly [OnnxModel, OnnxNode],
  [other, theirs]: readonly [OnnxModel, OnnxNode],
): readonly string[] {
  if (ours.opType !== theirs.opType || ours.domain !== theirs.domain) {
    return [`the op is ${ours.opType} in the first file and ${theirs.opType} in the other`];
  }
  const names = new Set([...ours.attributes, ...theirs.attributes].map(({ name }) => name));
  const attributes = [...names].flatMap((name) => {
    const [a, b] = [ours, theirs].map(({ attributes: all }) => shown(all.find((one) => one.name === name)));
    return a === b || (saysNothing(name, a) && saysNothing(name, b))
      ? []
      : [`${name} is ${a} in the first file and ${b} in the other`];
  });
  const constants = ours.inputs.flatMap((name, i) => {
    const [a, b] = [constantOf(first, name), constantOf(other, theirs.inputs[i] ?? '')];
    const said = a === undefined || b === undefined ? undefined : constantDifference(a, b);
    return said === undefined ? [] : [`the constant "${name}" ${said}`];
  });
  return [...attributes, ...constants];
}

/** Attributes that may as well be left out where they are so. */
const usual: Readonly<Record<string, RegExp>> = {
  auto_pad: /^"NOTSET"$/,
  // It is that of the weights.
  kernel_shape: /^/,
  group: /^1$/,
  strides: /^\[1(,1)*\]$/,
  dilations: /^\[1(,1)*\]$/,
  pads: /^\[0(,0)*\]$/,
  ceil_mode: /^0$/,
  count_include_pad: /^0$/,
  transA: /^0$/,
  transB: /^0$/,
};

function saysNothing(name: string, value: string | undefined): boolean {
  return value === leftOut || usual[name]?.test(value ?? '') === true;
}

function constantOf({ graph }: OnnxModel, name: string): Numbers | undefined {
  const held = graph.initializers.find((tensor) => tensor.name === name);
  const maker = graph.nodes.find(({ opType, outputs }) => opType === 'Constant' && outputs.includes(name));
  const told = maker?.attributes.find((attribute) => attribute.kind === 'tensor')?.value;
  const tensor = held ?? told;
  return tensor === undefined || tensor.dtype === 'string' ? undefined : numbersOf(tensor);
}

function constantDifference(a: Numbers, b: Numbers): string | undefined {
  if (a.length !== b.length) return `has ${a.length} elements in the first file and ${b.length} in the other`;
  let [count, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (distance === 0) continue;
    count += 1;
    largest = Math.max(largest, distance);
  }
  if (count === 0) return undefined;
  return `differs by up to ${largest.toExponential(1)} in ${count} of ${a.length} elements`;
}

function shown(attribute: OnnxAttribute | undefined): string {
  if (attribute === undefined) return leftOut;
  if (attribute.kind === 'reference') return `that of "${attribute.refersTo}"`;
  const text = JSON.stringify(attribute.value, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
