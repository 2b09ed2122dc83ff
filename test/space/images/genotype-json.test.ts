import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genotypeFromJson, genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { arbitraryGenotype } from './genotype-arbitrary.ts';

describe('genotype as JSON', () => {
  it('reads back what it wrote, in the same text', () => {
    fc.assert(
      fc.property(arbitraryGenotype(), (genotype) => {
        const text = genotypeToJson(genotype);
        expect(genotypeFromJson(text)).toEqual(genotype);
        expect(genotypeToJson(genotypeFromJson(text))).toBe(text);
      }),
    );
  });

  it('has one text, whatever the order of the keys in memory or file', () => {
    const { normal, reduce } = DARTS_V2;
    const shuffled = JSON.stringify({
      reduce: { concat: reduce.concat, nodes: reduce.nodes },
      normal: {
        concat: normal.concat,
        nodes: normal.nodes.map((inputs) => inputs.map(({ op, source }) => ({ source, op }))),
      },
    });
    expect(genotypeToJson(genotypeFromJson(shuffled))).toBe(genotypeToJson(DARTS_V2));
  });

  it('gives a line to each node', () => {
    expect(genotypeToJson(DARTS_V2).split('\n').slice(0, 9).join('\n')).toMatchInlineSnapshot(`
      "{
        "normal": {
          "nodes": [
            [{ "op": "sep_conv_3x3", "source": 0 }, { "op": "sep_conv_3x3", "source": 1 }],
            [{ "op": "sep_conv_3x3", "source": 0 }, { "op": "sep_conv_3x3", "source": 1 }],
            [{ "op": "sep_conv_3x3", "source": 1 }, { "op": "skip_connect", "source": 0 }],
            [{ "op": "skip_connect", "source": 0 }, { "op": "dil_conv_3x3", "source": 2 }]
          ],
          "concat": [2, 3, 4, 5]"
    `);
  });

  it('refuses a file cut short', () => {
    const text = genotypeToJson(DARTS_V2);
    expect(() => genotypeFromJson(text.slice(0, 200))).toThrow(/genotype: not JSON/);
  });
});
