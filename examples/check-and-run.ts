/** Checks a model file, runs it once in two runtimes on the same tensors, and times it. */
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchModel, checkModel, exportOnnx, GraphBuilder, runModel, silentReporter } from 'nascent';

const folder = await mkdtemp(join(tmpdir(), 'nascent-'));
const model = join(folder, 'model.onnx');

// Any .onnx file does; this one is |x| + 1 of a batch of three numbers each.
const b = new GraphBuilder();
const x = b.input('x', ['batch', 3]);
const y = b.op('Add', [b.op('Abs', [x]), b.constant(1)]);
await writeFile(model, exportOnnx(b.finish('example', { y })));

const check = await checkModel(model);
assert.deepEqual(check.faults, []);
console.log(`${check.nodes} nodes, ${check.outputs[0]?.name} is ${check.outputs[0]?.type}`);

// What onnxruntime was given and gave is a dataset, which the reference in double precision is held to.
const dataset = join(folder, 'test_data_set_0');
await runModel({ model, outputs: dataset, extents: { batch: 2 } }, silentReporter);
const { comparison } = await runModel({ model, runtime: 'reference', dataset }, silentReporter);
assert.equal(comparison?.passed, true);
console.log(`the reference agrees, ${comparison?.outputs[0]?.largest?.difference} apart at most`);

const { batches } = await benchModel({ model, batches: [1], seconds: 0.1 }, silentReporter);
assert.ok((batches[0]?.runs ?? 0) > 0);
console.log(`${batches[0]?.p50.toFixed(3)} ms a run`);
