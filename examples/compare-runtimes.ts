/**
 * Compares two runtimes: on one graph that is built here, gradient included, and on a model file with `compareRuntimes`;
 * and two files with `compareFiles`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compareFiles,
  compareRuntimes,
  exportOnnx,
  floats,
  grad,
  GraphBuilder,
  inferenceGraph,
  initialise,
  openEngine,
  publishedGenotypes,
  Random,
  renderParity,
  requireParity,
} from 'nascent';

// A loss and its gradient: L = Σ relu(x·w)², ∂L/∂w.
const b = new GraphBuilder();
const [x, w] = [b.input('x', [4, 3]), b.input('w', [3, 2])];
const y = b.op('Relu', [b.op('MatMul', [x, w])]);
const loss = b.op('Dot', [y, y]);
const [gradient = w] = grad(b, loss, [w]);
const graph = b.finish('example', { loss, gradient });

const random = new Random(1);
const normal = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => random.normal()),
  );
const feeds = new Map([
  ['x', normal(4, 3)],
  ['w', normal(3, 2)],
]);
const gradients: number[][] = [];
for (const name of ['reference', 'onnxruntime'] as const) {
  const { runtime, why } = await openEngine(name);
  const program = await runtime.compile(graph);
  gradients.push([...((await program.run(feeds)).get('gradient')?.data ?? [])]);
  console.log(
    `${why}: ${gradients
      .at(-1)
      ?.map((value) => value.toFixed(6))
      .join(' ')}`,
  );
  program.dispose();
}
// What it claims: double precision and float32 agree to rounding.
const [exact = [], rounded = []] = gradients;
assert.equal(exact.length, 6);
exact.forEach((value, i) => assert.ok(Math.abs(value - (rounded[i] ?? NaN)) <= 1e-5 * (1 + Math.abs(value))));

// A whole network, as a file: onnxruntime runs the file, the reference the graph that is read from it.
const network = inferenceGraph(
  { channels: 4, layers: 3, classes: 10, image: [3, 16, 16] },
  publishedGenotypes.DARTS_V2,
);
const folder = await mkdtemp(join(tmpdir(), 'nascent-'));
const model = join(folder, 'model.onnx');
const weights = initialise(network, new Random(2));
await writeFile(model, exportOnnx(network, { weights }));
const report = await compareRuntimes(model, { data: null, runtimes: ['reference'], seeds: [1] });
console.log(renderParity(report));
// What it claims: no pair is over its gate, and something was compared; this throws where that is not so.
requireParity(report);
assert.equal(report.baseline.name, 'reference');
assert.ok(report.pairs.some(({ runtime, elements }) => runtime === 'onnxruntime-cpu' && elements > 0));

// The same weights with a thousandth of noise, in a file of its own: not the same model, and yet near it.
const noise = new Random(3);
const noisy = new Map(
  [...weights].map(([name, tensor]) => [
    name,
    floats(
      tensor.shape,
      Array.from(tensor.data, (value) => value * (1 + 1e-3 * noise.normal())),
    ),
  ]),
);
const other = join(folder, 'noisy.onnx');
await writeFile(other, exportOnnx(network, { weights: noisy }));
const exactly = await compareFiles(model, other, { data: null, seeds: [1] });
assert.throws(() => requireParity(exactly), /does not do what/);
const nearly = await compareFiles(model, other, { data: null, seeds: [1], minSnr: 20 });
requireParity(nearly);
console.log(`the noise is ${nearly.pairs[0]?.signalToNoise?.toFixed(0)} dB below the signal`);
