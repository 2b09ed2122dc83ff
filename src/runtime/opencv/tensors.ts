/**
 * Tensors of any type ↔ those of OpenCV. Its interface for JavaScript makes only matrices; one of another rank is what
 * OpenCV itself reshapes a row to, in a network of one node.
 */
import { dataTypes, type OnnxNumericType, type OnnxValueInfo } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import { showTensor, type AnyTensor } from '../any-tensor.ts';
import { packed, unpacked } from '../packed.ts';
import { smallModel, smallNode } from '../small-model.ts';
import type { Mat, Net, OpenCv } from './load.ts';

/** How OpenCV 5 numbers the types of elements. */
const depths: { readonly [T in OnnxNumericType]?: number } = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  int32: 4,
  float32: 5,
  float64: 6,
  float16: 7,
  bool: 9,
  uint64: 10,
  int64: 11,
  uint32: 12,
};

/** Gives tensors to OpenCV. */
export interface Shaper {
  /**
   * The caller deletes it.
   *
   * @throws NascentError 'onnx/unsupported' for a type that OpenCV has no tensors of; what OpenCV throws
   */
  toMat(tensor: AnyTensor): Mat;
  dispose(): void;
}

/** @param read opens a network */
export function shaperOf(cv: OpenCv, read: (bytes: Uint8Array) => Net): Shaper {
  const nets = new Map<string, Net>();
  const netFor = (dtype: OnnxNumericType, shape: readonly number[], size: number): Net => {
    const key = showTensor({ dtype, shape });
    const net = nets.get(key) ?? read(reshaping(dtype, shape, size));
    nets.set(key, net);
    return net;
  };
  return {
    toMat({ dtype, shape, data }) {
      const depth = depths[dtype];
      const values = packed(dtype, data);
      if (depth === undefined || values === undefined) throw unsupported(dtype);
      const row = new cv.Mat(1, data.length, depth);
      try {
        row.data.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        const net = netFor(dtype, shape, data.length);
        net.setInput(row, 'row');
        const tensor = net.forward('tensor');
        try {
          // The network writes its next tensor where this one is.
          return tensor.mat_clone();
        } finally {
          tensor.delete();
        }
      } finally {
        row.delete();
      }
    },
    dispose() {
      for (const net of nets.values()) net.delete();
      nets.clear();
    },
  };
}

const typeOf = new Map(
  Object.entries(depths).map(([dtype, depth]) => [depth, dtype as OnnxNumericType] as const),
);

/** What leaves is a copy. @throws NascentError 'onnx/unsupported' for a type that no array here holds */
export function fromMat(mat: Mat): AnyTensor {
  const dtype = typeOf.get(mat.type());
  if (dtype === undefined || !mat.isContinuous()) throw unsupported(`number ${mat.type()} of OpenCV`);
  const shape = [...mat.matSize];
  const bytes = Uint8Array.from(mat.data);
  const { array: Values } = dataTypes[dtype];
  return { dtype, shape, data: unpacked(dtype, new Values(bytes.buffer)) };
}

function reshaping(dtype: OnnxNumericType, shape: readonly number[], size: number): Uint8Array {
  const value = (name: string, extents: readonly number[]): OnnxValueInfo => ({
    name,
    type: { kind: 'tensor', dtype, shape: extents },
  });
  return smallModel('reshape', {
    nodes: [smallNode('Reshape', ['row', 'shape'], 'tensor', [{ name: 'allowzero', kind: 'int', value: 1 }])],
    initializers: [
      { name: 'shape', dims: [shape.length], dtype: 'int64', data: BigInt64Array.from(shape, BigInt) },
    ],
    inputs: [value('row', [1, size])],
    outputs: [value('tensor', shape)],
  });
}

function unsupported(type: string): NascentError {
  return new NascentError('onnx/unsupported', `OpenCV cannot be given, or give, tensors of type ${type}`, {
    help: 'Cast the inputs and outputs of the model to a type of numbers that JavaScript has arrays of.',
  });
}
