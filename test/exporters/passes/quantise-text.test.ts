import { expect, it } from 'vitest';
import { faultsIn } from '../../../exporters/onnx/check/check.ts';
import { quantisedText, textLayersOf } from '../../../exporters/passes/quantise-text.ts';
import type { OnnxGraph, OnnxModel } from '../../../proto/onnx.ts';
import { answersTo, apart, languageModel, twoTexts } from './classifiers.ts';

const everyOp = ({ nodes }: OnnxGraph): readonly string[] =>
  nodes.flatMap(({ opType, attributes }) => [
    opType,
    ...attributes.flatMap((given) => (given.kind === 'graph' ? everyOp(given.value) : [])),
  ]);
const count = (model: OnnxModel, op: string) => everyOp(model.graph).filter((each) => each === op).length;

it.each(['any length', 'unrolled'])('nearly the same answers, bodies included (%s)', async (length) => {
  const plain = languageModel(3, length === 'unrolled' ? 2 : undefined);
  const narrow = quantisedText(plain);
  expect(faultsIn(narrow)).toEqual([]);
  expect(everyOp(narrow.graph)).not.toContain('MatMul');
  expect(everyOp(narrow.graph)).not.toContain('Gemm');
  // All of them multiply but the embedding, which is looked up.
  expect(count(narrow, 'MatMulInteger')).toBe(textLayersOf(plain).length - 1);
  const [given, wanted] = [await answersTo(narrow, twoTexts), await answersTo(plain, twoTexts)];
  for (const name of ['log_probs', 'hidden_out']) {
    // Two roundings in each of ten layers, to 1/254 of the range at most, in all directions.
    const off = apart(given.get(name), wanted.get(name));
    expect(off).toBeLessThan(2e-2);
    expect(off).toBeGreaterThan(0);
  }
});

it('holds an embedding that is the decoder once, with a scale for each word', () => {
  const { graph } = quantisedText(languageModel(3));
  const of = (name: string) => graph.initializers.find((tensor) => tensor.name === name);
  expect(of('embedding.weight')).toBeUndefined();
  expect(of('embedding.weight.integers')).toMatchObject({ dtype: 'int8', dims: [5, 6] });
  expect(of('embedding.weight.scales')).toMatchObject({ dtype: 'float32', dims: [5, 1] });
  const matrices = graph.initializers.filter(({ dims }) => dims.length === 2 && Math.min(...dims) > 1);
  expect(new Set(matrices.map(({ dtype }) => dtype))).toEqual(new Set(['int8']));
});
