/** Probe: tfjs's own backend in plain JavaScript multiplies two matrices. */
import { answer } from '../probe/answer.ts';

answer(async () => {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const values = [...(await tf.matMul(matrix, matrix).data())];
  if (values.join(' ') !== '7 10 15 22') throw new Error(`a matrix product came out as ${values.join(' ')}`);
  return { version: tf.version_core };
});
