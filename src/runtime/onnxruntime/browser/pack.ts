/**
 * Tensors as one array of bytes, on their way to a page and back: the length of a header (32 bits, little-endian), the
 * header as JSON, then the values of each tensor. Everything starts at a multiple of 8.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { internal } from '../../../errors.ts';
import type { AnyTensors } from '../../any-tensor.ts';
import { anyFromOrt, anyToOrt, type TensorMaker } from '../any-tensors.ts';

interface Header {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** What holds the numbers of each type, here and in the page. */
export const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Tensors are packed as onnxruntime has them, without its having to be loaded. */
class PlainTensor {
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
  constructor(type: string, data: ArrayBufferView, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}
const plain = { Tensor: PlainTensor } as unknown as TensorMaker;

/** @throws NascentError 'onnx/unsupported' for a type that onnxruntime has no tensors of */
export function pack(tensors: AnyTensors): Uint8Array {
  const all = [...tensors].map(([name, tensor]) => {
    const { type, data, dims } = anyToOrt(plain, tensor) as unknown as PlainTensor;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { header: { name, type, dims, bytes: data.byteLength } satisfies Header, bytes };
  });
  const header = new TextEncoder().encode(JSON.stringify(all.map((one) => one.header)));
  const start = end(4 + header.length);
  const packed = new Uint8Array(start + all.reduce((sum, { bytes }) => sum + end(bytes.length), 0));
  new DataView(packed.buffer).setUint32(0, header.length, true);
  packed.set(header, 4);
  let at = start;
  for (const { bytes } of all) {
    packed.set(bytes, at);
    at += end(bytes.length);
  }
  return packed;
}

/** @throws NascentError 'onnx/unsupported' for a type that no array here holds */
export function unpack(packed: Uint8Array): AnyTensors {
  const length = new DataView(packed.buffer, packed.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length))) as readonly Header[];
  let at = end(4 + length);
  return new Map(
    header.map(({ name, type, dims, bytes }) => {
      const Numbers = Object.hasOwn(arrays, type) ? arrays[type as keyof typeof arrays] : Uint8Array;
      // A copy of its own starts where any array may.
      const data = new Numbers(new Uint8Array(packed.subarray(at, at + bytes)).buffer);
      if (data.byteLength !== bytes) throw internal(`the output "${name}" came in part`);
      at += end(bytes);
      return [name, anyFromOrt({ type, dims, data } as unknown as OrtTensor)];
    }),
  );
}

function end(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
