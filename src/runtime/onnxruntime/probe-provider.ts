/**
 * Probe: one execution provider of onnxruntime-node (`cpu`, `cuda` or `webgpu`, the argument) runs a model of two nodes.
 * Nodes that a provider declines would quietly go to the processor; here they may not.
 */
import { preloadCuda } from '../native-preload.ts';
import { answer } from '../probe/answer.ts';
import { tinyModel } from '../probe/tiny-model.ts';
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
