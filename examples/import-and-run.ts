/** Reads a model file as a graph, runs the graph in double precision, and looks at a value in between. */
import assert from 'node:assert/strict';
import {
  createReferenceRuntime,
  decodeModel,
  exportOnnx,
  GraphBuilder,
  importOnnx,
  NascentError,
} from 'nascent';

// Any .onnx file does: const file = await readFile('model.onnx'). This one is |x| + 1 of a batch of three numbers each.
const b = new GraphBuilder();
const x = b.input('x', ['batch', 3]);
const y = b.op('Add', [b.op('Abs', [x]), b.constant(1)]);
const file = exportOnnx(b.finish('example', { y }));

// Weights are inputs of the graph with a tensor each; here there are none.
const { graph, weights } = importOnnx(decodeModel(file));
console.log(graph.nodes.map(({ op, outputs }) => `${op} makes ${outputs[0]?.name}`).join(', '));

const runtime = createReferenceRuntime();
const store = runtime.createStore();
store.write(weights);
const program = await runtime.compile(graph, { store });
const data = Float32Array.of(-1, 2, -3);
const outputs = await program.run(new Map([['x', { dtype: 'float32', shape: [1, 3], data }]]));
assert.deepEqual([...(outputs.get('y')?.data ?? [])], [2, 3, 4]);
program.dispose();

// What is wrong is told with the fix.
try {
  // @ts-expect-error: bytes are no model yet.
  importOnnx(file);
  assert.fail('bytes were taken');
} catch (error) {
  assert.ok(error instanceof NascentError);
  console.log(`${error.message}. ${error.help}`);
}
