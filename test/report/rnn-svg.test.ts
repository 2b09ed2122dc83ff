import * as fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { rnnGenotypeSvg } from '../../src/report/rnn-svg.ts';
import { publishedRnnGenotypes, publishedRnnNames } from '../../src/space/text/published.ts';
import { arbitraryRnnGenotype } from '../space/text/arbitrary.ts';
import { tries } from '../support/properties.ts';

const textsOf = (svg: string) =>
  [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');

it.each(publishedRnnNames)('draws %s as a file that renders at its own size', async (name) => {
  const svg = rnnGenotypeSvg(publishedRnnGenotypes[name], { title: name });
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  expect(svg).toContain(`viewBox="0 0 ${width} ${height}"`);
});

it('names every state and every activation once, of any cell', () => {
  fc.assert(
    fc.property(arbitraryRnnGenotype(), (genotype) => {
      const svg = rnnGenotypeSvg(genotype);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      const shown = textsOf(svg);
      for (const op of ['tanh', 'relu', 'sigmoid', 'identity'] as const) {
        const times = genotype.nodes.filter((node) => node.op === op).length;
        expect(shown.filter((text) => text === op)).toHaveLength(times);
      }
      const states = shown.filter((text) => /^\d+$/.test(text)).map(Number);
      expect(states.toSorted((a, b) => a - b)).toEqual([0, ...genotype.nodes.map((_, node) => node + 1)]);
    }),
    { numRuns: tries(20) },
  );
});

it('says in words what it shows', () => {
  expect(rnnGenotypeSvg(publishedRnnGenotypes.ENAS)).toContain(
    'state 11 is relu of state 8; the output is the mean of the states 2, 5, 6, 9, 10, 11.',
  );
});
