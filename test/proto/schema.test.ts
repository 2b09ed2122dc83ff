/** The generated code that is committed is what its sources give. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generateReader, generateWriter } from '../../proto/generate.ts';

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../proto/generated/${path}`, import.meta.url), 'utf8');

it('proto/generated is what proto/generate.ts makes of proto/onnx.proto3', async () => {
  const { code, types } = await generateReader();
  // Booleans: a difference would print a hundred kilobytes.
  expect(code === (await read('onnx.ts'))).toBe(true);
  expect(types === (await read('messages.d.ts'))).toBe(true);
});

it('proto/generated/writer.ts is what proto/generate.ts makes of onnx-proto', async () => {
  const code = await generateWriter();
  expect(code === (await read('writer.ts'))).toBe(true);
  // It writes, and does nothing else.
  expect(code).not.toMatch(/\.(decode|verify|fromObject|toObject|create) = /);
});
