/** Compares two runtimes: on one graph that is built here, gradient included, and on a model file with `compareRuntimes`. */
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
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
const model = join(await mkdtemp(join(tmpdir(), 'nascent-')), 'model.onnx');
await writeFile(model, exportOnnx(network, { weights: initialise(network, new Random(2)) }));
const report = await compareRuntimes(model, { data: null, runtimes: ['reference'], seeds: [1] });
console.log(renderParity(report));
// What it claims: no pair is over its gate, and something was compared; this throws where that is not so.
requireParity(report);
assert.equal(report.baseline.name, 'reference');
assert.ok(report.pairs.some(({ runtime, elements }) => runtime === 'onnxruntime-cpu' && elements > 0));
