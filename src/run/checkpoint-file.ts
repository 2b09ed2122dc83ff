/**
 * The bytes of one checkpoint.
 *
 *   magic (8) · header length (u32) · sha256 of the header (32) · header (JSON) · tensors, raw, one after another
 *
 * The header carries the caller's own JSON, how far the logs were when it was taken, and for each tensor its name,
 * shape, offset and sha256, so that a flipped bit anywhere is found and the tensor that has it is named. Numbers are
 * little-endian, which is what every platform that TensorFlow or onnxruntime is built for uses in memory.
 */

import { createHash } from 'node:crypto';

import { z } from 'zod';

import { NascentError } from '../errors.ts';
import type { Json } from './record.ts';

export interface Float32Tensor {
  readonly dtype: 'float32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Int32Tensor {
  readonly dtype: 'int32';
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/** What the reference runtime keeps: double precision, so that its resumed runs are exact too. */
export interface Float64Tensor {
  readonly dtype: 'float64';
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type CheckpointTensor = Float32Tensor | Float64Tensor | Int32Tensor;

export interface CheckpointContent {
  /** What the job needs besides tensors: step, epoch, random state… */
  readonly meta: Json;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/** How far a log was when the checkpoint was taken, and what it said. */
export interface LogMark {
  /** In bytes. */
  readonly length: number;
  /** Of those bytes. Checkpoints from before it was written down lack it. */
  readonly sha256?: string | undefined;
}

/** Log file → how far it was. */
export type LogMarks = Readonly<Record<string, LogMark>>;

const magic = Buffer.from('NASCENT1', 'latin1');
const bytesPerElement = { float32: 4, float64: 8, int32: 4 } as const;
const hashBytes = 32;
const preamble = magic.length + 4 + hashBytes;

const headerSchema = z.strictObject({
  meta: z.json(),
  logs: z.record(
    z.string(),
    z.union([
      z.strictObject({ length: z.int().nonnegative(), sha256: z.string() }),
      z
        .int()
        .nonnegative()
        .transform((length): LogMark => ({ length })),
    ]),
  ),
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      dtype: z.enum(['float32', 'float64', 'int32']),
      shape: z.array(z.int().nonnegative()),
      /** From the first byte after the header. */
      offset: z.int().nonnegative(),
      sha256: z.string(),
    }),
  ),
});

/** The checkpoint as the bytes of a file. */
export function encodeCheckpoint(content: CheckpointContent, logs: LogMarks): Uint8Array {
  const payload: Uint8Array[] = [];
  let offset = 0;
  const tensors = [...content.tensors].map(([name, tensor]) => {
    const elements = elementCount(tensor.shape);
    if (elements !== tensor.data.length) {
      throw new Error(
        `internal: checkpoint tensor "${name}" has shape [${tensor.shape.join(', ')}], ` +
          `which is ${elements} elements, but holds ${tensor.data.length}`,
      );
    }
    const bytes = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    payload.push(bytes);
    const entry = { name, dtype: tensor.dtype, shape: [...tensor.shape], offset, sha256: hex(bytes) };
    offset += bytes.length;
    return entry;
  });
  const header = Buffer.from(JSON.stringify({ meta: content.meta, logs, tensors }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([magic, length, createHash('sha256').update(header).digest(), header, ...payload]);
}

/**
 * The checkpoint in `bytes`. The tensors are views of `bytes` where alignment allows, copies elsewhere.
 *
 * @param where the file's path, for messages
 * @throws NascentError `run/damaged` naming the part or the tensor
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  where: string,
): { readonly content: CheckpointContent; readonly logs: LogMarks } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < preamble || !buffer.subarray(0, magic.length).equals(magic)) {
    throw damaged(where, 'it does not start as a checkpoint does');
  }
  const headerEnd = preamble + buffer.readUInt32LE(magic.length);
  const headerBytes = buffer.subarray(preamble, headerEnd);
  const headerHash = createHash('sha256').update(headerBytes).digest();
  if (buffer.length < headerEnd || !headerHash.equals(buffer.subarray(preamble - hashBytes, preamble))) {
    throw damaged(where, 'its header does not have the hash that was written with it');
  }
  const parsed = headerSchema.safeParse(JSON.parse(headerBytes.toString('utf8')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(where, `field "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unreadable'}`);
  }
  const tensors = new Map<string, CheckpointTensor>();
  let end = headerEnd;
  for (const { name, dtype, shape, offset, sha256 } of parsed.data.tensors) {
    const start = headerEnd + offset;
    end = start + elementCount(shape) * bytesPerElement[dtype];
    const raw = buffer.subarray(start, end);
    if (end > buffer.length) throw damaged(where, `tensor "${name}" is cut off`);
    if (hex(raw) !== sha256) {
      throw damaged(where, `tensor "${name}" does not have the hash that was written with it`);
    }
    tensors.set(name, asTensor(raw, dtype, shape));
  }
  if (end !== buffer.length) throw damaged(where, `${buffer.length - end} bytes follow the last tensor`);
  return { content: { meta: parsed.data.meta, tensors }, logs: parsed.data.logs };
}

function asTensor(raw: Buffer, dtype: CheckpointTensor['dtype'], shape: readonly number[]): CheckpointTensor {
  const size = bytesPerElement[dtype];
  const { buffer, byteOffset } = raw.byteOffset % size === 0 ? raw : new Uint8Array(raw);
  const length = raw.length / size;
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(buffer, byteOffset, length) };
    case 'float64':
      return { dtype, shape, data: new Float64Array(buffer, byteOffset, length) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(buffer, byteOffset, length) };
  }
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function damaged(where: string, what: string): NascentError {
  return new NascentError('run/damaged', `checkpoint ${where} is damaged: ${what}`, {
    help: 'Delete that file; the run then resumes from the checkpoint before it.',
  });
}
