/** Names with bytes that are not UTF-8 are the file's own, whatever onnxruntime makes of them. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { encodeModel, encodeModelBeside, type OnnxTensor } from '../../../proto/onnx.ts';
import { openModel } from '../../../src/onnx/open.ts';
import { runModel } from '../../../src/onnx/run-model.ts';
import { compareSubject } from '../../../src/parity/parity.ts';
import { openWay } from '../../../src/parity/ways.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createOnnxSessionFromFile } from '../../../src/runtime/onnxruntime/file.ts';
import { sessionNames } from '../../../src/runtime/onnxruntime/names.ts';
import { readModelFile } from '../../../src/evaluate/model-file.ts';
import { floatInfo, floats, modelOf, node } from '../../exporters/onnx/models.ts';
import { ready, written } from '../../parity/models.ts';

/** Where `QQ` was, or `RR`, there are bytes that begin no character: a name of as many bytes. */
function withBytes(model: Uint8Array): Uint8Array {
  const changed = Buffer.from(model);
  const put = (text: string, these: readonly number[]) => {
    for (let at = changed.indexOf(text); at >= 0; at = changed.indexOf(text, at)) changed.set(these, at);
  };
  put('QQ', [0xff, 0xfe]);
  put('RR', [0xfe, 0xff]);
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
    expect([plain.theirs('x'), plain.output('y')]).toEqual(['x', 'y']);
    const text = encodeModel(
      modelOf({
        inputs: [floatInfo('größe', [2])],
        outputs: [floatInfo('y', [2])],
        nodes: [node('Relu', ['größe'], ['y'])],
      }),
    );
    const same = await sessionNames({ inputNames: ['größe'], outputNames: ['y'] }, text);
    expect([same.theirs('größe'), same.input('größe')]).toEqual(['größe', 'größe']);
  });

  it('are refused where onnxruntime has one name for two, and the others compared', async () => {
    const two = [
      ['inputs', ['aQQ', 'aRR'], ['y', 'z'], ['a\udcff\udcfe', 'a\udcfe\udcff']],
      ['outputs', ['a', 'b'], ['yQQ', 'yRR'], ['y\udcff\udcfe', 'y\udcfe\udcff']],
      // One that is the text that onnxruntime makes of the other.
      ['inputs', ['aQQ', 'a\ufffd\ufffd'], ['y', 'z'], ['a\ufffd\ufffd', 'a\udcff\udcfe']],
    ] as const;
    for (const [what, inputs, outputs, names] of two) {
      const model = withBytes(
        encodeModel(
          modelOf({
            inputs: inputs.map((name) => floatInfo(name, [2])),
            outputs: outputs.map((name) => floatInfo(name, [2])),
            nodes: [node('Sub', inputs, [outputs[0]]), node('Add', inputs, [outputs[1]])],
          }),
        ),
      );
      const reason = `onnxruntime has one name for the ${what} ${names.map((name) => JSON.stringify(name)).join(' and ')}`;
      await expect(createOnnxSessionFromFile(model, 'cpu')).rejects.toThrow(reason);
      const path = await written(model);
      await expect(openModel(path, 'onnxruntime-cpu')).rejects.toThrow(reason);
      expect((await runModel({ model: path, runtime: 'reference' }, silentReporter)).outputs).toHaveLength(2);
    }
  });

  it('may be the same of an input and an output', async () => {
    const model = withBytes(
      encodeModel(
        modelOf({
          inputs: [floatInfo('aQQ', [2])],
          outputs: [floatInfo('aRR', [2])],
          nodes: [node('Neg', ['aQQ'], ['aRR'])],
        }),
      ),
    );
    const session = await createOnnxSessionFromFile(model, 'cpu');
    expect(session.inputs.map(({ name }) => name)).toEqual([a]);
    expect(session.outputs.map(({ name }) => name)).toEqual(['a\udcfe\udcff']);
    const outputs = await session.runAny(new Map([[a, values]]));
    expect(Array.from(outputs.get('a\udcfe\udcff')?.data ?? [])).toEqual([-5, -7]);
    session.dispose();
  });

  it('are known of a file with weights in another', async () => {
    const path = await written(bytes);
    const count = 300;
    const { model, weights } = encodeModelBeside(
      modelOf({
        inputs: [floatInfo('größe', [count])],
        outputs: [floatInfo('yQQ', [count])],
        initializers: [
          floats(
            'w',
            [count],
            Array.from({ length: count }, (_, i) => i),
          ),
        ],
        nodes: [node('Add', ['größe', 'w'], ['yQQ'])],
      }),
      'weights.data',
    );
    await writeFile(path, withBytes(model));
    await writeFile(join(dirname(path), 'weights.data'), weights);
    const session = await createOnnxSessionFromFile(path, 'cpu');
    const data = new Float32Array(count).fill(1);
    const outputs = await session.runAny(new Map([['größe', { dtype: 'float32', shape: [count], data }]]));
    expect(Array.from(outputs.get(y)?.data ?? [])).toEqual(Array.from(data, (one, i) => one + i));
    session.dispose();
  });
});
