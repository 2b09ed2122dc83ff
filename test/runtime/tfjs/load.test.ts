import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import { tfjsNodeVersion } from '../../../src/runtime/native-preload.ts';
import { loadFrom, loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-load-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Undefined where the addon has not been set up; those tests are then skipped, by name. */
const tensorflow = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

describe('loadTensorFlow', () => {
  it.skipIf(tensorflow === undefined)('multiplies matrices with the addon alone', () => {
    const { binding } = tensorflow!;
    const before = binding.getNumOfTensors();
    const a = binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
    const b = binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array([5, 6, 7, 8]));
    const [product] = binding.executeOp(
      'MatMul',
      [
        { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
        { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: true },
        { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      ],
      [a, b],
      1,
    );
    expect(product?.shape).toEqual([2, 2]);
    expect(product?.dtype).toBe(binding.TF_FLOAT);
    expect([...binding.tensorDataSync(product!.id)]).toEqual([17, 23, 39, 53]);
    for (const id of [a, b, product!.id]) binding.deleteTensor(id);
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it.skipIf(tensorflow === undefined)('says what was loaded, and loads it once', async () => {
    expect(tensorflow!.version).toBe(tfjsNodeVersion);
    expect(tensorflow!.libraryVersion).toMatch(/^\d+\.\d+\.\d+$/);
    expect(['cpu', 'gpu']).toContain(tensorflow!.device);
    expect(await loadTensorFlow()).toBe(tensorflow);
  });

  it('gives the reason and the next command when a file is not an addon', () => {
    const file = join(scratch, 'tfjs_binding.node');
    writeFileSync(file, 'not a library');
    try {
      loadFrom(file);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NascentError);
      const { code, message, help } = error as NascentError;
      expect(code).toBe('runtime/unavailable');
      expect(message).toMatch(/^tfjs-node-gpu cannot be used: .*tfjs_binding\.node/);
      expect(help).toContain('`nascent setup`');
    }
  });
});
