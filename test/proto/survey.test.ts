/** Parts are counted as the file has them, and a file of millions is refused before it is decoded. */
import protobuf from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { decodeModel, decodeTensorFile, encodeModel } from '../../proto/onnx.ts';
import { partsOfModel } from '../../proto/survey.ts';
import { model } from './models.ts';
import { refusal } from './refusal.ts';

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
}

const modelOf = (graph: Uint8Array) =>
  Buffer.concat([Buffer.from([8, 8]), field(7, graph), field(8, Buffer.from([16, 17]))]);
const tensor = (...rest: Buffer[]) => Buffer.concat([Buffer.from([0x10, 7]), ...rest]);
const many = 5_000_000;
const emptyNodes = Buffer.alloc(2 * many);
for (let i = 0; i < many; i++) emptyNodes[2 * i] = 10;

describe('a model', () => {
  it('has as many parts as fields and integers', () => {
    const { ModelProto } = protobuf.onnx;
    const parts = (graph: object) => partsOfModel(ModelProto.encode({ irVersion: 8, graph }).finish(), 1e9);
    expect(parts({})).toBe(2);
    expect(parts({ name: 'g' })).toBe(3);
    expect(parts({ node: [{ input: ['a', 'b'], opType: 'F' }] })).toBe(6);
    const dims = parts({ initializer: [{ dims: [1, 2, 300] }] });
    // The list is packed: a field, and three numbers; or three fields.
    expect(dims).toBeGreaterThanOrEqual(6);
    expect(parts({ initializer: [{ rawData: new Uint8Array(1000) }] })).toBe(4);
  });

  it('that is sound is far from the limit', () => {
    const bytes = encodeModel(model);
    expect(partsOfModel(bytes, 1e9)).toBeLessThan(bytes.length / 2);
  });

  it.each([
    ['nodes', emptyNodes],
    ['extents', field(5, field(1, Buffer.alloc(many, 1)))],
    ['integers', field(5, tensor(field(7, Buffer.alloc(many))))],
    [
      'texts',
      field(5, Buffer.concat([tensor(), Buffer.from(emptyNodes.map((byte) => (byte === 10 ? 0x32 : 0)))])),
    ],
  ])('of millions of %s is refused', (_, graph) => {
    const error = refusal(() => decodeModel(modelOf(graph), 'a.onnx'));
    expect(error.code).toBe('onnx/unsupported');
    expect(error.message).toBe('a.onnx: it has more than 4 million nodes, names and numbers');
  });
});

it('a tensor file of millions of integers is refused', () => {
  const bytes = tensor(field(7, Buffer.alloc(many)));
  expect(refusal(() => decodeTensorFile(bytes)).message).toContain('more than 4 million');
});
