/** Texts of several lengths in one batch, and gates that are clipped, as onnxruntime has them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeModel, type OnnxTensor } from '../../../../proto/onnx.ts';
import { openStored } from '../../../../src/runtime/onnxruntime/stored.ts';
import { numbersOf } from '../../../../src/tensors/numbers.ts';
import { f, modelOfNode, outputsOf, type OneNode } from './lowered.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-lengths-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [length, batch, width, hidden] = [4, 3, 3, 2];
const gates = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const directions = ['forward', 'reverse', 'bidirectional'] as const;

function wild(dims: readonly number[], seed: number): OnnxTensor {
  const count = dims.reduce((a, c) => a * c, 1);
  return f(
    dims,
    Array.from({ length: count }, (_, k) => 2 * Math.sin(12.9898 * (k + 1) * seed + seed)),
  );
}

function layer(
  op: keyof typeof gates,
  direction: (typeof directions)[number],
  lengths: readonly number[] | undefined,
  rest: Partial<OneNode> = {},
): OneNode {
  const count = direction === 'bidirectional' ? 2 : 1;
  const rows = gates[op] * hidden;
  return {
    op,
    opset: 14,
    inputs: [
      wild([length, batch, width], 1),
      wild([count, rows, width], 2),
      wild([count, rows, hidden], 3),
      wild([count, 2 * rows], 4),
      lengths && { name: '', dtype: 'int32', dims: [batch], data: Int32Array.from(lengths) },
      wild([count, batch, hidden], 5),
      ...(op === 'LSTM' ? [wild([count, batch, hidden], 6)] : []),
    ],
    outputs: op === 'LSTM' ? 3 : 2,
    ...rest,
    attributes: { hidden_size: hidden, direction, ...rest.attributes },
  };
}

async function sameInOnnxruntime(one: OneNode): Promise<void> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, encodeModel(modelOfNode(one)));
  const session = await openStored(path, 'cpu', { optimization: 'disabled' });
  const feeds = one.inputs.flatMap((input, k) => (input === undefined ? [] : [[`x${k}`, input] as const]));
  const theirs = await session.run(new Map(feeds));
  await session.release();
  for (const [k, { shape, data }] of (await outputsOf(one)).entries()) {
    const expected = theirs.get(`y${k}`);
    if (expected === undefined || expected.dtype === 'string') throw new Error(`no output ${k}`);
    expect(shape).toEqual(expected.dims);
    const numbers = Array.from(numbersOf(expected) ?? []);
    data.forEach((value, at) => expect(value).toBeCloseTo(numbers[at] ?? NaN, 5));
  }
}

const cases = (Object.keys(gates) as (keyof typeof gates)[]).flatMap((op) =>
  directions.map((direction) => [op, direction] as const),
);

it.each(cases)('%s, %s, ends where each text does', async (op, direction) => {
  await sameInOnnxruntime(layer(op, direction, [4, 1, 2]));
  // What has no words has no state either.
  await sameInOnnxruntime(layer(op, direction, [0, 3, 0]));
  const open = { 0: ['time', 'batch', width], 4: ['batch'] };
  await sameInOnnxruntime(layer(op, direction, [2, 4, 1], { open }));
});

it.each(cases)('%s, %s, clips what goes into its gates', async (op, direction) => {
  const clipped = { attributes: { clip: 0.75 } };
  await sameInOnnxruntime(layer(op, direction, undefined, clipped));
  await sameInOnnxruntime(layer(op, direction, [4, 1, 2], clipped));
});
