/** Ops of language models in TensorFlow. */
import { internal } from '../../../errors.ts';
import type { Activation, OpName } from '../../../graph/attributes.ts';
import { known } from '../../../graph/infer/rule.ts';
import type { NodeOf } from '../../../graph/types.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';

export function recurrentKernels(tf: TensorFlowOps) {
  const multiply = (a: TensorHandle, b: TensorHandle) => tf.call('Mul', [], [a, b]);
  const subtract = (a: TensorHandle, b: TensorHandle) => tf.call('Sub', [], [a, b]);
  const add = (a: TensorHandle, b: TensorHandle) => tf.call('AddV2', [], [a, b]);
  const total = (list: readonly TensorHandle[]): TensorHandle => {
    const [first] = list;
    if (first === undefined) throw internal('a sum of nothing');
    if (list.length === 1) return first;
    return tf.call('AddN', [tf.int('N', list.length), tf.type('T', 'float32')], list);
  };
  const sum = (x: TensorHandle, axis: number, keep: boolean) =>
    tf.call('Sum', [tf.bool('keep_dims', keep)], [x, tf.ints([axis])]);

  /** Where each row's label is in the flattened scores [N, C]: [N, 1]. */
  const labelled = (labels: TensorHandle, classes: number): TensorHandle => {
    const [rows = 1] = labels.shape;
    const starts = tf.call(
      'Range',
      [],
      [tf.ints([0], []), tf.ints([rows * classes], []), tf.ints([classes], [])],
    );
    const wrapped = tf.call('FloorMod', [], [labels, tf.ints([classes], [])]);
    return tf.reshape(add(starts, wrapped), [rows, 1]);
  };

  const candidate: { readonly [A in Activation]: (h: TensorHandle) => TensorHandle } = {
    Tanh: (h) => tf.call('Tanh', [], [h]),
    Relu: (h) => tf.call('Relu', [], [h]),
    Sigmoid: (h) => tf.call('Sigmoid', [], [h]),
    Identity: (h) => h,
  };
  /** dy·f'(h), by y = f(h). */
  const pulled: { readonly [A in Activation]: (dy: TensorHandle, y: TensorHandle) => TensorHandle } = {
    Tanh: (dy, y) => tf.call('TanhGrad', [], [y, dy]),
    Relu: (dy, y) => tf.call('ReluGrad', [], [dy, y]),
    Sigmoid: (dy, y) => tf.call('SigmoidGrad', [], [y, dy]),
    Identity: (dy) => dy,
  };

  /**
   * A mixed node seen as J rows of R = B·H numbers: a row's weight is then a column [J, 1], which TensorFlow broadcasts at
   * the speed of memory, and rows of states are views of what they are stacked in.
   */
  const mixture = (
    activations: readonly Activation[],
    { edges, size }: MixedShape,
    [ch, p, ...states]: readonly TensorHandle[],
  ) => {
    const rows = (x: TensorHandle) => tf.reshape(x, [edges, size]);
    const halves = [tf.int('num_split', 2)];
    const [c, h] = tf.calls('Split', halves, [tf.ints([1], []), ch as TensorHandle], 2);
    const [pre, gate] = [rows(h as TensorHandle), tf.call('Sigmoid', [], [rows(c as TensorHandle)])];
    const split = [tf.int('num_split', activations.length)];
    const weights = tf.calls('Split', split, [tf.ints([1], []), p as TensorHandle], activations.length);
    const share = sum(p as TensorHandle, 1, true);
    const candidates = activations.map((activation) => candidate[activation](pre));
    const mixed = total(candidates.map((value, k) => multiply(value, weights[k] as TensorHandle)));
    const flat = states.map((state) => tf.reshape(state, [size]));
    const count = [tf.int('N', edges), tf.type('T', 'float32'), tf.int('axis', 0)];
    const stacked = tf.call('Pack', count, flat);
    const kept = multiply(stacked, share);
    return { gate, weights, share, candidates, stacked, kept, difference: subtract(mixed, kept) };
  };

  /** For the ops of our own, where they are. */
  const nativeOptions = (activations: readonly Activation[], edges: number) => {
    const codes = activations.map((activation) => nativeCodes[activation]);
    return tf.native ? [tf.int('edges', edges), tf.int('activations', codes)] : undefined;
  };

  return {
    EmbeddingGrad: (({ node, attributes: { rows } }) => {
      const shape = (node.outputs[0]?.type.shape ?? []).map((dim) => known(dim, 'an embedding'));
      const count = tf.ints([rows], []);
      return ([indices, dy]) => {
        const wrapped = tf.call('FloorMod', [], [indices as TensorHandle, count]);
        const operands = [
          tf.reshape(dy as TensorHandle, [-1, size(shape.slice(1))]),
          tf.reshape(wrapped, [-1]),
          count,
        ];
        return [tf.reshape(tf.call('UnsortedSegmentSum', [], operands), shape)];
      };
    }) satisfies TensorFlowKernel<'EmbeddingGrad'>,

    CrossEntropy: (({ node, alone }) => {
      // A product's memory is its own.
      const into = [tf.bool('into', alone[0] === true && node.inputs[0]?.node?.op === 'Gemm')];
      if (tf.native) return (inputs) => tf.calls('NascentCrossEntropy', into, inputs, 2);
      return ([logits, labels]) => {
        const logProbabilities = tf.call('LogSoftmax', [], [logits as TensorHandle]);
        const [rows = 1, classes = 1] = logProbabilities.shape;
        const places = tf.reshape(labelled(labels as TensorHandle, classes), [rows]);
        const picked = tf.call(
          'GatherV2',
          [],
          [tf.reshape(logProbabilities, [-1]), places, tf.ints([0], [])],
        );
        return [tf.call('Neg', [], [picked]), logProbabilities];
      };
    }) satisfies TensorFlowKernel<'CrossEntropy'>,

    /** Each of these is as large as all scores, so each is freed as soon as the next is there. */
    CrossEntropyGrad: (({ node, alone }) => {
      const into = [tf.bool('into', alone[1] === true && node.inputs[1]?.node?.op === 'CrossEntropy')];
      if (tf.native) return (inputs) => [tf.call('NascentCrossEntropyGrad', into, inputs)];
      return ([dloss, logProbabilities, labels]) => {
        const { shape } = logProbabilities as TensorHandle;
        const [rows = 1, classes = 1] = shape;
        const probabilities = tf.call('Exp', [], [logProbabilities as TensorHandle]);
        const expected = multiply(probabilities, tf.reshape(dloss as TensorHandle, [rows, 1]));
        tf.free(probabilities);
        const flat = tf.reshape(expected, [-1]);
        tf.free(expected);
        const places = labelled(labels as TensorHandle, classes);
        const dx = tf.call('TensorScatterSub', [], [flat, places, dloss as TensorHandle]);
        tf.free(flat);
        return [tf.reshape(dx, shape)];
      };
    }) satisfies TensorFlowKernel<'CrossEntropyGrad'>,

    MixedHighway: (({ node, attributes: { activations } }) => {
      const shape = mixedShape(node, 0);
      const own = nativeOptions(activations, shape.edges);
      if (own !== undefined) return (inputs) => [tf.call('NascentMixedHighway', own, inputs)];
      return (inputs) => {
        const { gate, difference, kept } = mixture(activations, shape, inputs);
        const edges = add(multiply(gate, difference), kept);
        return [tf.reshape(sum(edges, 0, false), shape.state)];
      };
    }) satisfies TensorFlowKernel<'MixedHighway'>,

    MixedHighwayGrad: (({ node, attributes: { activations } }) => {
      const shape = mixedShape(node, 1);
      const { edges, state } = shape;
      const own = nativeOptions(activations, edges);
      if (own !== undefined) return (inputs) => tf.calls('NascentMixedHighwayGrad', own, inputs, 2 + edges);
      const [batch = 1, units = 1] = state;
      return ([dy, ...inputs]) => {
        const { gate, weights, share, candidates, stacked, difference } = mixture(activations, shape, inputs);
        const over = tf.reshape(dy as TensorHandle, [1, shape.size]);
        const g = multiply(gate, over);
        const rest = subtract(over, g);
        const dc = tf.call('SigmoidGrad', [], [gate, multiply(difference, over)]);
        const dh = activations.map((activation, k) =>
          pulled[activation](multiply(g, weights[k] as TensorHandle), candidates[k] as TensorHandle),
        );
        const inner = (a: TensorHandle, b: TensorHandle) => sum(multiply(a, b), 1, true);
        const skipped = inner(rest, stacked);
        const columns = candidates.map((value) => add(inner(g, value), skipped));
        const dp =
          columns.length === 1
            ? columns
            : [
                tf.call(
                  'ConcatV2',
                  [tf.int('N', columns.length), tf.type('T', 'float32')],
                  [...columns, tf.ints([1], [])],
                ),
              ];
        const ds = tf.calls(
          'Split',
          [tf.int('num_split', edges)],
          [tf.ints([0], []), multiply(rest, share)],
          edges,
        );
        const flat = (x: TensorHandle) => tf.reshape(x, [edges * batch, units]);
        const beside = [tf.int('N', 2), tf.type('T', 'float32')];
        const dch = tf.call('ConcatV2', beside, [flat(dc), flat(total(dh)), tf.ints([1], [])]);
        return [dch, ...dp, ...ds.map((x) => tf.reshape(x, state))];
      };
    }) satisfies TensorFlowKernel<'MixedHighwayGrad'>,
  };
}

/** As in `native/highway.cc`. */
const nativeCodes: { readonly [A in Activation]: number } = { Tanh: 0, Relu: 1, Sigmoid: 2, Identity: 3 };

interface MixedShape {
  /** [B, H] */
  readonly state: readonly number[];
  /** B·H. */
  readonly size: number;
  readonly edges: number;
}

function mixedShape({ inputs }: NodeOf<OpName>, first: number): MixedShape {
  const state = (inputs[first + 2]?.type.shape ?? []).map((dim) => known(dim, 'a state'));
  return { state, size: size(state), edges: inputs.length - first - 2 };
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
