/** In what two nodes of two files differ that should do the same: op, attributes, constants. */
import type { OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
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
    const [a, b] = [told(ours, name), told(theirs, name)];
    if (a === b || (saysNothing(ours.opType, name, a) && saysNothing(ours.opType, name, b))) return [];
    // That of the weights, where it is not said.
    if (name === 'kernel_shape' && (a === leftOut || b === leftOut)) return [];
    return [`${name} is ${cut(a, b)} in the first file and ${cut(b, a)} in the other`];
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
  group: /^1$/,
  strides: /^\[1(,1)*\]$/,
  dilations: /^\[1(,1)*\]$/,
  pads: /^\[0(,0)*\]$/,
  ceil_mode: /^0$/,
  count_include_pad: /^0$/,
  transA: /^0$/,
  transB: /^0$/,
};

/** Fractions that are meant where an op leaves them out, as the pages of its operators have them. */
const usualFractions: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  BatchNormalization: { epsilon: 1e-5, momentum: 0.9 },
  Celu: { alpha: 1 },
  Elu: { alpha: 1 },
  Gemm: { alpha: 1, beta: 1 },
  GroupNormalization: { epsilon: 1e-5 },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  InstanceNormalization: { epsilon: 1e-5 },
  LRN: { alpha: 1e-4, beta: 0.75, bias: 1 },
  LayerNormalization: { epsilon: 1e-5 },
  LeakyRelu: { alpha: 0.01 },
  RMSNormalization: { epsilon: 1e-5 },
  ThresholdedRelu: { alpha: 1 },
};

function saysNothing(op: string, name: string, value: string): boolean {
  if (value === leftOut || usual[name]?.test(value) === true) return true;
  const fraction = usualFractions[op]?.[name];
  // A file holds it in single precision.
  return fraction !== undefined && Math.fround(Number(value)) === Math.fround(fraction);
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
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const distance = Math.abs(x - y);
    count += 1;
    largest = Math.max(largest, Number.isNaN(distance) ? Infinity : distance);
  }
  if (count === 0) return undefined;
  if (largest === Infinity) return `differs in ${count} of ${a.length} elements, infinitely or by NaN`;
  return `differs by up to ${largest.toExponential(1)} in ${count} of ${a.length} elements`;
}

/** All of an attribute. */
function told({ attributes }: OnnxNode, name: string): string {
  const attribute = attributes.find((one) => one.name === name);
  if (attribute === undefined) return leftOut;
  if (attribute.kind === 'reference') return `that of "${attribute.refersTo}"`;
  return JSON.stringify(attribute.value, (_, value: unknown) => {
    if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : String(value);
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
}

const longest = 60;

/** As much of a text as fits in a sentence, of where it parts from another. */
function cut(text: string, from: string): string {
  let place = 0;
  while (place < text.length && text[place] === from[place]) place += 1;
  const start = place < longest - 10 ? 0 : place - 10;
  const part = text.slice(start, start + longest);
  return `${start > 0 ? '…' : ''}${part}${start + longest < text.length ? '…' : ''}`;
}
