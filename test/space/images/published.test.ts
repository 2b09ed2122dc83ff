import { describe, expect, it } from 'vitest';
import { skipCount } from '../../../src/space/images/derive.ts';
import { validateGenotype } from '../../../src/space/images/genotype.ts';
import { genotypeToNotation } from '../../../src/space/images/genotype-notation.ts';
import {
  AmoebaNet,
  DARTS_V1,
  DARTS_V2,
  NASNet,
  publishedGenotypes,
  publishedName,
  publishedNames,
} from '../../../src/space/images/published.ts';

describe('published cells', () => {
  it.each(publishedNames)('%s is legal, with two inputs a node', (name) => {
    const genotype = publishedGenotypes[name];
    expect(validateGenotype(genotype)).toEqual(genotype);
    for (const cell of [genotype.normal, genotype.reduce]) {
      expect(cell.nodes.every((inputs) => inputs.length === 2)).toBe(true);
    }
  });

  it('DARTS is the second-order cell', () => {
    expect(publishedGenotypes.DARTS).toBe(DARTS_V2);
  });

  it('have the nodes and concatenations of the papers', () => {
    const shape = (cell: typeof NASNet.normal): unknown => [cell.nodes.length, cell.concat, skipCount(cell)];
    expect([shape(DARTS_V1.normal), shape(DARTS_V1.reduce)]).toEqual([
      [4, [2, 3, 4, 5], 3],
      [4, [2, 3, 4, 5], 3],
    ]);
    expect([shape(DARTS_V2.normal), shape(DARTS_V2.reduce)]).toEqual([
      [4, [2, 3, 4, 5], 2],
      [4, [2, 3, 4, 5], 3],
    ]);
    expect([shape(NASNet.normal), shape(NASNet.reduce)]).toEqual([
      [5, [2, 3, 4, 5, 6], 2],
      [5, [4, 5, 6], 1],
    ]);
    expect([shape(AmoebaNet.normal), shape(AmoebaNet.reduce)]).toEqual([
      [5, [4, 5, 6], 2],
      [5, [3, 4, 6], 0],
    ]);
  });

  it('have the edges of the papers', () => {
    expect(genotypeToNotation(DARTS_V1)).toMatchInlineSnapshot(
      `"Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=range(2, 6))"`,
    );
    expect(genotypeToNotation(NASNet)).toMatchInlineSnapshot(
      `"Genotype(normal=[('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 0), ('sep_conv_3x3', 0), ('avg_pool_3x3', 1), ('skip_connect', 0), ('avg_pool_3x3', 0), ('avg_pool_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 1)], normal_concat=range(2, 7), reduce=[('sep_conv_5x5', 1), ('sep_conv_7x7', 0), ('max_pool_3x3', 1), ('sep_conv_7x7', 0), ('avg_pool_3x3', 1), ('sep_conv_5x5', 0), ('skip_connect', 3), ('avg_pool_3x3', 2), ('sep_conv_3x3', 2), ('max_pool_3x3', 1)], reduce_concat=range(4, 7))"`,
    );
    expect(genotypeToNotation(AmoebaNet)).toMatchInlineSnapshot(
      `"Genotype(normal=[('avg_pool_3x3', 0), ('max_pool_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 2), ('sep_conv_3x3', 0), ('avg_pool_3x3', 3), ('sep_conv_3x3', 1), ('skip_connect', 1), ('skip_connect', 0), ('avg_pool_3x3', 1)], normal_concat=range(4, 7), reduce=[('avg_pool_3x3', 0), ('sep_conv_3x3', 1), ('max_pool_3x3', 0), ('sep_conv_7x7', 2), ('sep_conv_7x7', 0), ('avg_pool_3x3', 1), ('max_pool_3x3', 0), ('max_pool_3x3', 1), ('conv_7x1_1x7', 0), ('sep_conv_3x3', 5)], reduce_concat=[3, 4, 6])"`,
    );
  });

  it('are found in any case', () => {
    expect(publishedName('amoebanet')).toBe('AmoebaNet');
    expect(publishedName('darts-v2')).toBe('DARTS_V2');
    expect(publishedName('darts_v3')).toBeUndefined();
  });
});
