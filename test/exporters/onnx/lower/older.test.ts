/** Nodes of files from before opset 7, as Caffe2, CNTK and MXNet wrote them. */
import { describe, expect, it } from 'vitest';
import type { OnnxTensor } from '../../../../proto/onnx.ts';
import { f, outputOf } from './lowered.ts';

describe('as opsets 1 to 6 have it', () => {
  it('the second operand lies along the axes from `axis` on', async () => {
    const x = f([2, 2, 2], [0, 0, 0, 0, 0, 0, 0, 0]);
    const y = { op: 'Add', opset: 6, inputs: [x, f([2], [1, 2])], attributes: { broadcast: 1, axis: 1 } };
    expect((await outputOf(y)).data).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    const first = { ...y, attributes: { broadcast: 1, axis: 0 } };
    expect((await outputOf(first)).data).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    const last = { ...y, opset: 1, attributes: { broadcast: 1, consumed_inputs: [0, 0] } };
    expect((await outputOf(last)).data).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it('a Cast to a type by its name, a Pad by its paddings, a PRelu by channels', async () => {
    const cast = { op: 'Cast', opset: 1, inputs: [f([2], [1.5, -2])], attributes: { to: 'INT32' } };
    expect(await outputOf(cast)).toMatchObject({ dtype: 'int32', data: [1, -2] });
    const pad = { op: 'Pad', opset: 1, inputs: [f([1], [1])], attributes: { paddings: [1, 2] } };
    expect((await outputOf(pad)).data).toEqual([0, 1, 0, 0]);
    const x = f([1, 2, 2], [-1, -1, -1, 1]);
    const bent = { op: 'PRelu', opset: 6, inputs: [x, f([2], [2, 3])] };
    expect((await outputOf(bent)).data).toEqual([-2, -2, -3, 1]);
  });

  it('a Dropout and a BatchNormalization that train are refused', async () => {
    const x = f([1, 1], [3]);
    const drop = { op: 'Dropout', opset: 6, inputs: [x] };
    expect((await outputOf({ ...drop, attributes: { is_test: 1 } })).data).toEqual([3]);
    await expect(outputOf(drop)).rejects.toThrow(/is in training mode \(is_test=0\)/);
    const mode: OnnxTensor = { name: '', dtype: 'bool', dims: [], data: Uint8Array.of(1) };
    const trained = { ...drop, opset: 13, inputs: [x, f([], [0]), mode], constant: [1, 2] };
    // What drops nothing draws nothing.
    expect((await outputOf(trained)).data).toEqual([3]);
    await expect(outputOf({ ...trained, inputs: [x, f([], [0.5]), mode] })).rejects.toThrow(/random numbers/);
    const one = f([1], [1]);
    const batch = { op: 'BatchNormalization', opset: 6, inputs: [x, one, one, one, f([1], [4])] };
    const still = { ...batch, attributes: { is_test: 1, epsilon: 0 }, reals: ['epsilon'] };
    expect((await outputOf(still)).data).toEqual([2]);
    await expect(outputOf(batch)).rejects.toThrow(/is in training mode/);
  });

  it('operands that are known are not folded as if they met at their last axes', async () => {
    const [x, y] = [f([2, 2], [0, 0, 0, 0]), f([2], [1, 2])];
    const add = { op: 'Add', opset: 6, inputs: [x, y], constant: [0, 1] };
    const sum = await outputOf({ ...add, attributes: { broadcast: 1, axis: 0 } });
    expect(sum.data).toEqual([1, 1, 2, 2]);
  });
});
