/**
 * Running statistics for a network that was never trained.
 *
 * With means of 0 and variances of 1, where they start, batch norm does nothing, and activations die out over dozens of
 * layers: whatever the image, the logits are the classifier's bias, in which no fault of a runtime would show. So each
 * variance is set to the mean square that is to be expected there; means stay 0. Then every layer gives values around one,
 * and the logits depend on all of them. (Centred by means as well, a deep random network is chaotic: images unlike those
 * that it was centred on come out a thousand times larger.)
 *
 * What is to be expected follows from the weights, without any image. These are drawn evenly around 0, so that products of
 * different weights are 0 on average: a convolution adds up the mean squares of what it reads, times the squares of its
 * weights, as far as these lie within the image, and a ReLU halves what is as often below 0 as above. Source: Kaiming He
 * et al., "Delving Deep into Rectifiers", 2015, section 2.2, kept channel by channel. It is worked out in double precision
 * by sums and products alone, so that the same seed gives the same file on every machine.
 */
import { internal } from '../errors.ts';
import type { OpName } from '../graph/attributes.ts';
import { known } from '../graph/infer/rule.ts';
import { floats, type Tensor, type Tensors } from '../graph/tensor.ts';
import type { Graph, NodeOf, Value } from '../graph/types.ts';

/**
 * How much larger the mean square of a maximum of nine neighbours is, and how much smaller that of their mean. It depends
 * on how alike neighbours are. Measured on noise of 16×16 through twenty cells of 8 channels of each published genotype, of
 * two seeds, the geometric means over the pools of a network are from 0.95 to 1.49, and from 0.73 to 0.83. What a cell is off
 * by carries on to the next, so these are good for the size of values, which is what they are for, and for no digits of it.
 */
const afterMaximum = 1.4;
const afterMean = 0.75;

/** @param graph the network in inference form, its weights in `state`: that, with running variances settled */
export function settled(graph: Graph, state: Tensors): Map<string, Tensor> {
  const result = new Map(state);
  /** Mean squares by channel. */
  const squares = new Map<Value, Float64Array>();
  const of = (value: Value | undefined): Float64Array => {
    const found = value === undefined ? undefined : squares.get(value);
    if (found === undefined) throw internal(`nothing is known of "${value?.name}"`);
    return found;
  };
  for (const { value, role } of graph.inputs) {
    // Normalised images have a mean square of 1.
    if (role === 'data') squares.set(value, new Float64Array(channelsOf(value)).fill(1));
  }
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (output === undefined || output.type.shape.length !== 4) continue;
    if (node.op === 'BatchNormalization') {
      const [, scale, bias, , variance] = node.inputs;
      const expected = of(input);
      if (variance === undefined) throw internal(`"${node.name}" has no running variance`);
      result.set(variance.name, floats([expected.length], Float32Array.from(expected)));
      const [factors, shifts] = [state.get(scale?.name ?? ''), state.get(bias?.name ?? '')];
      squares.set(
        output,
        expected.map((_, channel) => (factors?.data[channel] ?? 1) ** 2 + (shifts?.data[channel] ?? 0) ** 2),
      );
      continue;
    }
    const rule = rules[node.op];
    if (node.op === 'Conv') squares.set(output, afterConvolution(node, of(input), state));
    else if (rule !== undefined) squares.set(output, rule(node.inputs.map(of)));
    else throw internal(`a network with "${node.name}" is not settled: ${node.op} has no rule`);
  }
  return result;
}

/** What is to be expected of each channel, from what is of the same channel in each input. */
type Rule = (inputs: readonly Float64Array[]) => Float64Array;

const times =
  (factor: number): Rule =>
  ([given = none]) =>
    given.map((square) => factor * square);
const none = new Float64Array();
/** What is added up comes by different weights. */
const sum: Rule = (inputs) =>
  (inputs[0] ?? none).map((_, channel) => inputs.reduce((all, each) => all + (each[channel] ?? 0), 0));

const rules: { readonly [K in OpName]?: Rule } = {
  Relu: times(1 / 2),
  Add: sum,
  Sum: sum,
  Concat: (inputs) => Float64Array.from(inputs.flatMap((each) => Array.from(each))),
  MaxPool: times(afterMaximum),
  AveragePool: times(afterMean),
  Slice: times(1),
  Identity: times(1),
  GlobalAveragePool: times(1),
};

function afterConvolution(node: NodeOf<'Conv'>, given: Float64Array, state: Tensors): Float64Array {
  const [input, weight] = node.inputs;
  const filters = state.get(weight?.name ?? '');
  if (input === undefined || filters === undefined) throw internal(`"${node.name}" has no filters`);
  const [outputs = 0, each = 0, kh = 0, kw = 0] = filters.shape;
  const inside = Float64Array.from(sharesInside(node, input, [kh, kw]));
  const { data } = filters;
  const expected = new Float64Array(outputs);
  // Over millions of weights, so by index and without powers.
  let at = 0;
  for (let output = 0; output < outputs; output++) {
    const first = Math.floor((output * node.attributes.group) / outputs) * each;
    let total = 0;
    for (let channel = 0; channel < each; channel++) {
      let energy = 0;
      for (let element = 0; element < inside.length; element++) {
        const number = Number(data[at++]);
        energy += inside[element]! * number * number;
      }
      total += energy * given[first + channel]!;
    }
    expected[output] = total;
  }
  return expected;
}

/** Of each element of a filter, how often it lies on the image, of all places that the filter has. */
function sharesInside(
  { attributes: { strides, pads, dilations }, outputs }: NodeOf<'Conv'>,
  input: Value,
  kernel: readonly [number, number],
): readonly number[] {
  const along = (axis: 0 | 1): readonly number[] => {
    const extent = known(input.type.shape[2 + axis], `"${input.name}"`);
    const places = known(outputs[0]?.type.shape[2 + axis], `what is made of "${input.name}"`);
    return Array.from({ length: kernel[axis] }, (_, element) => {
      let hits = 0;
      for (let place = 0; place < places; place++) {
        const position = place * strides[axis] + element * dilations[axis] - pads[axis];
        if (position >= 0 && position < extent) hits++;
      }
      return hits / places;
    });
  };
  const across = along(1);
  return along(0).flatMap((down) => across.map((share) => down * share));
}

function channelsOf(value: Value): number {
  return known(value.type.shape[1], `"${value.name}"`);
}
