/** Everything that is wrong with a model is told at once, and what is right is described. */
import protobuf from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../proto/onnx.ts';
import { checkModel, requireSound, typeText } from '../../src/onnx/check-model.ts';
import { renderModelCheck } from '../../src/onnx/render-check.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';

const sound = modelOf({
  inputs: [floatInfo('x', ['batch', 3])],
  initializers: [floats('w', [3, 2], [1, 2, 3, 4, 5, 6])],
  nodes: [node('MatMul', ['x', 'w'], ['h']), node('Relu', ['h'], ['y'])],
  outputs: [floatInfo('y', ['batch', 2])],
});

describe('checkModel', () => {
  it('describes what is right', async () => {
    const check = await checkModel(encodeModel(sound));
    requireSound(check);
    expect(check).toMatchObject({
      path: null,
      sound: true,
      faults: [],
      warnings: [],
      notes: [],
      ops: { MatMul: 1, Relu: 1 },
      parameters: 6,
      inputs: [{ name: 'x', type: 'float32[batch, 3]' }],
      outputs: [{ name: 'y', type: 'float32[batch, 2]' }],
    });
    expect(check.values).toContainEqual({ name: 'h', type: 'float32[batch, 2]' });
    expect(renderModelCheck(check)).toMatchInlineSnapshot(`
      "model       bytes
      format      IR 8, opset 17
      made by     test
      input       x float32[batch, 3]
      output      y float32[batch, 2]
      parameters  6
      nodes       2: 1 MatMul, 1 Relu
      types       inferred of 4 values

      No fault was found."
    `);
  });

  it.each(['Sum', 'Min', 'Concat'])('judges a %s of more inputs than a call takes arguments', async (op) => {
    const inputs = Array.from({ length: 200_000 }, () => 'x');
    const check = (rest: readonly string[], extent: number) =>
      checkModel(
        encodeModel(
          modelOf({
            nodes: [node(op, [...inputs, ...rest], ['y'], op === 'Concat' ? [axis] : [])],
            inputs: [floatInfo('x', ['batch', 1]), floatInfo('z', [7, 1]), floatInfo('q', [7, 5, 2])],
            outputs: [floatInfo('y', ['batch', extent])],
          }),
        ),
      );
    const axis = { name: 'axis', kind: 'int', value: 1 } as const;
    expect(await check([], op === 'Concat' ? inputs.length : 1)).toMatchObject({ faults: [], notes: [] });
    const wrong = op === 'Concat' ? ['q'] : ['q', 'z'];
    expect((await check(wrong, 1)).faults.length).toBeGreaterThan(0);
  });

  it('says the types that the file has, with what is known of their extents', async () => {
    const info = (name: string, dtype: 'bfloat16' | 'uint8') =>
      ({ name, type: { kind: 'tensor', dtype, shape: ['b', 4] } }) as const;
    const check = await checkModel(
      encodeModel(
        modelOf({
          inputs: [info('x', 'bfloat16'), info('u', 'uint8')],
          nodes: [node('Neg', ['x'], ['y']), node('Identity', ['u'], ['v'])],
          outputs: [info('y', 'bfloat16'), { name: 'v', type: { kind: 'tensor', dtype: 'uint8' } }],
        }),
      ),
    );
    expect(check.inputs.map(({ type }) => type)).toEqual(['bfloat16[b, 4]', 'uint8[b, 4]']);
    expect(check.outputs.map(({ type }) => type)).toEqual(['bfloat16[b, 4]', 'uint8[b, 4]']);
  });

  it('keeps a name on its line, whatever is in it', async () => {
    const name = 'a\nb\r\u001b[31m\tc';
    const check = await checkModel(
      encodeModel(
        modelOf({
          inputs: [floatInfo(name, [3])],
          nodes: [node('Neg', [name], ['y'])],
          outputs: [floatInfo('y', [3])],
        }),
      ),
    );
    expect(renderModelCheck(check)).toContain(
      '\ninput       a\\nb\\r\\u001b[31m\\tc float32[3]\noutput      y float32[3]\n',
    );
  });

  it('keeps what it says of a name on its line, and short', async () => {
    const name = `n"\nNo fault was found.${'x'.repeat(5000)}`;
    const check = await checkModel(
      encodeModel(
        modelOf({
          inputs: [floatInfo('x', [3])],
          nodes: [node('Nope', ['x'], ['y'], [], { name }), node('Neg', ['x'], [`u\n${name}`])],
          outputs: [floatInfo('y', [3])],
        }),
      ),
    );
    expect(check.faults).toEqual([expect.stringContaining('n"\\nNo fault was found.x')]);
    expect(check.faults[0]?.length).toBeLessThan(1100);
    for (const line of renderModelCheck(check).split('\n')) {
      expect(line).not.toMatch(/^No fault was found/);
      expect(line.length).toBeLessThan(1200);
    }
  });

  it('counts faults that it does not list', async () => {
    const nodes = Array.from({ length: 3000 }, (_, i) =>
      node('Nope', ['x'], [`y${i}`], [], { name: `n${i}` }),
    );
    const check = await checkModel(
      encodeModel(modelOf({ inputs: [floatInfo('x', [3])], nodes, outputs: [floatInfo('y1', [3])] })),
    );
    expect(check.faults.at(-1)).toBe('and 2000 more');
    expect(renderModelCheck(check)).toContain('\n3,000 faults:\n');
    expect(renderModelCheck(check)).toContain('\n3,000 faults were found.');
    expect(() => requireSound(check)).toThrow('the model has 3,000 faults');
  });

  it('tells nodes that are out of order, and calls nothing unused for it', async () => {
    const { graph } = sound;
    const check = await checkModel(
      encodeModel({ ...sound, graph: { ...graph, nodes: graph.nodes.toReversed() } }),
    );
    expect(check).toMatchObject({
      faults: [expect.stringContaining('uses "h", which is made only later')],
      warnings: [],
      notes: [expect.stringContaining('not in the order of their making')],
    });
  });

  it('warns of scales that are not finite', async () => {
    const check = await checkModel(
      encodeModel(
        modelOf({
          inputs: [floatInfo('x', [1])],
          initializers: [floats('scale', [], [Infinity])],
          nodes: [node('QuantizeLinear', ['x', 'scale'], ['y'])],
          outputs: [{ name: 'y', type: { kind: 'tensor', dtype: 'uint8', shape: [1] } }],
        }),
      ),
    );
    expect(check).toMatchObject({
      faults: [],
      warnings: ['the scale "scale" is Infinity: what it quantises has no meaning'],
    });
  });

  it('tells what a file says twice, and otherwise each time', async () => {
    const { AttributeProto, ModelProto } = protobuf.onnx;
    const type = AttributeProto.AttributeType.FLOAT;
    const tensorOf = (extents: readonly number[]) => ({
      tensorType: { elemType: 1, shape: { dim: extents.map((dimValue) => ({ dimValue })) } },
    });
    const float = new Uint8Array(Float32Array.of(1, 2).buffer);
    const bytes = ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'g',
        input: [
          { name: 'x', type: tensorOf([2]) },
          { name: 'w', type: tensorOf([3]) },
          { name: 'v', type: tensorOf([2]) },
        ],
        initializer: [
          { name: 'w', dims: [2], dataType: 1, rawData: float },
          { name: 'v', dims: [2], dataType: 1, rawData: float, floatData: [1, 2] },
        ],
        node: [
          { opType: 'LeakyRelu', input: ['x'], output: ['a'], attribute: [{ name: 'alpha', type, i: 2 }] },
          { opType: 'Elu', input: ['a'], output: ['b'], attribute: [{ name: 'alpha', type, f: 2, i: 1 }] },
          { opType: 'Elu', input: ['b'], output: ['y'], attribute: [{ name: 'alpha', type, f: 2 }] },
        ],
        output: [{ name: 'y', type: tensorOf([2]) }],
      },
    }).finish();
    expect((await checkModel(bytes)).faults).toEqual([
      'attribute "alpha" of a node of type LeakyRelu is of the kind float, and has a value in the field "i"',
      'attribute "alpha" of a node of type Elu is of the kind float, and has a value in the field "i"',
      'initializer of the graph "v" has its elements twice: as raw data, and in the field "floatData"',
      'graph "g": the input "w" is float32[3], and the initializer of its name float32[2]',
    ]);
    // Whoever runs it would run something else than was meant.
    expect(() => decodeModel(bytes, 'it')).toThrow(/has a value in the field "i"/);
  });

  it('tells every fault at once, those of sizes among them', async () => {
    const { ModelProto } = protobuf.onnx;
    const bytes = ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'g',
        initializer: [
          { name: 'a', dims: [3], dataType: 1, floatData: [1] },
          { name: 'b', dims: [2], dataType: 1, rawData: new Uint8Array(7) },
          { name: 'c', dims: [2, 2 ** 40], dataType: 7, int64Data: [1] },
        ],
        node: [
          { opType: 'Rely', input: ['a'], output: ['y'] },
          { opType: 'Relu', input: ['nowhere'], output: ['z'] },
        ],
        output: [{ name: 'none', type: { tensorType: { elemType: 1 } } }],
      },
    }).finish();
    const check = await checkModel(bytes);
    expect(check.faults).toEqual([
      'initializer of the graph "b" has the shape [2], which takes 8 bytes of float32, but holds 7',
      'initializer "a" has the shape [3], 12 bytes, but holds 4',
      'initializer "c" has the shape [2, 1099511627776], 17592186044416 bytes, but holds 8',
      'Rely that makes "y": ONNX has no op "Rely"',
      'Relu that makes "z" uses "nowhere", which nothing makes',
      'graph "g": no node makes the output "none"',
    ]);
    expect(() => requireSound(check)).toThrow('the model has 6 faults');
    expect(renderModelCheck(check)).toContain('6 faults:\n  - initializer of the graph "b"');
  });

  it('finds a type that is another than its node gives', async () => {
    const wrong = modelOf({ ...sound.graph, outputs: [floatInfo('y', ['batch', 5])] });
    const { faults } = await checkModel(encodeModel(wrong));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('"y" is said to be float32[batch, 5]');
  });

  it('finds what an op forbids, beside what is not read', async () => {
    const { faults, notes, sound } = await checkModel(
      encodeModel(
        modelOf({
          inputs: [floatInfo('x', ['batch', 5])],
          initializers: [floats('w', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
          nodes: [node('MatMul', ['x', 'w'], ['y']), node('RandomNormalLike', ['x'], ['r'])],
          outputs: [floatInfo('y', ['batch', 2]), floatInfo('r', ['batch', 5])],
        }),
      ),
    );
    expect(sound).toBe(false);
    expect(faults).toEqual(['MatMul that makes "y": [batch, 5] times [4, 2]: 5 meets 4']);
    expect(notes).toEqual([
      'beside its faults, some of it cannot be read as a graph: output "r" hangs on random numbers, which RandomNormalLike that makes "r" draws',
    ]);
  });

  it('warns of a graph that gives nothing', async () => {
    const { warnings } = await checkModel(encodeModel(modelOf({ ...sound.graph, outputs: [] })));
    expect(warnings[0]).toBe('graph "g" has no outputs: a run of it gives nothing');
  });

  it('says where types are not inferred, and what is not judged', async () => {
    const other = modelOf(
      { ...sound.graph, nodes: [node('Custom', ['x', 'w'], ['y'], [], { domain: 'com.example' })] },
      {
        opsets: [
          { domain: '', version: 99 },
          { domain: 'com.example', version: 1 },
        ],
      },
    );
    const check = await checkModel(encodeModel(other));
    expect([check.sound, check.values]).toEqual([true, null]);
    expect(check.notes[0]).toMatch(/^it is of opset 99, newer than \d+/);
    expect(check.notes[1]).toBe('ops of the domain com.example are not judged');
    expect(check.notes[2]).toMatch(/^types are not inferred, for it /);
    expect(renderModelCheck(check)).toMatch(/\nNo fault was found, as far as it could be judged\.$/);
  });

  it('refuses what is no model', async () => {
    await expect(checkModel(Buffer.from('hello'))).rejects.toMatchObject({ code: 'onnx/invalid' });
    await expect(checkModel('nowhere.onnx')).rejects.toMatchObject({ code: 'data/missing' });
  });
});

it.each([
  [{ kind: 'tensor', dtype: 'float16', shape: ['n', undefined, 3] }, 'float16[n, ?, 3]'],
  [{ kind: 'tensor', dtype: 'string' }, 'string'],
  [{ kind: 'sequence', element: { kind: 'tensor', dtype: 'int64', shape: [] } }, 'sequence of int64[]'],
  [{ kind: 'optional', element: { kind: 'unknown' } }, 'optional of unknown'],
  [{ kind: 'map', key: 'int64', value: { kind: 'tensor', dtype: 'float32' } }, 'map from int64 to float32'],
] as const)('the type %j', (type, text) => {
  expect(typeText(type)).toBe(text);
});

it.each([[5], [undefined], [{ graph: {} }]])('is told what it takes: %j', async (given) => {
  await expect(checkModel(given as never)).rejects.toMatchObject({
    code: 'input/invalid',
    help: "Give it where the file is: checkModel('model.onnx').",
  });
});
