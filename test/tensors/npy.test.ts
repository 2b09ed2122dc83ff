/** .npy files are written and read as NumPy has them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataTypes, type NumericTensor, type OnnxNumericType } from '../../proto/onnx.ts';
import { readNpy, writeNpy } from '../../src/tensors/npy.ts';
import { refusal, survives } from '../proto/refusal.ts';

const types: readonly OnnxNumericType[] = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'complex64',
  'complex128',
];

const anyTensor = fc
  .tuple(
    fc.constantFrom(...types),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
  )
  .map(([dtype, dims, bytes]): NumericTensor => {
    const { array, bits } = dataTypes[dtype];
    const length = dims.reduce((product, extent) => product * extent, bits / 8);
    const content = Uint8Array.from({ length }, () => (dtype === 'bool' ? 1 : (bytes.next().value ?? 0)));
    return { name: '', dims, dtype, data: new array(content.buffer) } as NumericTensor;
  });

/** As NumPy 2 wrote it: numpy.save of the array. */
const saved = (description: string, order: string, shape: string, elements: readonly number[]) => {
  const text =
    `{'descr': '${description}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117) + '\n';
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\0v\0', 'latin1'),
    Buffer.from(text),
    Buffer.from(elements),
  ]);
};

describe('a .npy file', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(anyTensor, (tensor) => {
        const bytes = writeNpy(tensor);
        expect(readNpy(bytes, 'a.npy')).toEqual(tensor);
        const header = bytes.findIndex((byte) => byte === 0x0a);
        expect((header + 1) % 64).toBe(0);
      }),
    );
  });

  it('is read in either order of bytes and of axes', () => {
    expect(readNpy(saved('<i2', 'False', '(2, 2)', [1, 0, 2, 0, 3, 0, 4, 0]), 'a.npy')).toEqual({
      name: '',
      dims: [2, 2],
      dtype: 'int16',
      data: Int16Array.of(1, 2, 3, 4),
    });
    expect(readNpy(saved('>i2', 'False', '(3,)', [0, 1, 0, 2, 1, 0]), 'a.npy').data).toEqual(
      Int16Array.of(1, 2, 256),
    );
    const columns = saved('|u1', 'True', '(2, 3)', [1, 4, 2, 5, 3, 6]);
    expect(readNpy(columns, 'a.npy').data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(readNpy(saved('|b1', 'False', '()', [1]), 'a.npy')).toMatchObject({ dims: [], dtype: 'bool' });
  });

  it.each([
    ['text', Buffer.from('hello'), 'data/damaged', 'it is no NumPy array'],
    [
      'too few elements',
      saved('<f4', 'False', '(2,)', [0, 0, 0, 0]),
      'data/damaged',
      'takes 8 bytes, and it holds 4',
    ],
    [
      'a shape beyond all memory',
      saved('<f4', 'False', '(1000000, 1000000, 1000000)', []),
      'data/damaged',
      'holds 0',
    ],
    ['objects', saved('|O', 'False', '(1,)', [0]), 'onnx/unsupported', "the type '|O'"],
    ['text elements', saved('<U3', 'False', '(1,)', [0]), 'onnx/unsupported', "the type '<U3'"],
    ['fields', saved("', 'x", 'False', '(1,)', [0]), 'onnx/unsupported', 'has elements of the type'],
    [
      'half a header',
      saved('<f4', 'False', '(2,)', []).subarray(0, 40),
      'data/damaged',
      'its header says no shape',
    ],
  ])('of %s is refused', (_, bytes, code, message) => {
    const error = refusal(() => readNpy(bytes, 'a.npy'));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it('of any bytes is a tensor or a NascentError', () => {
    const edit = fc.record({ at: fc.nat(150), put: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(anyTensor, fc.array(edit, { minLength: 1, maxLength: 3 }), (tensor, edits) => {
        let content: Uint8Array = writeNpy(tensor);
        for (const { at, put } of edits)
          content = Buffer.concat([content.subarray(0, at), put, content.subarray(at + 1)]);
        survives(() => readNpy(content, 'a.npy'));
      }),
    );
  });
});
