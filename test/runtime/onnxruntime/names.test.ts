/** Names with bytes that are not UTF-8 are the file's own, whatever onnxruntime makes of them. */
import { describe, expect, it } from 'vitest';

import { encodeModel, type OnnxTensor } from '../../../proto/onnx.ts';
import { openModel } from '../../../src/onnx/open.ts';
import { runModel } from '../../../src/onnx/run-model.ts';
import { compareSubject } from '../../../src/parity/parity.ts';
import { openWay } from '../../../src/parity/ways.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createOnnxSessionFromFile } from '../../../src/runtime/onnxruntime/file.ts';
import { sessionNames } from '../../../src/runtime/onnxruntime/names.ts';
import { readModelFile } from '../../../src/evaluate/model-file.ts';
import { floatInfo, modelOf, node } from '../../exporters/onnx/models.ts';
import { ready, written } from '../../parity/models.ts';

/** Where `QQ` was there are bytes that begin no character: a name of as many bytes. */
function withBytes(model: Uint8Array): Uint8Array {
  const changed = Buffer.from(model);
  for (let at = changed.indexOf('QQ'); at >= 0; at = changed.indexOf('QQ', at)) changed.set([0xff, 0xfe], at);
  return changed;
}

/** y = a − b, of which one is called as no text is. */
const bytes = withBytes(
  encodeModel(
    modelOf({
      inputs: [floatInfo('aQQ', [2]), floatInfo('b', [2])],
      outputs: [floatInfo('yQQ', [2])],
      nodes: [node('Sub', ['aQQ', 'b'], ['yQQ'])],
    }),
  ),
);
const [a, y] = ['a\udcff\udcfe', 'y\udcff\udcfe'];
const values = { dtype: 'float32', shape: [2], data: Float32Array.of(5, 7) } as const;
const others = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;

describe('names that are not UTF-8', () => {
  it('are the same in onnxruntime as in the file', async () => {
    const session = await createOnnxSessionFromFile(bytes, 'cpu');
    expect(session.inputs.map(({ name }) => name)).toEqual([a, 'b']);
    expect(session.outputs.map(({ name }) => name)).toEqual([y]);
    const given = new Map([
      [a, values],
      ['b', others],
    ]);
    expect(Array.from((await session.runAny(given)).get(y)?.data ?? [])).toEqual([4, 5]);
    expect(Array.from((await session.run(given)).get(y)?.data ?? [])).toEqual([4, 5]);
    session.dispose();
  });

  it('are the same where they are given as files have them, and in any runtime the same numbers are drawn', async () => {
    const path = await written(bytes);
    const opened = await openModel(path, 'onnxruntime-cpu');
    expect(opened.inputs.map(({ name }) => name)).toEqual([a, 'b']);
    const tensor = (name: string, data: Float32Array): OnnxTensor => ({
      name,
      dims: [2],
      dtype: 'float32',
      data,
    });
    const results = await opened.run(
      new Map([
        [a, tensor(a, values.data)],
        ['b', tensor('b', others.data)],
      ]),
    );
    expect(results.get(y)).toMatchObject({ name: y, data: Float32Array.of(4, 5) });
    await opened.close();
    const drawn = await Promise.all(
      (['onnxruntime-cpu', 'reference'] as const).map(async (runtime) => {
        const { outputs } = await runModel({ model: path, runtime }, silentReporter);
        return outputs.map(({ name, first }) => [name, first]);
      }),
    );
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it('are compared', async () => {
    const path = await written(bytes);
    const report = await compareSubject(
      {
        file: await readModelFile(path),
        probed: (['onnxruntime-cpu', 'reference'] as const).map(ready),
        open: async (_, way, model) => openWay(way, model),
      },
      { model: path, data: null, seeds: [1], batches: [1], climb: 0 },
      silentReporter,
      new AbortController().signal,
    );
    expect(report.pairs.flatMap(({ failures }) => failures)).toEqual([]);
    expect(report.outcome).toBe('passed');
  });

  it('are read only where a session has other than plain letters', async () => {
    const plain = await sessionNames({ inputNames: ['x'], outputNames: ['y'] }, new Uint8Array());
    expect([plain.theirs('x'), plain.ours('y')]).toEqual(['x', 'y']);
    const text = encodeModel(
      modelOf({
        inputs: [floatInfo('größe', [2])],
        outputs: [floatInfo('y', [2])],
        nodes: [node('Relu', ['größe'], ['y'])],
      }),
    );
    const same = await sessionNames({ inputNames: ['größe'], outputNames: ['y'] }, text);
    expect([same.theirs('größe'), same.ours('größe')]).toEqual(['größe', 'größe']);
  });
});
