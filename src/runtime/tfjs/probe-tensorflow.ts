/**
 * Probe: loads TensorFlow and multiplies two matrices with it. With an argument it loads that addon, which is how setup
 * tries a new one; otherwise the one that `loadTensorFlow` finds.
 */
import { answer } from '../probe/answer.ts';
import { loadFrom, loadTensorFlow } from './load.ts';

/** What this probe answers. */
export interface TensorFlowAnswer {
  readonly version: string;
  readonly libraryVersion: string;
  readonly device: 'cpu' | 'gpu';
  readonly deviceName?: string;
  readonly nativeOps: boolean;
}

answer(async (): Promise<TensorFlowAnswer> => {
  const addon = process.argv[2];
  const { binding, ...about } = addon === undefined ? await loadTensorFlow() : loadFrom(addon);
  const matrix = binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
  const attributes = [
    { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
  ];
  const [product] = binding.executeOp('MatMul', attributes, [matrix, matrix], 1);
  const values = product === undefined ? [] : [...binding.tensorDataSync(product.id)];
  if (values.join(' ') !== '7 10 15 22') throw new Error(`a matrix product came out as ${values.join(' ')}`);
  return about;
});
