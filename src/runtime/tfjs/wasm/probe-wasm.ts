/** Probe: tfjs's WebAssembly backend adds two numbers to themselves. */
import { GraphBuilder } from '../../../graph/builder.ts';
import { answer } from '../../probe/answer.ts';
import { tinyOutput } from '../../probe/tiny-model.ts';
import { createTfjsRuntime } from '../runtime.ts';

answer(async () => {
  const runtime = await createTfjsRuntime('wasm');
  const b = new GraphBuilder();
  const x = b.input('x', [2]);
  const program = await runtime.compile(b.finish('probe', { y: b.op('Relu', [b.op('Add', [x, x])]) }));
  const data = new Float32Array([1, -2]);
  tinyOutput(await program.run(new Map([['x', { dtype: 'float32', shape: [2], data }]])));
  return {};
});
