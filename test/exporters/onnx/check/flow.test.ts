/** Types that a file tells are held to those that its nodes give, and onnxruntime refuses what is a fault. */
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../../exporters/onnx/check/check.ts';
import {
  encodeModel,
  type OnnxDataType,
  type OnnxModel,
  type OnnxValueInfo,
} from '../../../../proto/onnx.ts';
import { checkModel } from '../../../../src/onnx/check-model.ts';
import { expectRefused } from '../loading.ts';
import { floatInfo, modelOf, node } from '../models.ts';

const info = (name: string, dtype: OnnxDataType, shape?: readonly number[]): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, ...(shape && { shape }) },
});

describe('what a file says of a value', () => {
  const [x, k] = [floatInfo('x', [2, 3]), info('k', 'bool', [2])];

  it.each<[string, OnnxModel, string | undefined]>([
    [
      'where the node cannot be read',
      modelOf({
        inputs: [x, k],
        nodes: [node('Compress', ['x', 'k'], ['y'])],
        outputs: [info('y', 'int64')],
      }),
      '"y" is said to be a tensor of int64, and its node gives float32',
    ],
    [
      'where it is right',
      modelOf({
        inputs: [x, k],
        nodes: [node('Compress', ['x', 'k'], ['y'])],
        outputs: [info('y', 'float32')],
      }),
      undefined,
    ],
    [
      'behind an input without a shape',
      modelOf({
        inputs: [info('x', 'float32')],
        nodes: [node('Relu', ['x'], ['y'])],
        outputs: [info('y', 'int64', [2])],
      }),
      '"y" is said to be int64[2], and its node gives float32',
    ],
    [
      'between nodes',
      modelOf({
        inputs: [x, k],
        nodes: [node('Compress', ['x', 'k'], ['c']), node('Relu', ['c'], ['y'])],
        valueInfo: [info('c', 'float16')],
        outputs: [info('y', 'float32')],
      }),
      '"c" is said to be a tensor of float16, and its node gives float32',
    ],
    [
      'of a type that follows from no input',
      modelOf({
        inputs: [x],
        nodes: [node('Shape', ['x'], ['y'])],
        outputs: [info('y', 'int32', [2])],
      }),
      '"y" is said to be int32[2], and its node gives int64',
    ],
  ])('%s', async (_, model, fault) => {
    const faults = faultsIn(model);
    expect(faults).toEqual(fault === undefined ? [] : [fault]);
    await expectRefused(model, faults);
  });

  it.each<[string, OnnxDataType, OnnxDataType]>([
    ['RandomNormalLike', 'float32', 'float16'],
    ['RandomUniformLike', 'float32', 'float16'],
    ['EyeLike', 'float32', 'float64'],
    ['Bernoulli', 'float32', 'float64'],
    ['Multinomial', 'int32', 'int64'],
  ])('%s gives %s where it does not say what', async (op, right, wrong) => {
    const model = (dtype: OnnxDataType) =>
      modelOf({ inputs: [x], nodes: [node(op, ['x'], ['y'])], outputs: [info('y', dtype)] });
    expect(faultsIn(model(right))).toEqual([]);
    expect(faultsIn(model(wrong))).toEqual([
      `"y" is said to be a tensor of ${wrong}, and its node gives ${right}`,
    ]);
    await expectRefused(model(right), []);
    await expectRefused(model(wrong), faultsIn(model(wrong)));
  });

  it('is told once, whoever sees it', async () => {
    const model = modelOf({
      inputs: [x],
      nodes: [node('Relu', ['x'], ['y'])],
      outputs: [info('y', 'int64', [2, 3])],
    });
    const { faults } = await checkModel(encodeModel(model));
    expect(faults).toEqual(['"y" is said to be int64[2, 3], and its node gives float32']);
  });

  it('holds of what a node of another domain gives, of which nothing else is known', () => {
    const behind = (dtype: OnnxDataType) =>
      faultsIn(
        modelOf(
          {
            inputs: [x],
            nodes: [node('Mystery', ['x'], ['u'], [], { domain: 'mine' }), node('Not', ['u'], ['y'])],
            valueInfo: [info('u', dtype, [2, 3])],
            outputs: [info('y', 'bool')],
          },
          {
            opsets: [
              { domain: '', version: 17 },
              { domain: 'mine', version: 1 },
            ],
          },
        ),
      );
    expect(behind('float32')).toEqual([
      'Not that makes "y": its input X ("u") is float32, which Not does not take',
    ]);
    expect(behind('bool')).toEqual([]);
  });
});
