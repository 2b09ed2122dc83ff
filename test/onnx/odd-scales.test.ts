/** Scales of quantisation that are infinite, NaN or 0 are told, each once; others are not. */
import { expect, it } from 'vitest';
import { oddScalesIn } from '../../src/onnx/odd-scales.ts';
import { floats, modelOf, node } from '../exporters/onnx/models.ts';

const withScales = (...scales: readonly number[]) =>
  modelOf({
    initializers: scales.map((scale, i) => floats(`s${i}`, [], [scale])),
    nodes: scales.flatMap((_, i) => [
      node('QuantizeLinear', ['x', `s${i}`], [`q${i}`]),
      node('DequantizeLinear', [`q${i}`, `s${i}`], [`y${i}`]),
    ]),
  }).graph;

it('names those that are infinite, NaN or 0', () => {
  expect(oddScalesIn(withScales(0.5, Infinity, NaN, 0, 2 ** -140))).toEqual([
    'the scale "s1" is Infinity: what it quantises has no meaning',
    'the scale "s2" is NaN: what it quantises has no meaning',
    'the scale "s3" is 0: what it quantises has no meaning',
  ]);
});

it('counts what is many', () => {
  const told = oddScalesIn(withScales(...Array.from({ length: 8 }, () => Infinity)));
  expect(told).toHaveLength(6);
  expect(told.at(-1)).toBe('and 3 more scales');
});

it('says nothing of what is computed, or of other ops', () => {
  const { graph } = modelOf({
    initializers: [floats('zero', [], [0])],
    nodes: [node('QuantizeLinear', ['x', 's'], ['q']), node('Add', ['x', 'zero'], ['y'])],
  });
  expect(oddScalesIn(graph)).toEqual([]);
});
