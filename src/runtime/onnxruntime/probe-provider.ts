/**
 * Probe: one execution provider of onnxruntime-node (`cpu`, `cuda` or `webgpu`, the argument) runs a model of two nodes.
 * Nodes that a provider declines would quietly go to the processor; here they may not.
 */
import { encodeModel } from '../../../proto/onnx.ts';
import type { OnnxValueInfo } from '../../../proto/onnx.ts';
import { preloadCuda } from '../native-preload.ts';
import { answer } from '../probe/answer.ts';
import { importOnnxruntime } from './package.ts';

answer(async () => {
  const provider = process.argv[2] ?? 'cpu';
  if (provider === 'cuda') preloadCuda();
  const { InferenceSession, Tensor } = await importOnnxruntime();
  const session = await InferenceSession.create(tinyModel(), {
    executionProviders: [provider],
    ...(provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
  const outputs = await session.run({ x: new Tensor('float32', [1, -2], [2]) });
  const values = [...((outputs['y']?.data ?? []) as Float32Array)];
  if (values.join(' ') !== '2 0') throw new Error(`relu(x + x) came out as ${values.join(' ')}`);
  return {};
});

/** `y = relu(x + x)` for two numbers. */
function tinyModel(): Uint8Array {
  const pair = (name: string): OnnxValueInfo => ({
    name,
    type: { kind: 'tensor', dtype: 'float32', shape: [2] },
  });
  const node = (opType: string, inputs: string[], outputs: string[]) => ({
    name: opType,
    opType,
    domain: '',
    inputs,
    outputs,
    attributes: [],
  });
  return encodeModel({
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: 'nascent',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    functions: [],
    metadata: [],
    graph: {
      name: 'probe',
      nodes: [node('Add', ['x', 'x'], ['sum']), node('Relu', ['sum'], ['y'])],
      initializers: [],
      inputs: [pair('x')],
      outputs: [pair('y')],
      valueInfo: [],
    },
  });
}
