/**
 * Tensors of a file → `OnnxTensor`, whichever of the format's storages the file used.
 */
import { NascentError } from '../src/errors.ts';
import { byteLengthOf, dataTypeOf, dataTypes } from './data-type.ts';
import type { NumericTensor, OnnxDataType, OnnxNumericType, OnnxTensor } from './data-type.ts';
import { textOf } from './text.ts';
import { invalid, toBigInt, toInteger, toMetadata } from './message.ts';
import type { Int64, messages } from './message.ts';
import type { OnnxSparseTensor } from './types.ts';

/** `where` names the owner for messages: `initializer`, `attribute value of node "c"`. */
export function decodeTensor(message: messages.ITensorProto, where: string): OnnxTensor {
  const name = message.name ?? '';
  const label = name === '' ? where : `${where} "${name}"`;
  refuseElsewhere(message, label);
  const dtype = toDataType(message.dataType, label);
  const dims = toDims(message.dims, label);
  const base = {
    name,
    dims,
    ...(message.docString ? { docString: message.docString } : {}),
    ...(message.metadataProps?.length ? { metadata: toMetadata(message.metadataProps) } : {}),
  };
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (dtype === 'string') {
    const data = (message.stringData ?? []).map(textOf);
    if (data.length !== count) throw wrongSize(label, dims, count, data.length, 'strings');
    return { ...base, dtype, data };
  }
  const raw = message.rawData ?? new Uint8Array();
  const data =
    raw.length > 0 ? fromRaw(raw, dtype, dims, count, label) : fromFields(message, dtype, dims, count, label);
  // `dtype` chose the array that `data` is; the compiler cannot follow the pair through the union.
  return { ...base, dtype, data } as NumericTensor;
}

export function decodeSparseTensor(message: messages.ISparseTensorProto, where: string): OnnxSparseTensor {
  return {
    values: decodeTensor(message.values ?? {}, `the values of ${where}`),
    indices: decodeTensor(message.indices ?? {}, `the indices of ${where}`),
    dims: toDims(message.dims, where),
  };
}

/** Throws where the code is none we know. */
export function toDataType(code: number | null | undefined, where: string): OnnxDataType {
  const known = dataTypeOf(code ?? 0);
  if (known !== undefined) return known;
  if ((code ?? 0) === 0) throw invalid(`${where} does not say what its elements are`);
  throw new NascentError(
    'onnx/unsupported',
    `${where} has elements of a type we do not know, number ${code}`,
    {
      help: `Known are: string, ${Object.keys(dataTypes).join(', ')}.`,
    },
  );
}

/** TensorProto.DataLocation.EXTERNAL. */
const external = 1;

function refuseElsewhere(message: messages.ITensorProto, label: string): void {
  const location: number = message.dataLocation ?? 0;
  if (location === external) {
    const file = message.externalData?.find(({ key }) => key === 'location')?.value ?? 'another file';
    throw new NascentError('onnx/unsupported', `${label} keeps its data outside the model, in "${file}"`, {
      help: 'Only models in one file are read. In Python: onnx.save(onnx.load("in.onnx"), "out.onnx") writes one.',
    });
  }
}

function toDims(dims: readonly Int64[] | null | undefined, label: string): number[] {
  return (dims ?? []).map((value) => {
    const dim = toInteger(value);
    if (typeof dim === 'bigint' || dim < 0) throw invalid(`${label} has an extent of ${dim}`);
    return dim;
  });
}

function fromRaw(
  raw: Uint8Array,
  dtype: OnnxNumericType,
  dims: readonly number[],
  count: number,
  label: string,
): NumericTensor['data'] {
  const wanted = byteLengthOf(dtype, count);
  if (raw.length !== wanted) throw wrongSize(label, dims, wanted, raw.length, `bytes of ${dtype}`);
  // Copied: the file's bytes are not aligned, and a view would keep the whole file in memory.
  const { buffer } = new Uint8Array(raw);
  return new dataTypes[dtype].array(buffer);
}

function fromFields(
  message: messages.ITensorProto,
  dtype: OnnxNumericType,
  dims: readonly number[],
  count: number,
  label: string,
): NumericTensor['data'] {
  const { array, bits, field } = dataTypes[dtype];
  const entries: readonly Int64[] = message[field] ?? [];
  const isComplex = dtype === 'complex64' || dtype === 'complex128';
  // Complex numbers take two entries an element, types of 4 and 2 bits an entry a byte, all others an entry an element.
  const wanted = isComplex ? 2 * count : bits < 8 && bits !== 6 ? byteLengthOf(dtype, count) : count;
  if (entries.length !== wanted) throw wrongSize(label, dims, wanted, entries.length, `entries of ${dtype}`);
  if (array === BigInt64Array) return BigInt64Array.from(entries, toBigInt);
  if (array === BigUint64Array) return BigUint64Array.from(entries, toBigInt);
  const numbers = entries.map((entry) => (typeof entry === 'number' ? entry : Number(toBigInt(entry))));
  if (bits === 6) return packedSix(numbers);
  return new (array as new (from: readonly number[]) => NumericTensor['data'])(numbers);
}

/** Six bits an element, the first in the lowest bits, as raw data has them. */
function packedSix(elements: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((6 * elements.length) / 8));
  elements.forEach((element, index) => {
    const bit = 6 * index;
    const wide = (element & 0x3f) << (bit % 8);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (wide & 0xff);
    if (wide > 0xff) bytes[(bit >> 3) + 1] = wide >> 8;
  });
  return bytes;
}

function wrongSize(
  label: string,
  dims: readonly number[],
  wanted: number,
  given: number,
  what: string,
): NascentError {
  return invalid(
    `${label} has the shape [${dims.join(', ')}], which takes ${wanted} ${what}, but holds ${given}`,
  );
}
