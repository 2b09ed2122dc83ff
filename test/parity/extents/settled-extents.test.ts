/** Extents that a file leaves open are what the file makes of others, and what was drawn for the rest is said. */
import { describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { extentsAdvice } from '../../../src/parity/extents/extents-advice.ts';
import { fedInputs } from '../../../src/parity/fed-inputs.ts';
import { saidLines, saidOf } from '../../../src/parity/said-of-inputs.ts';
import { seededCases } from '../../../src/parity/seeded-inputs.ts';
import { longerExtent, settled } from '../../../src/parity/extents/settled-extents.ts';
import { refusal } from '../../proto/refusal.ts';
import { floatInfo, floats, ints, modelOf, node } from '../../exporters/onnx/models.ts';

/** What was before and what is new, looked at through a mask as long as both. */
const cached = modelOf({
  inputs: [
    floatInfo('q', ['b', 2, 's', 4]),
    floatInfo('new', ['b', 2, 's', 4]),
    floatInfo('past', ['b', 2, 'p', 4]),
    floatInfo('mask', ['b', 1, 1, 't']),
  ],
  nodes: [
    node('Concat', ['past', 'new'], ['k'], [{ name: 'axis', kind: 'int', value: 2 }]),
    node('Transpose', ['k'], ['kt'], [{ name: 'perm', kind: 'ints', value: [0, 1, 3, 2] }]),
    node('MatMul', ['q', 'kt'], ['scores']),
    node('Add', ['scores', 'mask'], ['y']),
  ],
  outputs: [floatInfo('y', ['b', 2, 's', 't'])],
});

/** Positions of a table added to as many words. */
function positioned(rows: number): OnnxModel {
  return modelOf({
    inputs: [floatInfo('x', ['batch', 'seq', 2])],
    initializers: [
      floats(
        'table',
        [rows, 2],
        Array.from({ length: 2 * rows }, (_, i) => i),
      ),
      ints('zero', [0]),
      ints('one', [1]),
    ],
    nodes: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'one'], ['length']),
      node('Slice', ['table', 'zero', 'length'], ['p']),
      node('Add', ['x', 'p'], ['y']),
    ],
    outputs: [floatInfo('y', ['batch', 'seq', 2])],
  });
}

function longerOf(model: OnnxModel, said: Readonly<Record<string, number>> = {}): number | undefined {
  const files = [{ model, shapesIn: (shapes: ReadonlyMap<string, readonly number[]>) => shapes }];
  return longerExtent(files, settled(model, fedInputs(model), said), said, 1);
}

describe('an extent that follows from others', () => {
  it('is what the graph makes of them, in every case', () => {
    const known = settled(cached, fedInputs(cached), {});
    expect([...known.follows]).toEqual([['t', 'p+s']]);
    const options = { seeds: [1], batches: [2], extents: {}, special: false, longer: 16 };
    const cases = seededCases(known.inputs, options);
    const shapes = cases.map(({ feeds }) => ['q', 'past', 'mask'].map((name) => feeds.get(name)?.shape));
    expect(shapes).toEqual([
      [
        [2, 2, 5, 4],
        [2, 2, 5, 4],
        [2, 1, 1, 10],
      ],
      [
        [2, 2, 16, 4],
        [2, 2, 16, 4],
        [2, 1, 1, 32],
      ],
    ]);
    expect(saidLines(saidOf(known, cases, {}))).toEqual([
      "the file leaves open: s as 5 and 16; p as 5 and 16; t as p+s: 10 and 32 (--extent 's=…' for another)",
    ]);
  });

  it('is so with others that were given, and is what was given itself', () => {
    const given = settled(cached, fedInputs(cached), { p: 3 });
    const [first] = seededCases(given.inputs, { seeds: [1], batches: [1], extents: { p: 3 } });
    expect(first?.feeds.get('mask')?.shape).toEqual([1, 1, 1, 8]);
    expect([...settled(cached, fedInputs(cached), { t: 9 }).follows]).toEqual([]);
  });

  it('is found by trying where there is no graph for all extents', () => {
    const parts = { name: 'parts', dtype: 'int64', dims: [2], data: BigInt64Array.of(-1n, 7n) } as const;
    const model = modelOf({
      inputs: [floatInfo('x', ['batch', 'time'])],
      initializers: [parts],
      nodes: [node('Reshape', ['x', 'parts'], ['y'])],
      outputs: [floatInfo('y', ['rows', 7])],
    });
    expect([...settled(model, fedInputs(model), {}).follows]).toEqual([['time', 7]]);
  });
});

describe('what may be longer is once', () => {
  it('as long as it can be read', () => {
    expect([64, 33, 16, 15].map((rows) => longerOf(positioned(rows)))).toEqual([64, 32, 16, undefined]);
  });

  it('as far as positions are looked up in a table', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['batch', 'seq', 2])],
      initializers: [
        floats(
          'table',
          [40, 2],
          Array.from({ length: 80 }, (_, i) => i),
        ),
        { ...ints('zero', [0]), dims: [] },
        { ...ints('one', [1]), dims: [] },
        ints('two', [2]),
      ],
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'one'], ['length']),
        node('Range', ['zero', 'length', 'one'], ['words']),
        node('Add', ['words', 'two'], ['places']),
        node('Gather', ['table', 'places'], ['p']),
        node('Add', ['x', 'p'], ['y']),
      ],
      outputs: [floatInfo('y', ['batch', 'seq', 2])],
    });
    expect(longerOf(model)).toBe(32);
  });

  it('but not where it was given, or is the side of an image', () => {
    expect(longerOf(positioned(64), { seq: 7 })).toBeUndefined();
    const image = modelOf({
      inputs: [floatInfo('x', ['N', 3, 'h', 'w'])],
      nodes: [node('Relu', ['x'], ['y'])],
      outputs: [floatInfo('y', ['N', 3, 'h', 'w'])],
    });
    expect(longerOf(image)).toBeUndefined();
  });
});

/** Samples of sound through a wide window and a pool. */
function sounded(window: number, shape: readonly (number | string)[] = ['b', 1, 'time']): OnnxModel {
  return modelOf({
    inputs: [floatInfo('x', [...shape])],
    initializers: [
      floats(
        'w',
        [1, 1, window],
        Array.from({ length: window }, () => 0.1),
      ),
    ],
    nodes: [
      node('Conv', ['x', 'w'], ['c'], [{ name: 'strides', kind: 'ints', value: [4] }]),
      node('MaxPool', ['c'], ['y'], [{ name: 'kernel_shape', kind: 'ints', value: [2] }]),
    ],
    outputs: [floatInfo('y', ['b', 1, 'out'])],
  });
}

/** Samples of sound in frames of 16, and what is given for each frame. */
function framed(frames: string, others: ReturnType<typeof floatInfo>[] = []): OnnxModel {
  return modelOf({
    inputs: [floatInfo('x', [1, 1, 'samples']), floatInfo('m', [1, frames, 10]), ...others],
    initializers: [
      floats(
        'w',
        [10, 1, 16],
        Array.from({ length: 160 }, () => 0.1),
      ),
    ],
    nodes: [
      node('Conv', ['x', 'w'], ['c'], [{ name: 'strides', kind: 'ints', value: [16] }]),
      node('Transpose', ['c'], ['t'], [{ name: 'perm', kind: 'ints', value: [0, 2, 1] }]),
      node('Add', ['t', 'm'], ['y']),
    ],
    outputs: [floatInfo('y', [1, 'out', 10])],
  });
}

function casesOf(model: OnnxModel, extents: Readonly<Record<string, number>>) {
  const { inputs, guesses } = settled(model, fedInputs(model), extents);
  return seededCases(inputs, { seeds: [1], batches: [1], extents, guesses, special: false });
}

describe('what nothing is said of is as long as it has to be', () => {
  const shapesOf = (model: OnnxModel) => {
    const known = settled(model, fedInputs(model), {});
    const longer = longerExtent([{ model, shapesIn: (shapes) => shapes }], known, {}, 1);
    const { guesses } = known;
    const options = { seeds: [1], batches: [1], extents: {}, guesses, special: false, longer };
    const cases = seededCases(known.inputs, options);
    return {
      shapes: cases.map(({ feeds }) => [...feeds.values()].map(({ shape }) => shape)),
      said: saidLines(saidOf(known, cases, {})),
      guesses: [...known.guesses],
    };
  };

  it('for every window', () => {
    expect(shapesOf(sounded(8))).toEqual({
      shapes: [[[1, 1, 16]], [[1, 1, 64]]],
      said: ["the file leaves open: time as 16 and 64 (--extent 'time=…' for another)"],
      guesses: [['time', 16]],
    });
    expect(shapesOf(sounded(400)).shapes).toEqual([[[1, 1, 512]], [[1, 1, 1024]]]);
    expect(shapesOf(sounded(2)).shapes).toEqual([[[1, 1, 16]], [[1, 1, 64]]]);
    expect(shapesOf(sounded(1)).shapes).toEqual([[[1, 1, 5]], [[1, 1, 64]]]);
    expect(shapesOf(sounded(10_000)).shapes[0]).toEqual([[1, 1, 16_000]]);
  });

  it('and no longer than that, where there are several', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['b', 1, 'time']), floatInfo('words', ['b', 'seq', 2])],
      initializers: [
        floats(
          'w',
          [1, 1, 30],
          Array.from({ length: 30 }, () => 0.1),
        ),
        floats(
          'table',
          [10, 2],
          Array.from({ length: 20 }, () => 1),
        ),
        ints('zero', [0]),
        ints('one', [1]),
      ],
      nodes: [
        node('Conv', ['x', 'w'], ['y']),
        node('Shape', ['words'], ['shape']),
        node('Gather', ['shape', 'one'], ['length']),
        node('Slice', ['table', 'zero', 'length'], ['p']),
        node('Add', ['words', 'p'], ['z']),
      ],
      outputs: [floatInfo('y', ['b', 1, 'out']), floatInfo('z', ['b', 'seq', 2])],
    });
    expect(shapesOf(model)).toMatchObject({
      shapes: [
        [
          [1, 1, 64],
          [1, 5, 2],
        ],
      ],
      guesses: [['time', 64]],
    });
  });

  it('also where it is the side of an image', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['b', 1, 'h', 'w'])],
      nodes: [node('AveragePool', ['x'], ['y'], [{ name: 'kernel_shape', kind: 'ints', value: [100, 7] }])],
      outputs: [floatInfo('y', ['b', 1, 'p', 'q'])],
    });
    expect(shapesOf(model)).toMatchObject({
      shapes: [[[1, 1, 224, 224]]],
      guesses: [
        ['h', 224],
        ['w', 224],
      ],
    });
  });

  it('so that nothing is empty', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['b', 'seq'])],
      initializers: [ints('ten', [10]), ints('end', [2 ** 30]), ints('axis', [1])],
      nodes: [node('Slice', ['x', 'ten', 'end', 'axis'], ['y'])],
      outputs: [floatInfo('y', ['b', 'rest'])],
    });
    expect(shapesOf(model).shapes).toEqual([[[1, 16]], [[1, 64]]]);
  });

  it('in both of two files', () => {
    const [first, other] = [sounded(8), sounded(20)];
    const files = [first, other].map((model) => ({
      model,
      shapesIn: (shapes: ReadonlyMap<string, readonly number[]>) => shapes,
    }));
    expect([...settled(first, fedInputs(first), {}, files).guesses]).toEqual([['time', 64]]);
  });

  it('with what a file writes as computed from it', () => {
    const written = framed('floor((samples)/16)');
    expect(shapesOf(written)).toEqual({
      shapes: [
        [
          [1, 1, 16],
          [1, 1, 10],
        ],
        [
          [1, 1, 64],
          [1, 4, 10],
        ],
      ],
      said: ["the file leaves open: samples as 16 and 64 (--extent 'samples=…' for another)"],
      guesses: [['samples', 16]],
    });
    const [first] = casesOf(written, { samples: 320 });
    expect(first?.feeds.get('m')?.shape).toEqual([1, 20, 10]);
  });

  it('with what the graph makes of it', () => {
    const named = framed('frames');
    expect(shapesOf(named)).toMatchObject({
      shapes: [
        [
          [1, 1, 16],
          [1, 1, 10],
        ],
        [
          [1, 1, 64],
          [1, 4, 10],
        ],
      ],
      said: [
        "the file leaves open: samples as 16 and 64; frames as floor((samples)/16): 1 and 4 (--extent 'samples=…' for another)",
      ],
    });
    const [first] = casesOf(named, { samples: 320 });
    expect(first?.feeds.get('m')?.shape).toEqual([1, 20, 10]);
  });

  it('also where another is written as computed from a third', () => {
    const model = framed('frames', [floatInfo('other', ['b', 'p + 1'])]);
    const [first] = casesOf(model, { p: 8 });
    expect([...(first?.feeds.values() ?? [])].map(({ shape }) => shape)).toEqual([
      [1, 1, 16],
      [1, 1, 10],
      [1, 9],
    ]);
  });

  it('so that nothing that is computed is less than 1, where nothing is known of an op', () => {
    const model = modelOf({
      inputs: [floatInfo('x', ['b', 'time']), floatInfo('y', ['b', 'time - 60'])],
      nodes: [node('Own', ['x', 'y'], ['z'], [], { domain: 'com.microsoft' })],
      outputs: [floatInfo('z', ['b', 'out'])],
    });
    expect(shapesOf(model).shapes[0]).toEqual([
      [1, 64],
      [1, 4],
    ]);
  });

  it('and who says what is too short for what follows is told so', () => {
    expect(refusal(() => casesOf(framed('samples - 16'), { samples: 3 }))).toMatchObject({
      code: 'input/invalid',
      message: 'the input "m" would be float32[1, -13, 10], as extents follow from others that are too short',
    });
  });

  it('and what was said is left as it is', () => {
    const known = settled(sounded(8), fedInputs(sounded(8)), { time: 4 });
    expect([...known.guesses]).toEqual([]);
  });
});

describe('what is advised where nothing fits', () => {
  it('is not what was taken', () => {
    const model = sounded(8);
    const advice = extentsAdvice(model, {}, 'Got: 16 Expected: 32');
    expect(advice).toContain('"time" as 16 was taken');
    expect(advice).toContain("--extent 'time=32'");
    expect(extentsAdvice(model, {}, 'Got: 16')).not.toContain('time=16');
  });

  it('has no names but those of the file', () => {
    expect(extentsAdvice(framed('floor((samples)/16)'), {}, 'it does not fit')).toBe(
      'The file leaves extents open: "samples" as 16 was taken. ' +
        "Another may be what it was made for: --extent 'samples=128'.",
    );
  });
});

it('who is fed 0 and 1 alone is told, with the reason', () => {
  const model = modelOf({
    inputs: [{ name: 'n', type: { kind: 'tensor', dtype: 'int64', shape: [2] } }],
    nodes: [node('Own', ['n'], ['y'], [], { domain: 'com.microsoft', name: 'mine' })],
    outputs: [floatInfo('y', [2])],
  });
  const known = settled(model, fedInputs(model), {});
  expect(saidLines(saidOf(known, [], {}))).toEqual([
    '"n" is fed 0 and 1 alone, for it is not known what com.microsoft.Own "mine" takes of it',
  ]);
});
