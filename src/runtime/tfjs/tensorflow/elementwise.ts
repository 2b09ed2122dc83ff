/** Elementwise ops and optimizer updates in TensorFlow. */
import type { OpName } from '../../../graph/attributes.ts';
import type { TensorHandle } from '../load.ts';
import type { TensorFlowOps } from './device.ts';
import type { TensorFlowKernel } from './kernels.ts';
import { stretched } from './stretch.ts';

export function elementwiseKernels(tf: TensorFlowOps) {
  /** An op whose TensorFlow namesake takes the same operands in the same order. */
  const named = <K extends OpName>(name: string): TensorFlowKernel<K> => {
    return () => (inputs) => [tf.call(name, [], inputs)];
  };
  /** The same, of operands that may be stretched to one shape. */
  const broadcast = <K extends OpName>(name: string): TensorFlowKernel<K> => {
    return () => (inputs) => [tf.call(name, [], stretched(tf, inputs))];
  };
  /** A gradient op (dy, y), whose TensorFlow namesake takes y first. */
  const outputFirst = <K extends OpName>(name: string): TensorFlowKernel<K> => {
    return () => (inputs) => [tf.call(name, [], inputs.toReversed())];
  };
  return {
    Identity: named<'Identity'>('Identity'),
    Neg: named<'Neg'>('Neg'),
    Abs: named<'Abs'>('Abs'),
    Exp: named<'Exp'>('Exp'),
    Log: named<'Log'>('Log'),
    Sqrt: named<'Sqrt'>('Sqrt'),
    Reciprocal: named<'Reciprocal'>('Reciprocal'),
    Relu: named<'Relu'>('Relu'),
    // TensorFlow's takes the gradient and either side of the ReLU: both are positive in the same places.
    ReluGrad: named<'ReluGrad'>('ReluGrad'),
    Sigmoid: named<'Sigmoid'>('Sigmoid'),
    SigmoidGrad: outputFirst<'SigmoidGrad'>('SigmoidGrad'),
    Tanh: named<'Tanh'>('Tanh'),
    Erf: named<'Erf'>('Erf'),
    Sin: named<'Sin'>('Sin'),
    Cos: named<'Cos'>('Cos'),
    Atan: named<'Atan'>('Atan'),
    Floor: named<'Floor'>('Floor'),
    Round: named<'Round'>('Round'),
    TanhGrad: outputFirst<'TanhGrad'>('TanhGrad'),
    Add: broadcast<'Add'>('AddV2'),
    Sub: broadcast<'Sub'>('Sub'),
    Mul: broadcast<'Mul'>('Mul'),
    Div: (({ node }) => {
      const name = node.outputs[0]?.type.dtype === 'int64' ? 'TruncateDiv' : 'RealDiv';
      return (inputs) => [tf.call(name, [], stretched(tf, inputs))];
    }) satisfies TensorFlowKernel<'Div'>,
    Pow: broadcast<'Pow'>('Pow'),
    Min: broadcast<'Min'>('Minimum'),
    Max: broadcast<'Max'>('Maximum'),
    Greater: broadcast<'Greater'>('Greater'),
    Less: broadcast<'Less'>('Less'),
    Equal: broadcast<'Equal'>('Equal'),
    Where: named<'Where'>('SelectV2'),
    Cast: (({ attributes }) => {
      const to = [tf.type('DstT', attributes.to)];
      return (inputs) => [tf.call('Cast', to, inputs)];
    }) satisfies TensorFlowKernel<'Cast'>,
    Sum: (({ node }) => {
      if (node.inputs.length === 1) return (inputs) => [tf.call('Identity', [], inputs)];
      if (tf.native) {
        // TensorFlow's takes longer to begin on several threads.
        const terms = [tf.int('count', node.inputs.length)];
        return (inputs) => [tf.call('NascentSum', terms, inputs)];
      }
      // TensorFlow does not infer the type of a list.
      const count = [tf.int('N', node.inputs.length), tf.type('T', 'float32')];
      return (inputs) => [tf.call('AddN', count, inputs)];
    }) satisfies TensorFlowKernel<'Sum'>,
    /** A product and its sum: as a row times a column it took three times as long for an image's worth of numbers. */
    Dot: (() => (inputs) => {
      if (tf.native) return [tf.call('NascentDot', [], inputs)];
      const flat = inputs.map((input) => tf.reshape(input, [-1]));
      return [tf.call('Sum', [], [tf.call('Mul', [], flat), tf.ints([0])])];
    }) satisfies TensorFlowKernel<'Dot'>,
    SgdMomentum: (({ attributes }) => {
      const momentum = tf.floats([attributes.momentum]);
      const decay = tf.floats([attributes.weight_decay]);
      const add = (a: TensorHandle, b: TensorHandle) => tf.call('AddV2', [], [a, b]);
      const multiply = (a: TensorHandle, b: TensorHandle) => tf.call('Mul', [], [a, b]);
      return (inputs) => {
        const [w, dw, velocity, rate, clip] = inputs as [
          TensorHandle,
          TensorHandle,
          TensorHandle,
          TensorHandle,
          TensorHandle,
        ];
        const clipped = multiply(dw, clip);
        const force = attributes.weight_decay === 0 ? clipped : add(clipped, multiply(w, decay));
        const next = add(multiply(velocity, momentum), force);
        return [tf.call('Sub', [], [w, multiply(next, rate)]), next];
      };
    }) satisfies TensorFlowKernel<'SgdMomentum'>,
  };
}
