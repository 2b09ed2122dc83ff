/** The generated decoder that is committed is the one the schema gives. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generate } from '../../proto/generate.ts';

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../proto/generated/${path}`, import.meta.url), 'utf8');

it('proto/generated is what proto/generate.ts makes of proto/onnx.proto3', async () => {
  const { code, types } = await generate();
  // Booleans: a difference would print a hundred kilobytes.
  expect(code === (await read('onnx.ts'))).toBe(true);
  expect(types === (await read('messages.d.ts'))).toBe(true);
});
