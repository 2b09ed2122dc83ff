import { describe, expect, it } from 'vitest';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { evaluationBatches } from '../../src/data/images/batches.ts';
import type { PerChannel } from '../../src/data/images/imagenet/normalisation.ts';
import { firstImages } from '../../src/data/images/memory.ts';
import { datasetNamed } from '../../src/data/registry.ts';
import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Dim } from '../../src/graph/types.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { validateModel } from '../../src/evaluate/accuracy.ts';
import { validateJob } from '../../src/evaluate/validate.ts';
import { measureImages } from '../../src/tasks/images/measure.ts';
import { network, syntheticMetadata, withTensor, written } from '../parity/models.ts';

const signal = new AbortController().signal;
const dataset = firstImages(await datasetNamed('synthetic').load('test'), 25);
const metadata = await syntheticMetadata();
const plain = network(32);

/** What the reference runtime measures with that normalisation. */
async function measured(mean: PerChannel) {
  const runtime = createReferenceRuntime();
  const store = runtime.createStore();
  store.write(plain.weights);
  const program = await runtime.compile(plain.graph, { store });
  return measureImages(program, evaluationBatches({ ...dataset, mean }, 25), signal);
}

async function refusal(model: string): Promise<string> {
  try {
    await validateModel({ model, data: 'synthetic', images: 25 }, silentReporter, signal);
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    expect(error.code).toBe('input/invalid');
    return error.message.replace(model, 'model.onnx');
  }
  throw new Error('nothing was thrown');
}

describe('loss and accuracy', () => {
  it('are those of the reference runtime, however the images are split into batches', async () => {
    const model = await written(network(32, metadata).model);
    const expected = await measured(dataset.mean);
    for (const batchSize of [25, 7]) {
      const found = await validateJob(
        { model, data: 'synthetic', images: 25, batchSize },
        silentReporter,
        signal,
      );
      if (found.task !== 'images') throw new Error('measured as a text');
      expect(found).toMatchObject({ images: 25, accuracy: expected.accuracy, notFinite: 0, provider: 'cpu' });
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      expect(found.model.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(found.classes.map(({ label }) => label)).toEqual(dataset.classes);
      expect(found.classes.map(({ images }) => images)).toEqual([3, 3, 3, 3, 3, 2, 2, 2, 2, 2]);
      const hits = found.classes.reduce((sum, { images, accuracy }) => sum + images * (accuracy ?? 0), 0);
      expect(hits).toBeCloseTo(25 * expected.accuracy, 9);
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    }
  });

  it('are of images normalised as the model says', async () => {
    const model = await written(network(32, { ...metadata, input_mean: '[0.2, 0.9, 0.4]' }).model);
    const found = await validateModel({ model, data: 'synthetic', images: 25 }, silentReporter, signal);
    const [own, other] = [await measured([0.2, 0.9, 0.4]), await measured(dataset.mean)];
    expect(found.loss).toBeCloseTo(own.loss, 5);
    expect(Math.abs(own.loss - other.loss)).toBeGreaterThan(1e-3);
    expect(found.normalisation).toMatchObject({ from: 'model', mean: [0.2, 0.9, 0.4] });
  });

  it('count an image as wrong where the logits are not numbers', async () => {
    const broken = withTensor(plain.model, 'classifier.bias', (values) =>
      values.map((value, i) => (i === 0 ? Number.NaN : value)),
    );
    const model = await written(broken);
    const found = await validateModel({ model, data: 'synthetic', images: 25 }, silentReporter, signal);
    expect(found).toMatchObject({ loss: null, accuracy: 0, notFinite: 25 });
  });
});

describe('a model that is for other data is refused', () => {
  it('by its labels', async () => {
    const labels = JSON.stringify(dataset.classes.toReversed());
    const swapped = await written(network(32, { ...metadata, labels }).model);
    expect(await refusal(swapped)).toBe(
      'model.onnx calls class 0 "pattern-9", and synthetic calls it "pattern-0"',
    );
    const few = await written(network(32, { ...metadata, labels: '["cat"]' }).model);
    expect(await refusal(few)).toBe('model.onnx has 1 labels, and synthetic has 10');
  });

  it('by its name, where it has no labels', async () => {
    const other = await written(network(32, { dataset: 'cifar10' }).model);
    expect(await refusal(other)).toBe('model.onnx was made for cifar10, and synthetic is another dataset');
  });

  it('by the size of its images', async () => {
    expect(await refusal(await written(network(16).model))).toBe(
      'model.onnx takes images of 3×16×16, and synthetic has images of 3×32×32',
    );
  });

  it('by damaged metadata', async () => {
    const damaged = await written(network(32, { ...metadata, input_std: '[1, 0, 1]' }).model);
    expect(await refusal(damaged)).toBe('model.onnx: its metadata has input_std = [1, 0, 1]');
    const half = await written(network(32, { input_mean: '[1, 0, 1]' }).model);
    expect(await refusal(half)).toBe('model.onnx: its metadata has input_mean and no input_std');
  });
});

describe('a model that is no image classifier is refused', () => {
  const relu = async (shapes: readonly (readonly Dim[])[]): Promise<string> => {
    const b = new GraphBuilder();
    const outputs = shapes.map((shape, i) => b.op('Relu', [b.input(`x${i}`, shape)]));
    const named = Object.fromEntries(outputs.map((output, i) => [`y${i}`, output]));
    return written(toOnnxModel(b.finish('graph', named)));
  };

  it('by its inputs and outputs', async () => {
    expect(
      await refusal(
        await relu([
          ['n', 10],
          ['n', 10],
        ]),
      ),
    ).toBe('model.onnx is no image classifier: it has 2 inputs ("x0", "x1")');
    expect(await refusal(await relu([['n', 10]]))).toBe(
      'model.onnx is no image classifier: it takes "x0", float32[n, 10], which is no batch of images',
    );
    expect(await refusal(await relu([['n', 32, 32, 3]]))).toBe(
      'model.onnx is no image classifier: it takes "x0", float32[n, 32, 32, 3]: channels last',
    );
    expect(await refusal(await relu([['n', 3, 32, 32]]))).toBe(
      'model.onnx is no image classifier: it gives "y0", float32[n, 3, 32, 32], which is no list of logits an image',
    );
  });
});

it('stops when it is told to', async () => {
  const model = await written(plain.model);
  const stopped = AbortSignal.abort(new Error('enough'));
  await expect(validateModel({ model, data: 'synthetic' }, silentReporter, stopped)).rejects.toThrow(
    'enough',
  );
});
