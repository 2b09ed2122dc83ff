/** Trains a published cell for a moment, exports it, and runs the file as anybody would: with onnxruntime alone. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  exportRun,
  datasetNamed,
  publishedGenotypes,
  silentReporter,
  train,
  trainPresets,
  validateModel,
} from 'nascent';

const out = join(await mkdtemp(join(tmpdir(), 'nascent-')), 'train');
const { signal } = new AbortController();

const settings = {
  ...trainPresets.quick,
  channels: 4,
  layers: 3,
  epochs: 2,
  train_images: 1024,
  test_images: 256,
};
const genotype = publishedGenotypes.DARTS_V2;
const config = { data: 'synthetic', preset: 'quick', source: 'DARTS_V2', genotype, settings } as const;
await train({ kind: 'new', out, engine: 'onnxruntime', config }, silentReporter, signal);
const model = await exportRun({ run: out }, silentReporter);
console.log(`${model.file}: ${model.parameters} parameters, ${model.bytes} bytes`);

// The library's own measurement of the file…
const validation = await validateModel({ model: model.file, data: 'synthetic' }, silentReporter, signal);

// …and one that knows nothing of Nascent but the names `image` and `logits` and the normalisation.
const session = await InferenceSession.create(model.file);
const { pixels, labels, count, channels, height, width, mean, std } =
  await datasetNamed('synthetic').load('test');
const area = height * width;
const normalised = Float32Array.from(pixels, (pixel, i) => {
  const channel = Math.floor(i / area) % channels;
  return (pixel / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
});
const image = new Tensor('float32', normalised, [count, channels, height, width]);
const logits = (await session.run({ image }))['logits']?.data as Float32Array;
const classes = logits.length / count;
const isRight = (label: number, i: number) => {
  const row = logits.subarray(i * classes, (i + 1) * classes);
  return row.indexOf(Math.max(...row)) === label;
};
const correct = [...labels].filter(isRight).length;
console.log(`${correct} of ${count} images right`);

// What it claims: the exported file classifies (chance is 10 %), and exactly as well as Nascent says.
assert.ok(correct / count > 0.2);
assert.equal(Math.round(validation.accuracy * validation.images), correct);
