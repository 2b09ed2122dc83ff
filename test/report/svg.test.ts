import * as fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { genotypeSvg } from '../../src/report/svg.ts';
import { AmoebaNet, DARTS_V2, publishedGenotypes, publishedNames } from '../../src/space/images/published.ts';
import { arbitraryGenotype } from '../space/images/genotype-arbitrary.ts';
import { tries } from '../support/properties.ts';

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');
}

/** Renders, which a document that is not well-formed does not. */
async function pixels(svg: string): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe('genotypeSvg', () => {
  it.each(publishedNames)('draws %s as a file that renders at its own size', async (name) => {
    const svg = genotypeSvg(publishedGenotypes[name], { title: name, subtitle: 'CIFAR-10' });
    const { width, height } = await pixels(svg);
    expect(svg).toContain(`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`);
    expect(width).toBeLessThan(1100);
  });

  it('names every edge, node and terminal once', () => {
    const shown = texts(genotypeSvg(AmoebaNet));
    const ops = [AmoebaNet.normal, AmoebaNet.reduce].flatMap(({ nodes }) => nodes.flat().map(({ op }) => op));
    for (const op of new Set(ops)) {
      expect(shown.filter((text) => text === op)).toHaveLength(ops.filter((other) => other === op).length);
    }
    for (const node of [0, 1, 2, 3, 4]) expect(shown.filter((text) => text === String(node))).toHaveLength(2);
    expect(genotypeSvg(AmoebaNet).match(/>k−2</g)).toHaveLength(2);
  });

  it('explains the colours that it uses, and only those', () => {
    expect(texts(genotypeSvg(DARTS_V2))).toContain('dilated convolution');
    expect(texts(genotypeSvg(DARTS_V2))).not.toContain('full convolution');
    expect(texts(genotypeSvg(AmoebaNet))).toContain('full convolution');
  });

  it('is the same text for the same genotype', () => {
    fc.assert(
      fc.property(arbitraryGenotype(), (genotype) => {
        const svg = genotypeSvg(genotype);
        expect(genotypeSvg(structuredClone(genotype))).toBe(svg);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: tries(30) },
    );
  });

  it('takes any title', async () => {
    const title = `</text><script>alert("&")</script> ${'long '.repeat(60)}`;
    const svg = genotypeSvg(DARTS_V2, { title, subtitle: title });
    expect(svg).not.toContain('<script>');
    await expect(pixels(svg)).resolves.toBeDefined();
  });

  it('paints its own background, light or dark', async () => {
    const corner = async (theme: 'auto' | 'light' | 'dark'): Promise<number> =>
      (await pixels(genotypeSvg(DARTS_V2, { theme }))).data[0] ?? -1;
    expect(await corner('light')).toBe(255);
    expect(await corner('auto')).toBe(255);
    expect(await corner('dark')).toBeLessThan(32);
    expect(genotypeSvg(DARTS_V2, { theme: 'light' })).not.toContain('prefers-color-scheme');
  });

  it('says in words what it shows', () => {
    expect(genotypeSvg(DARTS_V2)).toContain(
      'node 3 adds skip_connect of c_{k-2} and dil_conv_3x3 of node 0; ' +
        'the output concatenates node 0, node 1, node 2, node 3. Reduction cell:',
    );
  });
});
