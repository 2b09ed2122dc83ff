import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../../exporters/onnx/check/check.ts';
import { foldBatchNorm } from '../../../exporters/passes/fold-batch-norm.ts';
import { widenDepthwise } from '../../../exporters/passes/widen-depthwise.ts';
import type { OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { arbitraryGenotype } from '../../space/images/genotype-arbitrary.ts';
import { tries } from '../../support/properties.ts';
import { answers, apart, classifierOf, pictures } from './classifiers.ts';

const all = () => true;

/** How many channels each depthwise convolution has. */
const depthwise = ({ graph }: OnnxModel): readonly number[] =>
  graph.nodes.flatMap(({ opType, attributes }) => {
    const group = attributes.find(({ name }) => name === 'group');
    return opType === 'Conv' && group?.kind === 'int' && group.value > 1n ? [Number(group.value)] : [];
  });

describe('wider depthwise convolutions', () => {
  it('have channels by the sixteen, and give the same answers', async () => {
    const plain = foldBatchNorm(classifierOf(publishedGenotypes.DARTS_V2, 3, { channels: 12, layers: 6 }));
    const { model, pairs } = widenDepthwise(plain, all);
    // 12; after a reduction 24; after another 48, which is a multiple already.
    expect(pairs).toEqual([
      [12, 16],
      [24, 32],
    ]);
    expect(new Set(depthwise(plain))).toEqual(new Set([12, 24, 48]));
    expect(new Set(depthwise(model))).toEqual(new Set([16, 32, 48]));
    expect(faultsIn(model)).toEqual([]);
    expect(model.graph.inputs).toEqual(plain.graph.inputs);
    expect(model.graph.outputs).toEqual(plain.graph.outputs);
    const images = pictures(5, 2, 16);
    const [given, wanted] = [await answers(model, images), await answers(plain, images)];
    expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(1e-5);
    expect(new Set(wanted.get('logits')?.data).size).toBeGreaterThan(7);
  });

  it('give the same answers for any genotype, with any of them to be widened', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryGenotype(3, 2),
        fc.constantFrom(6, 10, 12, 14, 22),
        fc.nat(4),
        async (genotype, channels, but) => {
          const plain = foldBatchNorm(classifierOf(genotype, 3, { channels }));
          let seen = 0;
          const { model } = widenDepthwise(plain, () => seen++ % 5 !== but);
          expect(faultsIn(model)).toEqual([]);
          const images = pictures(5, 1, 16);
          const [given, wanted] = [await answers(model, images), await answers(plain, images)];
          expect(apart(given.get('logits'), wanted.get('logits'))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: tries(20) },
    );
  });

  it.each([
    ['stay in float32', 12, () => false],
    ['have so few channels that sixteen are too many', 10, all],
    ['have channels by the sixteen', 16, all],
  ])('are not made where they %s', (_, channels, narrowed: (node: OnnxNode) => boolean) => {
    const plain = foldBatchNorm(classifierOf(publishedGenotypes.DARTS_V2, 3, { channels, layers: 3 }));
    const { model, pairs } = widenDepthwise(plain, narrowed);
    expect(pairs).toEqual([]);
    expect(model).toBe(plain);
  });

  it('are not made of what the model gives', () => {
    const plain = foldBatchNorm(classifierOf(publishedGenotypes.DARTS_V2, 3, { channels: 12, layers: 3 }));
    const first = plain.graph.nodes.find(
      ({ opType, name }) => opType === 'Conv' && name.includes('depthwise'),
    );
    const output = { name: first?.outputs[0] ?? '', type: { kind: 'unknown' } as const };
    const watched = { ...plain, graph: { ...plain.graph, outputs: [...plain.graph.outputs, output] } };
    const { model } = widenDepthwise(watched, all);
    expect(depthwise(model)).toContain(12);
    expect(depthwise(model)).toContain(16);
    expect(faultsIn(model)).toEqual([]);
  });
});
