import { describe, expect, it } from 'vitest';

import type { OnnxModel, OnnxNode, OnnxNumericType, OnnxValueInfo } from '../../proto/onnx.ts';
import { fedInputs } from '../../src/parity/fed-inputs.ts';
import { batchesFor, seededCases, specialKinds } from '../../src/parity/seeded-inputs.ts';
import { numbersOf, tensorOf } from '../../src/tensors/numbers.ts';

const options = { seeds: [1, 2], batches: [2, 3], extents: { time: 4 } };

function info(name: string, dtype: OnnxNumericType, shape: readonly (number | string)[]): OnnxValueInfo {
  return { name, type: { kind: 'tensor', dtype, shape } };
}

/** As far as inputs are read from it. */
function fileOf(inputs: readonly OnnxValueInfo[], nodes: readonly OnnxNode[] = []): OnnxModel {
  const table = { name: 'table', dims: [11, 6], dtype: 'float32', data: new Float32Array(66) } as const;
  return {
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    graph: { name: 'g', nodes, initializers: [table], inputs, outputs: [], valueInfo: [] },
    functions: [],
    metadata: [],
  };
}

function languageModel(dtype: OnnxNumericType = 'int64') {
  const node = (opType: string, inputs: string[], outputs: string[]): OnnxNode => ({
    name: opType,
    opType,
    domain: '',
    inputs,
    outputs,
    attributes: [],
  });
  return fedInputs(
    fileOf(
      [info('tokens', dtype, ['time', 'batch']), info('hidden', 'float32', ['batch', 6])],
      [node('Cast', ['tokens'], ['ids']), node('Gather', ['table', 'ids'], ['y'])],
    ),
  );
}

const values = specialKinds.filter((kind) => kind !== 'longer');

/** The values that a case feeds. */
function fed(cases: ReturnType<typeof seededCases>, label: string, name: string): number[] {
  const found = cases.find((one) => one.label === label)?.feeds.get(name);
  if (found === undefined) throw new Error(`no ${name} in ${label}`);
  return Array.from(found.data);
}

describe('inputs drawn by seed', () => {
  it('have the shapes that batch and extents give them, in every input', () => {
    const cases = seededCases(languageModel(), options);
    expect(cases.map(({ label, batch }) => [label, batch])).toEqual([
      ['seed 1', 2],
      ...values.map((kind) => [kind, 2]),
      ['seed 1', 3],
      ['seed 2', 2],
      ['seed 2', 3],
    ]);
    for (const { batch, feeds } of cases) {
      expect([...feeds.keys()]).toEqual(['tokens', 'hidden']);
      expect(feeds.get('tokens')).toMatchObject({ dtype: 'int64', shape: [4, batch] });
      expect(feeds.get('hidden')).toMatchObject({ dtype: 'float32', shape: [batch, 6] });
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const inputs = languageModel();
    const [a, b] = [seededCases(inputs, options), seededCases(inputs, options)];
    expect(a).toEqual(b);
    expect(fed(a, 'seed 1', 'hidden')).not.toEqual(fed(a, 'seed 2', 'hidden'));
  });

  it('are ids that the table they are looked up in has, all of them', () => {
    const cases = seededCases(languageModel(), { ...options, batches: [64] });
    const ids = cases.flatMap(({ feeds }) => Array.from(feeds.get('tokens')?.data ?? []));
    expect([...new Set(ids)].toSorted((x, y) => x - y)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });
});

describe('special inputs', () => {
  const cases = seededCases(languageModel(), options);

  it('are zeros, ones, what is very large and what is hardly anything', () => {
    expect(new Set(fed(cases, 'zeros', 'hidden'))).toEqual(new Set([0]));
    expect(new Set(fed(cases, 'ones', 'hidden'))).toEqual(new Set([1]));
    expect(Math.max(...fed(cases, 'extremes', 'hidden').map(Math.abs))).toBeGreaterThan(1e3);
    const denormals = fed(cases, 'denormals', 'hidden').map(Math.abs);
    expect(Math.max(...denormals)).toBeLessThan(2 ** -126);
    expect(Math.max(...denormals)).toBeGreaterThan(0);
  });

  it('are of ids the first, the second, and the last', () => {
    expect(new Set(fed(cases, 'zeros', 'tokens'))).toEqual(new Set([0]));
    expect(new Set(fed(cases, 'ones', 'tokens'))).toEqual(new Set([1]));
    expect(new Set(fed(cases, 'extremes', 'tokens'))).toEqual(new Set([0, 10]));
  });

  it('are no denormals where no input is of floats', () => {
    const inputs = fedInputs(fileOf([info('pixels', 'uint8', ['N', 3, 2, 2])]));
    const labels = seededCases(inputs, { ...options, seeds: [1] }).map(({ label }) => label);
    expect(labels).toEqual(['seed 1', 'zeros', 'ones', 'extremes', 'seed 1']);
  });
});

describe('the inputs of a file', () => {
  it('are of every type of numbers, held as such', () => {
    const types = ['float16', 'float64', 'int8', 'uint8', 'int32', 'bool'] as const;
    const inputs = fedInputs(fileOf(types.map((dtype) => info(dtype, dtype, ['N', 2]))));
    for (const [name, tensor] of seededCases(inputs, options)[0]?.feeds ?? []) {
      expect(tensor).toMatchObject({ dtype: name, shape: [2, 2] });
    }
  });

  it.each(['float16', 'bfloat16'] as const)('are such as a %s holds', (dtype) => {
    const inputs = fedInputs(fileOf([info('x', dtype, ['N', 64])]));
    for (const { label, feeds } of seededCases(inputs, options)) {
      const data = Array.from(feeds.get('x')?.data ?? []);
      expect(data, label).toEqual(Array.from(numbersOf(tensorOf('x', dtype, [data.length], data)) ?? []));
      expect(new Set(data).size, label).toBeGreaterThan(label === 'zeros' || label === 'ones' ? 0 : 16);
    }
  });

  it('are pixels where they are bytes of an image, 0 to 255', () => {
    const inputs = fedInputs(fileOf([info('x', 'uint8', ['N', 3, 20, 20])]));
    const pixels = fed(seededCases(inputs, options), 'seed 1', 'x');
    expect(Math.max(...pixels)).toBeGreaterThan(250);
  });

  it('have names for extents that have none, and a usual size where they are sides of images', () => {
    const inputs = fedInputs(fileOf([info('x', 'float32', ['', 3, 'h', 'w'])]));
    expect(inputs[0]?.shape).toEqual(['x.0', 3, 'h', 'w']);
    const cases = seededCases(inputs, { ...options, extents: { w: 7 } });
    expect(cases[0]?.feeds.get('x')?.shape).toEqual([2, 3, 64, 7]);
  });

  it('are of one batch whatever its axis is called, and of extents that follow from others', () => {
    const inputs = fedInputs(
      fileOf([
        info('tokens', 'int64', ['s10', 's21']),
        info('mask', 'int64', ['s86', 'past + 1']),
        info('cache', 'float32', ['s86', 2, 'past', 8]),
        info('lengths', 'int64', ['s7']),
      ]),
    );
    const shapes = (extents: Record<string, number>) =>
      [...(seededCases(inputs, { ...options, extents })[0]?.feeds.values() ?? [])].map(({ shape }) => shape);
    expect(shapes({})).toEqual([[2, 5], [2, 6], [2, 2, 5, 8], [5]]);
    expect(shapes({ past: 3, s86: 4 })).toEqual([[2, 5], [4, 4], [4, 2, 3, 8], [5]]);
  });

  it('are masks that keep the front of a row, its back, or any of it, and something of it in the first two', () => {
    const inputs = fedInputs(
      fileOf([info('attention_mask', 'int64', ['batch', 7]), info('key_padding_mask', 'bool', ['batch', 7])]),
    );
    const seeds = Array.from({ length: 60 }, (_, i) => i);
    const cases = seededCases(inputs, { seeds, batches: [3], extents: {} });
    for (const name of ['attention_mask', 'key_padding_mask']) {
      const forms = seeds.map((seed) => {
        const values = fed(cases, `seed ${seed}`, name).join('');
        const rows = [0, 1, 2].map((row) => values.slice(7 * row, 7 * row + 7));
        const are = (form: RegExp) => rows.every((row) => form.test(row));
        return are(/^1+0*$/) ? 'front' : are(/^0*1+$/) ? 'back' : 'any';
      });
      const count = (form: string) => forms.filter((one) => one === form).length;
      expect(count('front')).toBeGreaterThan(count('back'));
      expect(count('back')).toBeGreaterThan(0);
      expect(count('any')).toBeGreaterThan(0);
      expect(new Set(fed(cases, 'zeros', name))).toEqual(new Set([0]));
    }
  });

  it('are refused where they are no tensors of numbers', () => {
    const strings: OnnxValueInfo = { name: 's', type: { kind: 'tensor', dtype: 'string', shape: [1] } };
    expect(() => fedInputs(fileOf([strings]))).toThrow('input "s" is a tensor of strings');
  });
});

describe('a declared size', () => {
  it('that is huge is refused before anything is drawn', () => {
    const inputs = fedInputs(fileOf([info('x', 'float32', [1, 3, 20_000, 20_000])]));
    expect(() => seededCases(inputs, options)).toThrow(
      'input "x" is float32[1, 3, 20000, 20000], 1,200,000,000 values in all; 67,108,864 at most are drawn',
    );
  });

  it('that is large has fewer cases', () => {
    const inputs = fedInputs(fileOf([info('x', 'uint8', ['N', 2 ** 23])]));
    const cases = seededCases(inputs, { ...options, batches: [1, 7, 9] });
    const values = cases.map(({ batch }) => batch * 2 ** 23);
    expect(cases.length).toBeGreaterThan(1);
    expect(Math.max(...values)).toBeLessThanOrEqual(2 ** 26);
    expect(values.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 ** 27);
  });
});

describe('the batch', () => {
  const withBatch = (dim: number | string) => fedInputs(fileOf([info('x', 'float32', [dim, 3])]));

  it('is as asked where it is open, whatever it is called, and as fixed where it is not', () => {
    expect(batchesFor(withBatch('N'), [], [1, 3])).toEqual([1, 3]);
    expect(batchesFor(withBatch(5), [], [1, 3])).toEqual([5]);
    expect(batchesFor(withBatch(5), [info('y', 'float32', [5, 2])], [1, 3])).toEqual([5]);
  });

  it('is what was said of it, by any of its names, and none twice', () => {
    const inputs = fedInputs(fileOf([info('x', 'float32', ['N', 3]), info('z', 'float32', ['M', 'k'])]));
    expect(batchesFor(inputs, [], [1, 3], { N: 2 })).toEqual([2]);
    expect(batchesFor(inputs, [], [1, 3], { M: 2 })).toEqual([2]);
    expect(batchesFor(inputs, [], [1, 3, 1], { k: 2 })).toEqual([1, 3]);
    const batches = batchesFor(inputs, [], [1, 3], { M: 2 });
    const cases = seededCases(inputs, { seeds: [1, 2], batches, extents: { M: 2 }, special: false });
    expect(cases.map(({ batch, feeds }) => [batch, feeds.get('x')?.shape, feeds.get('z')?.shape])).toEqual([
      [2, [2, 3], [2, 5]],
      [2, [2, 3], [2, 5]],
    ]);
  });

  it('is one where an output has another first extent: that of the input may be steps of a sequence', () => {
    const outputs = [info('last', 'float32', [2]), info('every', 'float32', [5, 2])];
    expect(batchesFor(withBatch(5), outputs, [1, 3])).toEqual([1]);
  });
});

it('a case that is longer counts as many inputs as it has values of one', () => {
  const inputs = fedInputs(
    fileOf([info('x', 'float32', ['batch', 'seq', 3]), info('mask', 'bool', ['batch', 'seq'])]),
  );
  const cases = seededCases(inputs, { seeds: [1], batches: [1, 3], extents: {}, longer: 50 });
  expect(cases.map(({ label, weight }) => [label, weight]).at(-1)).toEqual(['longer', 10]);
  expect(cases.filter(({ weight }) => weight !== undefined)).toHaveLength(1);
  expect(cases.at(-1)?.feeds.get('mask')?.shape).toEqual([1, 50]);
});
