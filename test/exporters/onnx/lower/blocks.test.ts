/** Weights in blocks, where onnxruntime cannot say what they are: `fused.test.ts` has them where it can. */
import { expect, it } from 'vitest';
import type { OnnxTensor } from '../../../../proto/onnx.ts';
import { bytes, f, outputsOf } from './lowered.ts';

// onnxruntime's kernel for the processor takes 8 for each where they are packed.
it('MatMulNBits whose columns are in any block has the same zero points packed as one by one', async () => {
  const row = (i: number) => Math.sin(i + 1);
  const numbers = Array.from({ length: 72 }, (_, i) => (i * 37) % 256);
  const blocks: OnnxTensor = {
    name: '',
    dtype: 'int32',
    dims: [40],
    data: Int32Array.from({ length: 40 }, (_, k) => (k * 7) % 3),
  };
  const by = async (zero: OnnxTensor) =>
    outputsOf({
      domain: 'com.microsoft',
      op: 'MatMulNBits',
      inputs: [
        f(
          [2, 40],
          Array.from({ length: 80 }, (_, i) => row(i)),
        ),
        bytes('uint8', [3, 3, 8], numbers),
        f(
          [9],
          Array.from({ length: 9 }, (_, i) => row(i)),
        ),
        zero,
        blocks,
      ],
      attributes: { K: 40, N: 3, bits: 4, block_size: 16 },
      constant: [1, 2, 3, 4],
    });
  const packed = await by(bytes('uint8', [6], [0x83, 0x01, 0x7c, 0x02, 0x0f, 0x09]));
  expect(packed).toEqual(await by(f([9], [3, 8, 1, 12, 7, 2, 15, 0, 9])));
});
