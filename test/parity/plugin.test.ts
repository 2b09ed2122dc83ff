/** What a module of the user's gives is what it says, or is refused with the module and the output. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPlugin, pluginExample } from '../../src/parity/plugin.ts';
import { temporaryFolder } from '../data/temporary.ts';

let count = 0;

async function given(y: string) {
  const module = join(await temporaryFolder(), `plugin-${count++}.mjs`);
  writeFileSync(module, `export const open = () => () => ({ y: ${y} });`);
  return (await openPlugin(module, 'model.onnx')).run(new Map());
}

describe('a module of the user’s', () => {
  it.each<[string, string]>([
    ["{ dtype: 'float32', shape: [1, 4], data: [1, 2, 3, 4, 5] }", 'with 5 values for [1, 4], which holds 4'],
    [
      "{ dtype: 'float32', shape: [1, 4], data: new Float32Array(3) }",
      'with 3 values for [1, 4], which holds 4',
    ],
    ["{ dtype: 'float32', shape: [2], data: [1, '2'] }", 'with "2" among its values, which is no number'],
    [
      "{ dtype: 'float32', shape: [2], data: [1, undefined] }",
      'with nothing among its values, which is no number',
    ],
    ["{ dtype: 'float32', shape: [-1], data: [1] }", 'of the shape [-1]'],
    ['{ data: [1] }', 'that is no { dtype, shape, data }'],
  ])('is refused where it gives %s', async (y, message) => {
    await expect(given(y)).rejects.toThrow(new RegExp(`plugin-\\d+\\.mjs gives an output "y" `));
    await expect(given(y)).rejects.toThrow(message);
  });

  it('may give plain numbers, whole ones of 64 bits, and truths', async () => {
    for (const [y, data] of [
      ["{ dtype: 'float32', shape: [2, 1], data: [0.5, 2] }", [0.5, 2]],
      ["{ dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, -1n) }", [3, -1]],
      ["{ dtype: 'bool', shape: [2], data: [true, false] }", [1, 0]],
      ["{ dtype: 'float32', shape: [], data: Float32Array.of(7) }", [7]],
    ] as const) {
      expect([...((await given(y)).get('y')?.data ?? [])]).toEqual(data);
    }
  });

  it('may be as short as the example', async () => {
    const module = join(await temporaryFolder(), 'example.mjs');
    writeFileSync(module, pluginExample);
    const outputs = await (await openPlugin(module, 'model.onnx')).run(new Map());
    expect(outputs.get('y')).toMatchObject({
      dtype: 'float32',
      shape: [1, 3],
      data: Float64Array.of(0.1, 0.2, 0.7),
    });
  });
});
