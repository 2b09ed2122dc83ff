/** Floats of 8 bits and fewer: each number is the nearest that there is, as onnxruntime has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import { dataTypes, encodeModel, type OnnxModel } from '../../../../proto/onnx.ts';
import { fromSmallFloat, toSmallFloat, type SmallFloat } from '../../../../proto/small-float.ts';
import { floats as tensor } from '../../../../src/graph/tensor.ts';
import { openStored } from '../../../../src/runtime/onnxruntime/stored.ts';
import { createReferenceRuntime } from '../../../../src/runtime/reference/runtime.ts';
import { numbersOf, tensorOf } from '../../../../src/tensors/numbers.ts';
import { tries } from '../../../support/properties.ts';
import { floatInfo, modelOf, node } from '../models.ts';
import { f, outputOf } from './lowered.ts';

const eights = ['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'] as const;
const types: readonly SmallFloat[] = [...eights, 'float4e2m1'];
const folder = mkdtempSync(join(tmpdir(), 'nascent-small-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codesOf = (dtype: SmallFloat) => Array.from({ length: 2 ** dataTypes[dtype].bits }, (_, code) => code);

/** All numbers of a type, the ones between each two of them, and what is beyond. */
function telling(dtype: SmallFloat): readonly number[] {
  const own = codesOf(dtype)
    .map((code) => fromSmallFloat(dtype, code))
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b);
  const between = own.slice(1).map((value, i) => (value + (own[i] ?? 0)) / 2);
  const near = between.flatMap((value) => [value, value * (1 + 2 ** -20), value * (1 - 2 ** -20)]);
  const most = own.at(-1) ?? 0;
  return [...own, ...near, 1.05 * most, -1.2 * most, 1e5, -1e30, Infinity, -Infinity, NaN, 2 ** -30];
}

/** x as another type has it, as float32 again. */
function thereAndBack(dtype: SmallFloat, count: number, saturate: number): OnnxModel {
  return modelOf(
    {
      inputs: [floatInfo('x', [count])],
      nodes: [
        node(
          'Cast',
          ['x'],
          ['q'],
          [
            { kind: 'int', name: 'to', value: dataTypes[dtype].code },
            { kind: 'int', name: 'saturate', value: saturate },
          ],
        ),
        node('Cast', ['q'], ['y'], [{ kind: 'int', name: 'to', value: 1 }]),
      ],
      outputs: [floatInfo('y', [count])],
    },
    { opsets: [{ domain: '', version: 19 }] },
  );
}

async function held(of: OnnxModel, values: readonly number[]) {
  const { graph, weights } = importOnnx(of);
  const program = await createReferenceRuntime().compile(graph);
  const results = await program.run(new Map([...weights, ['x', tensor([values.length], values)]]));
  return Array.from(results.get('y')?.data ?? [], (value) => value + 0);
}

async function inOnnxruntime(of: OnnxModel, values: readonly number[]) {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, encodeModel(of));
  const session = await openStored(path, 'cpu', { optimization: 'disabled' });
  const results = await session.run(new Map([['x', f([values.length], values)]]));
  await session.release();
  const y = results.get('y');
  return y === undefined || y.dtype === 'string' ? [] : Array.from(numbersOf(y) ?? [], (value) => value + 0);
}

describe('floats of few bits', () => {
  it('are the numbers that their bits stand for, and the bits of these', () => {
    // ONNX's own examples: the largest, the smallest, and what is no number.
    expect([0x7e, 0x01, 0x7f].map((code) => fromSmallFloat('float8e4m3fn', code))).toEqual([
      448,
      2 ** -9,
      NaN,
    ]);
    expect([0x7f, 0x01, 0x80].map((code) => fromSmallFloat('float8e4m3fnuz', code))).toEqual([
      240,
      2 ** -10,
      NaN,
    ]);
    expect([0x7b, 0x01, 0xfc, 0x7e].map((code) => fromSmallFloat('float8e5m2', code))).toEqual([
      57344,
      2 ** -16,
      -Infinity,
      NaN,
    ]);
    expect([0x7f, 0x01, 0x80].map((code) => fromSmallFloat('float8e5m2fnuz', code))).toEqual([
      57344,
      2 ** -17,
      NaN,
    ]);
    expect([1, 2, 3, 7, 15].map((code) => fromSmallFloat('float4e2m1', code))).toEqual([0.5, 1, 1.5, 6, -6]);
    for (const dtype of types) {
      for (const code of codesOf(dtype)) {
        const value = fromSmallFloat(dtype, code);
        if (!Number.isNaN(value)) expect(toSmallFloat(dtype, value)).toBe(code);
      }
    }
  });

  it('are read from a tensor as they are written to it', () => {
    for (const dtype of types) {
      const values = codesOf(dtype).map((code) => fromSmallFloat(dtype, code));
      const held = tensorOf('x', dtype, [values.length], values);
      expect(Array.from(numbersOf(held) ?? [])).toEqual(values);
    }
  });

  it.each(types)('%s has the nearest to what is cast', async (dtype) => {
    const own = codesOf(dtype).map((code) => fromSmallFloat(dtype, code));
    const finite = own.filter(Number.isFinite);
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -1e5, max: 1e5, noNaN: true }), async (value) => {
        const x = Math.fround(value);
        const y = await outputOf({
          op: 'Cast',
          opset: 23,
          inputs: [f([1], [x])],
          attributes: { to: dataTypes[dtype].code },
        });
        expect(y.dtype).toBe(dtype);
        const [given = NaN] = y.data;
        expect(finite).toContain(given + 0);
        const distance = Math.min(...finite.map((one) => Math.abs(one - x)));
        expect(Math.abs(given - x)).toBe(distance);
      }),
      { numRuns: tries(40) },
    );
  });

  it.each(eights)('%s is what onnxruntime makes of a number, saturated or not', async (dtype) => {
    const values = telling(dtype);
    for (const saturate of [0, 1]) {
      const model = thereAndBack(dtype, values.length, saturate);
      expect(await held(model, values)).toEqual(await inOnnxruntime(model, values));
    }
  });
});
