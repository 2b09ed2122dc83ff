/** Weights in files beside the model are read; a path that leads elsewhere, and a size that is a lie, are refused. */
import { constants as buffers } from 'node:buffer';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'onnx-proto';
import { afterAll, describe, expect, it } from 'vitest';
import { externalDataOf } from '../../src/evaluate/external-data.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { checkModel } from '../../src/onnx/check-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-external-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const models = join(folder, 'models');
mkdirSync(join(models, 'sub'), { recursive: true });
const numbers = Float32Array.from({ length: 64 }, (_, i) => i);
writeFileSync(join(models, 'weights.bin'), Buffer.from(numbers.buffer));
writeFileSync(join(models, 'sub', 'w.bin'), Buffer.from(numbers.buffer));
writeFileSync(join(folder, 'secret.bin'), Buffer.from(numbers.buffer));
symlinkSync(folder, join(models, 'up'));
symlinkSync('weights.bin', join(models, 'beside.bin'));
symlinkSync(join(folder, 'secret.bin'), join(models, 'link.bin'));

let made = 0;
type Entries = Readonly<Record<string, string>>;

/** A model of weights of `dims`, which are where the entries say. */
function model(places: Entries | readonly Entries[], dims: readonly number[] = [4]): string {
  const { ModelProto, TensorProto } = protobuf.onnx;
  const initializer = [places].flat().map((entries, i) => ({
    name: `w${i}`,
    dims: [...dims],
    dataType: TensorProto.DataType.FLOAT,
    dataLocation: TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  }));
  const type = { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } };
  const graph = {
    name: 'g',
    initializer,
    node: [{ opType: 'Relu', input: ['w0'], output: ['y'] }],
    output: [{ name: 'y', type }],
  };
  const path = join(models, `${made++}.onnx`);
  const opsetImport = [{ domain: '', version: 17 }];
  writeFileSync(path, ModelProto.encode({ irVersion: 8, opsetImport, graph }).finish());
  return path;
}

describe('data in another file', () => {
  it.each([
    [{ location: 'weights.bin', offset: '16', length: '16' }, [4, 5, 6, 7]],
    [{ location: 'weights.bin', offset: '240' }, [60, 61, 62, 63]],
    [{ location: 'weights.bin', offset: '16' }, [4, 5, 6, 7]],
    [{ location: 'weights.bin' }, [0, 1, 2, 3]],
    [{ location: 'weights.bin', length: '16', checksum: 'whatever' }, [0, 1, 2, 3]],
    [{ location: './sub/../weights.bin', length: '16' }, [0, 1, 2, 3]],
    [{ location: 'sub/w.bin', offset: '4', length: '16' }, [1, 2, 3, 4]],
  ])('is read: %j', async (entries, values) => {
    const { model: read } = await readModelFile(model(entries));
    expect(read.graph.initializers[0]?.data).toEqual(Float32Array.from(values));
  });

  it.each([
    [{ location: '../secret.bin', length: '16' }, 'which is outside the folder of the model'],
    [{ location: 'sub/../../secret.bin', length: '16' }, 'which is outside the folder of the model'],
    [{ location: join(folder, 'secret.bin'), length: '16' }, 'which is outside the folder of the model'],
    [{ location: 'C:\\secret.bin', length: '16' }, 'which is outside the folder of the model'],
    [{ location: '..\\secret.bin', length: '16' }, 'which is outside the folder of the model'],
    [{ location: 'link.bin', length: '16' }, 'which is a link'],
    [{ location: 'beside.bin', length: '16' }, 'which is a link'],
    [{ location: 'up/secret.bin', length: '16' }, 'which is a link'],
    [{ location: 'sub', length: '16' }, 'which is no file'],
    [{ location: 'nowhere.bin', length: '16' }, 'which is not there'],
    [{ location: 'weights.bin\0.txt', length: '16' }, 'outside the folder'],
    [{ length: '16' }, 'does not say where'],
    [{ location: 'weights.bin', length: '8' }, 'takes 16 bytes, and is said to have 8'],
    [{ location: 'weights.bin', offset: '244' }, 'takes 16 bytes from 244 on, and "weights.bin" has 256'],
    [{ location: 'weights.bin', offset: '300' }, 'takes 16 bytes from 300 on, and "weights.bin" has 256'],
    [{ location: 'weights.bin', offset: '248', length: '16' }, 'takes 16 bytes from 248 on'],
    [{ location: 'weights.bin', offset: '-4', length: '16' }, 'at the offset "-4"'],
    [{ location: 'weights.bin', offset: '1e99', length: '16' }, 'at the offset "1e99"'],
    [{ location: 'weights.bin', offset: '9223372036854775807', length: '16' }, 'at the offset'],
  ])('is refused: %j', async (entries, says) => {
    const path = model(entries);
    await expect(readModelFile(path)).rejects.toMatchObject({
      code: 'onnx/invalid',
      message: expect.stringContaining(says),
    });
    const { sound, faults } = await checkModel(path);
    expect([sound, faults.length]).toEqual([false, 1]);
    expect(faults[0]).toContain(says);
  });

  it('takes no memory for what a shape declares', async () => {
    const entries = { location: 'weights.bin', length: String(4 * 2 ** 40) };
    await expect(readModelFile(model(entries, [2 ** 40]))).rejects.toThrow(
      'takes 4398046511104 bytes from 0 on',
    );
  });

  it('is not multiplied by tensors that overlap', async () => {
    const overlapping = Array.from({ length: 40 }, (_, i) => ({
      location: 'weights.bin',
      offset: String(i),
      length: '200',
    }));
    const path = model(overlapping, [50]);
    await expect(readModelFile(path)).rejects.toThrow('take more than 4 times the 256 bytes');
    // The same range many times is read once.
    const shared = model(Array.from({ length: 100 }, () => ({ location: 'weights.bin', length: '16' })));
    expect((await readModelFile(shared)).model.graph.initializers).toHaveLength(100);
  });

  it('is refused where no array is so long, with the tensor and how long it may be', () => {
    const read = externalDataOf(join(models, 'any.onnx'), 8);
    const at = { location: 'weights.bin', offset: 0, length: undefined };
    expect(read({ ...at, offset: 248 }, 8, 'initializer "w"')).toHaveLength(8);
    expect(() => read(at, 256, 'initializer "w"')).toThrow(
      expect.objectContaining({
        code: 'onnx/unsupported',
        message: 'initializer "w" takes 256 bytes in "weights.bin", and this Node holds at most 8 bytes',
      }),
    );
  });

  it.skipIf(buffers.MAX_LENGTH > 2 ** 33)('is refused so in files of gigabytes, too', async () => {
    const sparse = join(models, 'sparse.bin');
    writeFileSync(sparse, '');
    try {
      for (const size of [6, 64]) {
        truncateSync(sparse, size * 2 ** 30);
        const path = model({ location: 'sparse.bin' }, [size, 2 ** 28]);
        for (const read of [readModelFile, checkModel]) {
          await expect(read(path)).rejects.toMatchObject({
            code: 'onnx/unsupported',
            message: expect.stringContaining(
              `"w0" takes ${size} GB in "sparse.bin", and this Node holds at most 4 GB`,
            ),
            help: expect.stringContaining('export the model with the tensor in parts'),
          });
        }
      }
    } finally {
      rmSync(sparse);
    }
  });
});

it('a file that is larger than one of ONNX may be is refused', async () => {
  const path = join(models, 'large.onnx');
  writeFileSync(path, '');
  truncateSync(path, 3 * 2 ** 30);
  try {
    await expect(readModelFile(path)).rejects.toMatchObject({
      code: 'onnx/invalid',
      message: `${path} has ${3 * 2 ** 30} bytes, and an ONNX file 2 GB at most`,
    });
  } finally {
    rmSync(path);
  }
});
