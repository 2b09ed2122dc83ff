/** Cells as functions of the file: called, they are what they were written out. */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../exporters/onnx/check/check.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { foldBatchNorm } from '../../../exporters/passes/fold-batch-norm.ts';
import { functionDomain, inFunctions } from '../../../exporters/passes/functions.ts';
import { halved } from '../../../exporters/passes/half.ts';
import { quantised } from '../../../exporters/passes/quantise.ts';
import { decodeModel, encodeModel, type OnnxModel } from '../../../proto/onnx.ts';
import { countMacs, countParameters } from '../../../src/graph/count.ts';
import { rangesOn } from '../../../src/model/calibrate.ts';
import { answersTo, classifier, languageModel, pictures } from './classifiers.ts';

const images = pictures(5, 3, 16);
const words = {
  tokens: new ort.Tensor('int64', BigInt64Array.of(1n, 4n, 2n, 0n, 3n, 3n), [3, 2]),
  hidden_in: new ort.Tensor(
    'float32',
    Float32Array.from({ length: 12 }, (_, i) => i / 12),
    [2, 6],
  ),
};

async function inEightBits(plain: OnnxModel): Promise<OnnxModel> {
  const folded = foldBatchNorm(plain);
  const sample = { dtype: 'float32', shape: images.dims, data: images.data as Float32Array } as const;
  return quantised(folded, await rangesOn(folded, [sample]));
}

describe.each([
  ['a classifier', () => Promise.resolve(classifier(3)), { image: images }],
  ['one with batch norm folded', () => Promise.resolve(foldBatchNorm(classifier(3))), { image: images }],
  ['one in eight bits', () => inEightBits(classifier(3)), { image: images }],
  ['an unrolled recurrent network', () => Promise.resolve(languageModel(3, 3)), words],
  ['one in float16', () => Promise.resolve(halved(languageModel(3, 3)).model), words],
] as const)('%s', (_, made, feeds) => {
  it('calls its cells, with the same answers to the bit', async () => {
    const plain = await made();
    const model = inFunctions(plain);
    expect(faultsIn(model)).toEqual([]);
    const called = model.graph.nodes.filter(({ domain }) => domain === functionDomain);
    expect(called.length).toBeGreaterThan(2);
    expect(model.functions.length).toBeLessThanOrEqual(called.length);
    expect(model.graph.nodes.length).toBeLessThan(plain.graph.nodes.length / 4);
    expect(await answersTo(model, feeds)).toEqual(await answersTo(plain, feeds));
  });

  it('is read with the functions in place of their calls', async () => {
    const plain = await made();
    const [given, wanted] = [inFunctions(plain), plain].map((model) => {
      const file = decodeModel(encodeModel(model), 'the model');
      return importOnnx(file, 'the model').graph;
    });
    if (given === undefined || wanted === undefined) throw new Error('not read');
    expect(given.nodes.map(({ op }) => op).toSorted()).toEqual(wanted.nodes.map(({ op }) => op).toSorted());
    expect(countParameters(given)).toBe(countParameters(wanted));
    expect(countMacs(given)).toBe(countMacs(wanted));
  });
});

it('cells of a kind are one function, told in what they differ', () => {
  // Of the steps the first makes a constant that the others read.
  const steps = inFunctions(languageModel(3, 5));
  expect(steps.functions.map(({ name }) => name)).toEqual(['Step', 'Step2']);
  expect(steps.graph.nodes.filter(({ opType }) => opType === 'Step2')).toHaveLength(4);
  const cells = inFunctions(classifier(3));
  expect(cells.functions.some(({ name }) => name === 'ReductionCell')).toBe(true);
});

it('a Scan is its cell once already', () => {
  expect(() => inFunctions(languageModel(3))).toThrow('--functions found no cell to make a function of');
});
