/** Bits, against what JavaScript makes of them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../../exporters/onnx/import.ts';
import { dataTypes, type OnnxAttribute, type OnnxTensor } from '../../../../proto/onnx.ts';
import type { Tensor } from '../../../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../../../src/runtime/reference/runtime.ts';
import { tries } from '../../../support/properties.ts';
import { modelOf, node } from '../models.ts';
import { f, modelOfNode, outputOf } from './lowered.ts';

const operators: Readonly<Record<string, (a: bigint, c: bigint) => bigint>> = {
  BitwiseAnd: (a, c) => a & c,
  BitwiseOr: (a, c) => a | c,
  BitwiseXor: (a, c) => a ^ c,
};

const typed = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};
type Type = keyof typeof typed;
const types = Object.keys(typed) as readonly Type[];

const bitsOf = (dtype: Type) => Number(/\d+/.exec(dtype)?.[0]);
const isSigned = (dtype: Type) => dtype.startsWith('i');

/** What a type holds of a number. */
function held(dtype: Type, value: bigint): bigint {
  return isSigned(dtype) ? BigInt.asIntN(bitsOf(dtype), value) : BigInt.asUintN(bitsOf(dtype), value);
}

/** Numbers of a type that are kept in 32 bits, those at its ends and small ones among them. */
function numbersOf(dtype: Type): fc.Arbitrary<number> {
  const bits = Math.min(bitsOf(dtype), 32);
  const most = isSigned(dtype) || bits === 32 ? Math.min(2 ** 31, 2 ** (bits - 1)) : 2 ** bits;
  const least = isSigned(dtype) ? -most : 0;
  return fc.oneof(
    fc.integer({ min: least, max: most - 1 }),
    fc.constantFrom(least, most - 1, 0, Math.max(least, -1)),
    fc.integer({ min: Math.max(least, -9), max: 9 }),
  );
}

function tensor(dtype: Type, values: readonly number[]): OnnxTensor {
  const whole = values.map(BigInt);
  const data =
    dtype === 'int64'
      ? BigInt64Array.from(whole)
      : dtype === 'uint64'
        ? BigUint64Array.from(whole)
        : typed[dtype].from(values);
  return { name: '', dtype, dims: [values.length], data } as OnnxTensor;
}

const rows = (count: number) =>
  fc.constantFrom(...types).chain((dtype) =>
    fc.record({
      dtype: fc.constant(dtype),
      pairs: fc.array(fc.tuple(numbersOf(dtype), numbersOf(dtype)), { minLength: 1, maxLength: count }),
    }),
  );

/** What a number is that is cast, shifted, and cast again. */
async function shiftedAs(
  through: 'uint32' | 'uint64',
  to: 'int16' | 'int32' | 'int64' | 'float32',
  x: OnnxTensor,
  direction: string,
  by: number,
) {
  const cast = (code: number): OnnxAttribute => ({ name: 'to', kind: 'int', value: code });
  const model = modelOf({
    inputs: [{ name: 'x', type: { kind: 'tensor', dtype: x.dtype, shape: x.dims } }],
    initializers: [{ ...tensor(through, [by]), name: 'by' }],
    nodes: [
      node('Cast', ['x'], ['u'], [cast(dataTypes[through].code)]),
      node('BitShift', ['u', 'by'], ['s'], [{ name: 'direction', kind: 'string', value: direction }]),
      node('Cast', ['s'], ['y'], [cast(dataTypes[to].code)]),
    ],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });
  const { graph, weights } = importOnnx(model);
  const data = Int32Array.from(x.data as Int32Array);
  const program = await createReferenceRuntime().compile(graph);
  const feeds = new Map<string, Tensor>([...weights, ['x', { dtype: 'int64', shape: x.dims, data }]]);
  return (await program.run(feeds)).get('y')?.data ?? [];
}

describe('bits', () => {
  it('and, or, exclusive or, not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(operators)), rows(8), async (op, { dtype, pairs }) => {
        const sides = ([0, 1] as const).map((k) =>
          tensor(
            dtype,
            pairs.map((pair) => pair[k]),
          ),
        );
        const wanted = pairs.map(([a, c]) => held(dtype, operators[op]?.(BigInt(a), BigInt(c)) ?? 0n));
        const y = await outputOf({ op, opset: 18, inputs: sides });
        expect(y).toMatchObject({ dtype, data: wanted.map(Number) });
        if (dtype === 'uint32' || dtype === 'uint64') return;
        const not = await outputOf({ op: 'BitwiseNot', opset: 18, inputs: [sides[0]] });
        expect(not.data).toEqual(pairs.map(([a]) => Number(held(dtype, ~BigInt(a)))));
      }),
      { numRuns: tries(60) },
    );
  });

  it('shifted, by more than there are, or by less than none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('LEFT', 'RIGHT'),
        rows(1),
        fc.integer({ min: -2, max: 70 }),
        async (direction, { dtype, pairs: [[x] = [0]] }, by) => {
          const least = isSigned(dtype) ? by : Math.abs(by);
          const bits = bitsOf(dtype);
          const isOut = least < 0 || least >= bits;
          const moved =
            direction === 'LEFT'
              ? BigInt(x) << BigInt(Math.abs(least))
              : BigInt(x) >> BigInt(Math.abs(least));
          const wanted = isOut ? (direction === 'RIGHT' && x < 0 ? -1n : 0n) : held(dtype, moved);
          const y = outputOf({
            op: 'BitShift',
            opset: 28,
            inputs: [tensor(dtype, [x]), tensor(dtype, [least])],
            attributes: { direction },
          });
          const isKept = BigInt.asIntN(32, wanted) === wanted;
          if (isKept) expect(await y).toMatchObject({ dtype, data: [Number(wanted)] });
          else await expect(y).rejects.toThrow('a graph keeps them in 32 bits');
        },
      ),
      { numRuns: tries(300) },
    );
  });

  it('shifted without a sign, as PyTorch shifts what has one', async () => {
    const ends = fc.constantFrom(-(2 ** 31), -1, 2 ** 31 - 1, 0);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('LEFT', 'RIGHT'),
        fc.array(fc.oneof(fc.integer(), ends, fc.integer({ min: -9, max: 9 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.integer({ min: 0, max: 33 }),
        async (direction, values, by) => {
          const y = await shiftedAs('uint32', 'int32', tensor('int32', values), direction, by);
          const wanted = values.map((x) => {
            const row = BigInt.asUintN(32, BigInt(x));
            return Number(BigInt.asIntN(32, direction === 'LEFT' ? row << BigInt(by) : row >> BigInt(by)));
          });
          expect([...y]).toEqual(wanted);
        },
      ),
      { numRuns: tries(60) },
    );
  });

  it('a number below 0 is none without a sign: refused, unless its bits alone are asked for', async () => {
    const negative = tensor('int32', [-8]);
    expect([...(await shiftedAs('uint32', 'int16', negative, 'LEFT', 1))]).toEqual([-16]);
    expect([...(await shiftedAs('uint64', 'int64', negative, 'LEFT', 1))]).toEqual([-16]);
    const beyond = 'whole numbers go as far as 4294967280 on these inputs, and a graph keeps them in 32 bits';
    await expect(shiftedAs('uint32', 'int64', negative, 'LEFT', 1)).rejects.toThrow(beyond);
    await expect(shiftedAs('uint32', 'float32', negative, 'LEFT', 1)).rejects.toThrow(beyond);
    await expect(shiftedAs('uint64', 'int32', negative, 'RIGHT', 1)).rejects.toThrow('in 32 bits');
    for (const dtype of ['uint32', 'uint64'] as const) {
      const left = { op: 'Sub', inputs: [tensor(dtype, [3]), tensor(dtype, [5])] };
      await expect(outputOf(left)).rejects.toThrow('in 32 bits');
      for (const x of [negative, f([1], [-8])]) {
        const cast = { op: 'Cast', inputs: [x], attributes: { to: dataTypes[dtype].code } };
        await expect(outputOf(cast)).rejects.toThrow('in 32 bits');
        const positive = x === negative ? tensor('int32', [8]) : f([1], [8]);
        expect((await outputOf({ ...cast, inputs: [positive] })).data).toEqual([8]);
      }
    }
  });

  it('dropped by a cast, of numbers that float32 does not hold as well', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('int8', 'uint8', 'int16', 'uint16'),
        fc.array(fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1)), {
          minLength: 1,
          maxLength: 8,
        }),
        async (to, values) => {
          const model = modelOfNode({
            op: 'Cast',
            inputs: [tensor('int32', values)],
            attributes: { to: dataTypes[to].code },
          });
          const feeds = new Map([
            ['x0', { dtype: 'int64', shape: [values.length], data: Int32Array.from(values) }],
          ] as const);
          const wanted = values.map((x) => Number(held(to, BigInt(x))));
          for (const rounding of [undefined, 'each op'] as const) {
            const program = await createReferenceRuntime(rounding).compile(importOnnx(model).graph);
            expect([...((await program.run(feeds)).get('y0')?.data ?? [])]).toEqual(wanted);
          }
        },
      ),
      { numRuns: tries(60) },
    );
  });

  it('refuses what is always too wide', async () => {
    const not = (dtype: Type) => outputOf({ op: 'BitwiseNot', opset: 18, inputs: [tensor(dtype, [1])] });
    await expect(not('uint64')).rejects.toThrow(
      'gives numbers of 64 bits without a sign; those up to 31 bits are kept',
    );
    await expect(not('uint32')).rejects.toThrow('gives numbers of 32 bits without a sign');
  });
});
