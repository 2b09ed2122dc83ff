/**
 * NumPy's .npy files ↔ tensors.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: a magic string, a version, the length of
 * a header, the header (a Python dictionary of `descr`, `fortran_order` and `shape`), the elements.
 */
import { bytesOf, dataTypes, type NumericTensor, type OnnxNumericType } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';

/** What NumPy calls the types; the other types of ONNX it does not have. */
const descriptions = {
  float32: 'f4',
  float64: 'f8',
  float16: 'f2',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  bool: 'b1',
  complex64: 'c8',
  complex128: 'c16',
} as const satisfies { readonly [T in OnnxNumericType]?: string };

const magic = '\x93NUMPY';

/**
 * Reads an array. `file` is what messages call it.
 *
 * @throws NascentError 'data/damaged' where it is none, 'onnx/unsupported' where its elements are of a type that ONNX does not have
 */
export function readNpy(bytes: Uint8Array, file: string): NumericTensor {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (content.subarray(0, 6).toString('latin1') !== magic) throw damaged(file, 'it is no NumPy array');
  const wide = (content[6] ?? 0) >= 2;
  const start = wide ? 12 : 10;
  if (content.length < start) throw damaged(file, 'it is cut short');
  const length = wide ? content.readUInt32LE(8) : content.readUInt16LE(8);
  const header = content.subarray(start, start + length).toString('latin1');
  const description = /'descr':\s*'([<>|=])([a-zA-Z]\d*)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (order === undefined || shape === undefined) throw damaged(file, 'its header says no shape');
  const dims = shape
    .split(',')
    .filter((extent) => extent.trim() !== '')
    .map(Number);
  const dtype = typeOf(description?.[2]);
  if (dtype === undefined) {
    const given = /'descr':\s*([^,]*)/.exec(header)?.[1] ?? 'nothing';
    throw new NascentError('onnx/unsupported', `${file} has elements of the type ${given}`, {
      help: 'Save an array of numbers or of bool: numpy.save(path, array.astype("float32")).',
    });
  }
  const { array, bits } = dataTypes[dtype];
  const wanted = dims.reduce((product, extent) => product * extent, bits / 8);
  const elements = content.subarray(start + length);
  if (elements.length !== wanted) {
    throw damaged(
      file,
      `[${dims.join(', ')}] of ${dtype} takes ${wanted} bytes, and it holds ${elements.length}`,
    );
  }
  // Copied: elements need not stand where the array may begin.
  const held = new Uint8Array(elements);
  if (description?.[1] === '>') reverseEach(held, dtype.startsWith('complex') ? bits / 16 : bits / 8);
  const ordered = order === 'True' ? fromColumns(held, dims, bits / 8) : held;
  return { name: '', dims, dtype, data: new array(ordered.buffer) } as NumericTensor;
}

/** @throws NascentError 'onnx/unsupported' where NumPy has no such type */
export function writeNpy(tensor: NumericTensor): Uint8Array {
  const { dtype, dims, data } = tensor;
  const description = Object.hasOwn(descriptions, dtype)
    ? descriptions[dtype as keyof typeof descriptions]
    : undefined;
  if (description === undefined) {
    throw new NascentError('onnx/unsupported', `a .npy file cannot hold ${dtype}`, {
      help: 'Write .pb files: --format pb.',
    });
  }
  const endian = dataTypes[dtype].bits === 8 ? '|' : '<';
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const text = `{'descr': '${endian}${description}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The elements begin at a multiple of 64.
  const padding = 64 - ((10 + text.length + 1) % 64);
  const header = `${text}${' '.repeat(padding % 64)}\n`;
  const head = Buffer.alloc(10);
  head.write(magic, 'latin1');
  head[6] = 1;
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), bytesOf(data)]);
}

function typeOf(description: string | undefined): OnnxNumericType | undefined {
  const found = Object.entries(descriptions).find(([, each]) => each === description);
  return found?.[0] as OnnxNumericType | undefined;
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Elements of which the first axis runs fastest, as ones of which the last does. */
function fromColumns(bytes: Uint8Array, dims: readonly number[], size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const position = dims.map(() => 0);
  for (let to = 0; to < bytes.length; to += size) {
    let from = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--)
      from = from * (dims[axis] ?? 1) + (position[axis] ?? 0);
    out.set(bytes.subarray(from * size, (from + 1) * size), to);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      position[axis] = next === dims[axis] ? 0 : next;
      if (next !== dims[axis]) break;
    }
  }
  return out;
}

function damaged(file: string, why: string): NascentError {
  return new NascentError('data/damaged', `${file}: ${why}`, {
    help: 'Write it again, in Python by numpy.save.',
  });
}
