/**
 * Named tensors in one file, for trading with PyTorch (`pytorch/exchange.py`): eight bytes of header length, a JSON
 * header {name: {dtype, shape, offset}}, raw little-endian numbers. Floats travel as float64, so that float32 values
 * are exact on both sides.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Tensor, Tensors } from '../../src/graph/tensor.ts';

interface Entry {
  readonly dtype: 'float64' | 'int32';
  readonly shape: readonly number[];
  readonly offset: number;
}

export function writeTensors(path: string, tensors: Tensors): void {
  const header: Record<string, Entry> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const integral = dtype === 'int64';
    const bytes = new DataView(new ArrayBuffer(data.length * (integral ? 4 : 8)));
    data.forEach((value, i) =>
      integral ? bytes.setInt32(4 * i, value, true) : bytes.setFloat64(8 * i, value, true),
    );
    header[name] = { dtype: integral ? 'int32' : 'float64', shape, offset };
    parts.push(new Uint8Array(bytes.buffer));
    offset += bytes.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, ...parts]));
}

/** What PyTorch wrote: floats only. */
export function readTensors(path: string): Map<string, Tensor> {
  const file = readFileSync(path);
  const length = Number(file.readBigInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Readonly<Record<string, Entry>>;
  const start = 8 + length;
  return new Map(
    Object.entries(header).map(([name, { shape, offset }]) => {
      const count = shape.reduce((product, dim) => product * dim, 1);
      const data = Float64Array.from({ length: count }, (_, i) => file.readDoubleLE(start + offset + 8 * i));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );
}
