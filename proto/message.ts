/**
 * The generated decoder, typed, and what decoding needs everywhere: integers, and errors that say where.
 */
import protobuf from 'protobufjs/minimal.js';
import { NascentError } from '../src/errors.ts';
import type { onnx } from './generated/messages.d.ts';
import { onnx as generated } from './generated/onnx.ts';
import { textOf } from './text.ts';
import type { OnnxInteger, OnnxMetadata } from './types.ts';

export type { onnx as messages } from './generated/messages.d.ts';

const decoders = generated as unknown as {
  readonly ModelProto: { decode(reader: protobuf.Reader): onnx.IModelProto };
  readonly TensorProto: { decode(reader: protobuf.Reader): onnx.ITensorProto };
};

/** Throws whatever protobufjs throws where the bytes are not a message; nesting is bounded by protobufjs (100). */
export function decodeModelMessage(bytes: Uint8Array): onnx.IModelProto {
  return decoders.ModelProto.decode(readerOf(bytes));
}

export function decodeTensorMessage(bytes: Uint8Array): onnx.ITensorProto {
  return decoders.TensorProto.decode(readerOf(bytes));
}

/** Protobuf's 64-bit integers, of which protobufjs makes objects. */
type Long = Exclude<NonNullable<onnx.IModelProto['irVersion']>, number>;
export type Int64 = number | Long | null | undefined;

export function toBigInt(value: Int64): bigint {
  if (typeof value === 'object' && value !== null) {
    const bits = (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
    return value.unsigned ? bits : BigInt.asIntN(64, bits);
  }
  return BigInt(value ?? 0);
}

export function toInteger(value: Int64): OnnxInteger {
  const exact = toBigInt(value);
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

export function toMetadata(
  entries: readonly onnx.IStringStringEntryProto[] | null | undefined,
): OnnxMetadata {
  return (entries ?? []).map(({ key, value }) => [key ?? '', value ?? ''] as const);
}

/** The file contradicts itself or the format. */
export function invalid(message: string): NascentError {
  return new NascentError('onnx/invalid', message, {
    help: 'The file is damaged, cut short, or was written wrongly: get or export it again.',
  });
}

/** A reader that takes any bytes as text: protobufjs refuses a file for one byte that is not UTF-8. */
function readerOf(bytes: Uint8Array): protobuf.Reader {
  const reader = protobuf.Reader.create(bytes) as protobuf.Reader & { stringVerify: () => string };
  reader.stringVerify = () => textOf(reader.bytes());
  return reader;
}
