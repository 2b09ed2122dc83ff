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

/** Where the elements of a tensor are that are in another file. */
export interface ExternalData {
  /** A path from the folder of the model, with slashes. */
  readonly location: string;
  /** In bytes. */
  readonly offset: number;
  /** In bytes; undefined where the file says none, which means as many as the tensor takes. */
  readonly length: number | undefined;
}

/** How a file is decoded. */
export interface Decoding {
  /**
   * The bytes that are elsewhere, `wanted` of them by the tensor's shape. Without it, such a model is refused. Throws
   * NascentError 'onnx/invalid' where they cannot be had.
   */
  readonly external?: (data: ExternalData, wanted: number, label: string) => Uint8Array;
  /**
   * Told of bytes elsewhere that cannot be had; and tensors of a wrong size are decoded, for the checker to find. Without
   * it, either is an error.
   */
  readonly faults?: { push(sentence: string): void };
}

/** Where the elements of a tensor are, where they are not bytes. */
const elementFields = [
  'floatData',
  'int32Data',
  'stringData',
  'int64Data',
  'doubleData',
  'uint64Data',
] as const satisfies readonly (keyof messages.ITensorProto)[];

/** `where` names the owner for messages: `initializer`, `attribute value of node "c"`. */
export function decodeTensor(
  message: messages.ITensorProto,
  where: string,
  decoding: Decoding = {},
): OnnxTensor {
  const name = message.name ?? '';
  const label = name === '' ? where : `${where} "${name}"`;
  const isLenient = decoding.faults !== undefined;
  const dtype = toDataType(message.dataType, label);
  const dims = toDims(message.dims, label);
  const base = {
    name,
    dims,
    ...(message.docString ? { docString: message.docString } : {}),
    ...(message.metadataProps?.length ? { metadata: toMetadata(message.metadataProps) } : {}),
  };
  const count = dims.reduce((product, dim) => product * dim, 1);
  const place: number = message.dataLocation ?? 0;
  const isExternal = place === external;
  if (dtype === 'string') {
    if (isExternal) throw invalid(`${label} keeps text outside the model, which ONNX does not allow`);
    const data = (message.stringData ?? []).map(textOf);
    if (data.length !== count && !isLenient) throw wrongSize(label, dims, count, data.length, 'strings');
    return { ...base, dtype, data };
  }
  if (isExternal) {
    const found = elsewhere(message, byteLengthOf(dtype, count), label, decoding);
    const { array } = dataTypes[dtype];
    if (found === undefined) return { ...base, dtype, data: new array(0), missing: true } as NumericTensor;
    return { ...base, dtype, data: fromRaw(found, dtype, dims, count, label, false) } as NumericTensor;
  }
  const raw = message.rawData ?? new Uint8Array();
  const wanted = byteLengthOf(dtype, count);
  if (decoding.faults !== undefined && raw.length > 0) {
    const twice = elementFields.filter((field) => (message[field]?.length ?? 0) > 0);
    if (twice.length > 0) {
      decoding.faults.push(
        `${label} has its elements twice: as raw data, and in the field "${twice.join('", "')}"`,
      );
    }
    // Of whole elements the checker tells how many there are.
    if (raw.length % dataTypes[dtype].array.BYTES_PER_ELEMENT !== 0) {
      decoding.faults.push(wrongSize(label, dims, wanted, raw.length, `bytes of ${dtype}`).message);
      return { ...base, dtype, data: new dataTypes[dtype].array(0), missing: true } as NumericTensor;
    }
  }
  const data =
    raw.length > 0
      ? fromRaw(raw, dtype, dims, count, label, isLenient)
      : fromFields(message, dtype, dims, count, label, isLenient);
  // `dtype` chose the array that `data` is; the compiler cannot follow the pair through the union.
  return { ...base, dtype, data } as NumericTensor;
}

export function decodeSparseTensor(
  message: messages.ISparseTensorProto,
  where: string,
  decoding: Decoding = {},
): OnnxSparseTensor {
  return {
    values: decodeTensor(message.values ?? {}, `the values of ${where}`, decoding),
    indices: decodeTensor(message.indices ?? {}, `the indices of ${where}`, decoding),
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

/** Undefined where the bytes cannot be had, which is told. */
function elsewhere(
  message: messages.ITensorProto,
  wanted: number,
  label: string,
  { external: read, faults }: Decoding,
): Uint8Array | undefined {
  const entries = new Map((message.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const location = entries.get('location');
  if (read === undefined) {
    throw new NascentError(
      'onnx/unsupported',
      `${label} keeps its data outside the model, in "${location ?? 'another file'}"`,
      {
        help: 'Give the path of the model, beside which that file is. In Python: onnx.save(onnx.load("in.onnx"), "out.onnx") puts all into one.',
      },
    );
  }
  try {
    if (location === undefined || location === '') {
      throw invalid(`${label} keeps its data outside the model, and does not say where`);
    }
    const number = (key: string): number | undefined => {
      const text = entries.get(key);
      if (text === undefined) return undefined;
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!Number.isSafeInteger(value)) throw invalid(`${label} keeps its data at the ${key} "${text}"`);
      return value;
    };
    const data = { location, offset: number('offset') ?? 0, length: number('length') };
    if (data.length !== undefined && data.length !== wanted) {
      throw invalid(`${label} takes ${wanted} bytes, and is said to have ${data.length} in "${location}"`);
    }
    return read(data, wanted, label);
  } catch (error) {
    if (faults === undefined || !(error instanceof NascentError) || error.code !== 'onnx/invalid')
      throw error;
    faults.push(error.message);
    return undefined;
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
  isLenient: boolean,
): NumericTensor['data'] {
  const wanted = byteLengthOf(dtype, count);
  const { array } = dataTypes[dtype];
  if (raw.length !== wanted && isLenient) {
    const size = array.BYTES_PER_ELEMENT;
    return new array(new Uint8Array(raw.subarray(0, raw.length - (raw.length % size))).buffer);
  }
  if (raw.length !== wanted) throw wrongSize(label, dims, wanted, raw.length, `bytes of ${dtype}`);
  // Copied: the file's bytes are not aligned, and a view would keep the whole file in memory.
  const { buffer } = new Uint8Array(raw);
  return new array(buffer);
}

function fromFields(
  message: messages.ITensorProto,
  dtype: OnnxNumericType,
  dims: readonly number[],
  count: number,
  label: string,
  isLenient: boolean,
): NumericTensor['data'] {
  const { array, bits, field } = dataTypes[dtype];
  const entries: readonly Int64[] = message[field] ?? [];
  const isComplex = dtype === 'complex64' || dtype === 'complex128';
  // Complex numbers take two entries an element, types of 4 and 2 bits an entry a byte, all others an entry an element.
  const wanted = isComplex ? 2 * count : bits < 8 && bits !== 6 ? byteLengthOf(dtype, count) : count;
  if (entries.length !== wanted && !isLenient)
    throw wrongSize(label, dims, wanted, entries.length, `entries of ${dtype}`);
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
