/**
 * Weights as int8 and biases as int32, each channel in steps of its own, and how a file holds them: the integers, before a
 * DequantizeLinear that makes numbers of them. Source: https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
 */
import type { NumericTensor, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { node } from './rewriting.ts';

/** Integers, and the steps that they count in, channel by channel. */
export interface InSteps {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dtype: 'int8' | 'int32';
  readonly data: Int8Array | Int32Array;
  readonly scales: Float32Array;
}

export function weightsInBytes({ name, dims, data }: Extract<NumericTensor, { dtype: 'float32' }>): InSteps {
  const channels = dims[0] ?? 1;
  const each = data.length / channels;
  const scales = new Float32Array(channels);
  const bytes = new Int8Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const own = data.subarray(channel * each, (channel + 1) * each);
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / 127) || 1;
    scales[channel] = scale;
    own.forEach((value, i) => {
      bytes[channel * each + i] = Math.max(-127, Math.min(127, Math.round(value / scale)));
    });
  }
  return { name, dims, dtype: 'int8', data: bytes, scales };
}

/** Biases are added to sums of products, and counted in their steps. */
export function biasesInSteps(
  { name, dims, data }: Extract<NumericTensor, { dtype: 'float32' }>,
  weightScales: Float32Array,
  inputStep: number,
): InSteps {
  const scales = weightScales.map((scale) => Math.fround(scale * inputStep));
  const most = 2 ** 31 - 1;
  const counts = Int32Array.from(data, (value, i) =>
    Math.max(-most, Math.min(most, Math.round(value / (scales[i] ?? 1)))),
  );
  return { name, dims, dtype: 'int32', data: counts, scales };
}

/** Where nodes and tensors go, and how names are found for them. */
interface Into {
  readonly nodes: OnnxNode[];
  readonly made: OnnxTensor[];
  readonly free: (wanted: string) => string;
  readonly shared: Shared;
}

type Shared = (wanted: string, make: (name: string) => OnnxTensor) => string;

/** Gives the name of a tensor that many read: what is wanted by the same name is held once. */
export function sharedTensors(made: OnnxTensor[], free: (wanted: string) => string): Shared {
  const names = new Map<string, string>();
  return (wanted, make) => {
    const known = names.get(wanted);
    if (known !== undefined) return known;
    const name = free(wanted);
    names.set(wanted, name);
    made.push(make(name));
    return name;
  };
}

/** The name of what a DequantizeLinear, put before what comes next, makes of the integers. */
export function dequantised(
  { name, dims, dtype, data, scales }: InSteps,
  { nodes, made, free, shared }: Into,
): string {
  const [integers, scale, back] = [free(`${name}.integers`), free(`${name}.scale`), free(`${name}.back`)];
  const channels = scales.length;
  made.push({ name: integers, dims, dtype, data } as OnnxTensor, {
    name: scale,
    dims: [channels],
    dtype: 'float32',
    data: scales,
  });
  // All layers of a width have the same.
  const zero = shared(`zeros.${dtype}.${channels}`, (called) => {
    const zeros = { name: called, dims: [channels] };
    return dtype === 'int8'
      ? { ...zeros, dtype, data: new Int8Array(channels) }
      : { ...zeros, dtype, data: new Int32Array(channels) };
  });
  nodes.push(
    node(
      free(`${name}.dequantize`),
      'DequantizeLinear',
      [integers, scale, zero],
      [back],
      [{ name: 'axis', kind: 'int', value: 0 }],
    ),
  );
  return back;
}
