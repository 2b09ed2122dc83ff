/** The codec: what is written is read again, and nothing but a model or a NascentError comes out of any bytes. */
import * as fc from 'fast-check';
import protobuf from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { decodeModel, decodeTensorFile, encodeModel, encodeTensorFile } from '../../proto/onnx.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { attributes, model, tensors } from './models.ts';
import { refusal, survives } from './refusal.ts';
import { tries } from '../support/properties.ts';

const bytes = encodeModel(model);

/** A model that onnx-proto writes as told, with whatever is wrong with it. */
function written(graph: object, rest: object = {}): Uint8Array {
  const opsetImport = [{ domain: '', version: 17 }];
  return protobuf.onnx.ModelProto.encode({ irVersion: 8, opsetImport, graph, ...rest }).finish();
}

describe('encodeModel and decodeModel', () => {
  it('agree on every kind of part', () => {
    expect(decodeModel(bytes)).toEqual(model);
  });

  it.each(tensors.map((tensor) => [tensor.name, tensor] as const))('a tensor file: %s', (_, tensor) => {
    expect(decodeTensorFile(encodeTensorFile(tensor))).toEqual(tensor);
  });

  it('give the same bytes for equal models', () => {
    expect(encodeModel(structuredClone(model))).toEqual(bytes);
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  it('write what onnx-proto itself writes', () => {
    const { ModelProto } = protobuf.onnx;
    expect(ModelProto.encode(ModelProto.decode(bytes)).finish()).toEqual(bytes);
  });

  it('read int attributes of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const [node] = model.graph.nodes;
        if (node === undefined) throw new Error('the model has a node');
        const exact = Number.isSafeInteger(Number(value)) ? Number(value) : value;
        const nodes = [{ ...node, attributes: [{ name: 'a', kind: 'int', value: exact } as const] }];
        const changed: OnnxModel = { ...model, graph: { ...model.graph, nodes } };
        expect(decodeModel(encodeModel(changed))).toEqual(changed);
      }),
    );
  });

  it('refuse to drop what IR 8 cannot hold', () => {
    expect(refusal(() => encodeModel({ ...model, irVersion: 10 })).code).toBe('onnx/unsupported');
    const nodes = model.graph.nodes.map((node) => ({ ...node, metadata: [['k', 'v'] as const] }));
    const error = refusal(() => encodeModel({ ...model, graph: { ...model.graph, nodes } }));
    expect(error.message).toMatchInlineSnapshot(
      `"node "node" has metadata of its own, which IR version 8 cannot hold"`,
    );
    const float8 = { name: 'w', dims: [1], dtype: 'float8e5m2', data: Uint8Array.of(1) } as const;
    expect(refusal(() => encodeTensorFile(float8)).message).toContain('float8e5m2');
  });
});

describe('decodeModel reads', () => {
  it('any storage of a tensor', () => {
    const { DataType } = protobuf.onnx.TensorProto;
    const initializer = [
      { name: 'f', dims: [2], dataType: DataType.FLOAT, floatData: [1, 2] },
      { name: 'd', dims: [1], dataType: DataType.DOUBLE, doubleData: [0.1] },
      { name: 'i', dims: [2], dataType: DataType.INT64, int64Data: [-1, 2] },
      { name: 'u', dims: [1], dataType: DataType.UINT32, uint64Data: [4_294_967_295] },
      { name: 'h', dims: [1], dataType: DataType.FLOAT16, int32Data: [0x3c00] },
      { name: 'b', dims: [2], dataType: DataType.BOOL, int32Data: [1, 0] },
      { name: 's', dims: [1], dataType: DataType.INT8, int32Data: [-3] },
      { name: 'c', dims: [1], dataType: DataType.COMPLEX64, floatData: [1, 2] },
      { name: 'p', dims: [3], dataType: 22, int32Data: [0x21, 0x03] },
    ];
    const read = decodeModel(written({ initializer })).graph.initializers;
    expect(read.map(({ name, data }) => [name, data])).toEqual([
      ['f', Float32Array.of(1, 2)],
      ['d', Float64Array.of(0.1)],
      ['i', BigInt64Array.of(-1n, 2n)],
      ['u', Uint32Array.of(4_294_967_295)],
      ['h', Uint16Array.of(0x3c00)],
      ['b', Uint8Array.of(1, 0)],
      ['s', Int8Array.of(-3)],
      ['c', Float32Array.of(1, 2)],
      ['p', Uint8Array.of(0x21, 0x03)],
    ]);
  });

  it('what later versions added and onnx-proto drops', () => {
    // A node of the graph (fields 7, 1) with overload (8) "v" and metadata (9) k → v, by hand.
    const node = [0x42, 1, 0x76, 0x4a, 6, 0x0a, 1, 0x6b, 0x12, 1, 0x76];
    const graph = [0x0a, node.length, ...node];
    const extra = Uint8Array.from([0x3a, graph.length, ...graph]);
    const [, added] = decodeModel(Buffer.concat([bytes, extra])).graph.nodes;
    expect(added).toMatchObject({ overload: 'v', metadata: [['k', 'v']] });
  });

  it('elements of six bits, packed as raw data has them', () => {
    const initializer = [{ name: 's', dims: [5], dataType: 27, int32Data: [1, 2, 3, 63, 4] }];
    const [tensor] = decodeModel(written({ initializer })).graph.initializers;
    expect(tensor?.data).toEqual(Uint8Array.of(0b10_000001, 0b0011_0000, 0b111111_00, 4));
  });

  it('a tensor that says which segment it is', () => {
    const initializer = [
      { name: 's', dims: [2], dataType: 1, floatData: [1, 2], segment: { begin: 0, end: 2 } },
    ];
    expect(decodeModel(written({ initializer })).graph.initializers).toHaveLength(1);
  });

  it('both spellings of the own domain, as long as they agree', () => {
    const both = (version: number) => [
      { domain: 'ai.onnx', version: 13 },
      { domain: '', version },
    ];
    expect(decodeModel(written({}, { opsetImport: both(13) })).opsets).toHaveLength(1);
    expect(decodeModel(written({}, { opsetImport: both(12) })).opsets).toHaveLength(2);
  });

  it('names with bytes that are no UTF-8, different ones as different', () => {
    const named = (byte: number) => {
      const content = Buffer.from(written({ input: [{ name: 'né?' }] }));
      content[content.indexOf('?')] = byte;
      return decodeModel(content).graph.inputs[0]?.name;
    };
    expect(named(0x3f)).toBe('né?');
    expect(named(0xff)).toBe('né\udcff');
    expect(named(0x80)).toBe('né\udc80');
  });

  it('text attributes of any bytes', () => {
    const node = [{ opType: 'F', attribute: [{ name: 'a', type: 3, s: Uint8Array.of(0x61, 0xc3, 0x28) }] }];
    expect(decodeModel(written({ node })).graph.nodes[0]?.attributes).toEqual([
      { name: 'a', kind: 'string', value: 'a\udcc3(' },
    ]);
  });

  it('the spelling "ai.onnx" as the empty domain', () => {
    const { opsets } = decodeModel(written({}, { opsetImport: [{ domain: 'ai.onnx', version: 13 }] }));
    expect(opsets).toEqual([{ domain: '', version: 13 }]);
  });
});

it('what is no tensor is refused, with how to write one', () => {
  const error = refusal(() => decodeTensorFile(Uint8Array.of(10, 80, 1), 'input_0.pb'));
  expect(error.code).toBe('onnx/invalid');
  expect(error.message).toMatch(/^input_0\.pb: this is not an ONNX tensor, or one that is cut short/);
  expect(error.help).toMatch(/onnx\.save_tensor.*\.npy file/);
});

describe('decodeModel refuses', () => {
  const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

  it.each([
    ['an empty file', ascii(''), 'this is empty'],
    ['a PNG', ascii('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'a PNG image'],
    ['a zip', ascii('PK\x03\x04\x14\0\0\0'), 'PyTorch .pt'],
    ['JSON', ascii('{"version": 1}'), 'this is JSON'],
    ['text', ascii('hello there\n'), 'this is text'],
    ['an LFS pointer', ascii('version https://git-lfs.github.com/spec/v1\n'), 'Git LFS pointer'],
    ['an ORT file', ascii('\x18\0\0\0ORTM'), '.ort file'],
    [
      'a tensor',
      encodeTensorFile({ name: 't', dims: [1], dtype: 'bool', data: Uint8Array.of(1) }),
      'not an ONNX model',
    ],
    ['a model cut short', bytes.subarray(0, 400), 'cut short'],
  ])('%s', (_, content, message) => {
    const error = refusal(() => decodeModel(content, 'runs/a/model.onnx'));
    expect(error.code).toBe('onnx/invalid');
    expect(error.message).toMatch(/^runs\/a\/model\.onnx: /);
    expect(error.message).toContain(message);
    expect(error.help).toContain('.onnx');
  });

  it('data outside the file, naming where it is', () => {
    const tensor = {
      name: 'w',
      dims: [1],
      dataType: 1,
      dataLocation: protobuf.onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [{ key: 'location', value: 'weights.bin' }],
    };
    const error = refusal(() => decodeModel(written({ initializer: [tensor] }), 'a.onnx'));
    expect(error.code).toBe('onnx/unsupported');
    expect(error.message).toMatchInlineSnapshot(
      `"a.onnx: initializer of the graph "w" keeps its data outside the model, in "weights.bin""`,
    );
  });

  it.each([
    [
      'a wrong size',
      { name: 'w', dims: [2, 2], dataType: 1, floatData: [1] },
      'takes 4 entries of float32, but holds 1',
    ],
    [
      'a wrong raw size',
      { name: 'w', dims: [2], dataType: 1, rawData: new Uint8Array(7) },
      'takes 8 bytes of float32, but holds 7',
    ],
    ['a negative extent', { name: 'w', dims: [-1], dataType: 1 }, 'an extent of -1'],
    ['more elements than there can be', { name: 'w', dims: [2 ** 40, 2 ** 40], dataType: 1 }, 'but holds 0'],
    ['no type', { name: 'w', dims: [1] }, 'does not say what its elements are'],
    ['an unknown type', { name: 'w', dims: [1], dataType: 99 }, 'number 99'],
  ])('a tensor with %s', (_, tensor, message) => {
    expect(refusal(() => decodeModel(written({ initializer: [tensor] }))).message).toContain(message);
  });

  it('a model that names no operator set, or is from before ONNX 1.0, or from the future', () => {
    expect(refusal(() => decodeModel(written({}, { opsetImport: [] }))).code).toBe('onnx/invalid');
    expect(refusal(() => decodeModel(written({}, { irVersion: 2 }))).code).toBe('onnx/unsupported');
    expect(refusal(() => decodeModel(written({}, { irVersion: -1 })))).toMatchObject({
      code: 'onnx/invalid',
      message: 'the model: it says that it is of IR version -1, and they begin at 1',
    });
    expect(refusal(() => decodeModel(written({}, { irVersion: 0 }))).message).toContain(
      '(it does not say of which IR version it is)',
    );
    expect(refusal(() => decodeModel(written({}, { irVersion: 99 }))).message).toMatchInlineSnapshot(
      `"the model: it is of IR version 99; the newest that is known here is 14"`,
    );
  });

  it('nesting without end', () => {
    const attribute = attributes.find(({ kind }) => kind === 'graph');
    if (attribute?.kind !== 'graph') throw new Error('there is one');
    let graph = attribute.value;
    const node = { name: 'n', opType: 'If', domain: '', inputs: [], outputs: [] } as const;
    for (let depth = 0; depth < 200; depth++) {
      graph = { ...graph, nodes: [{ ...node, attributes: [{ name: 'then', kind: 'graph', value: graph }] }] };
    }
    expect(refusal(() => decodeModel(encodeModel({ ...model, graph }))).message).toContain(
      'nests deeper than 100 levels',
    );
  });
});

describe('any bytes give a model or a NascentError', () => {
  const decodes = (content: Uint8Array): void => survives(() => decodeModel(content));

  it('random ones', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decodes), { numRuns: tries(500) });
  });

  it('every prefix of a model', () => {
    for (let length = 0; length < bytes.length; length++) decodes(bytes.subarray(0, length));
  });

  it('a model with bytes changed, cut out or put in', () => {
    const at = fc.nat(bytes.length - 1);
    const edit = fc.record({ at, cut: fc.nat(20), put: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let content: Uint8Array = bytes;
        for (const { at, cut, put } of edits) {
          content = Buffer.concat([content.subarray(0, at), put, content.subarray(at + cut)]);
        }
        decodes(content);
      }),
      { numRuns: tries(1000) },
    );
  });
});
