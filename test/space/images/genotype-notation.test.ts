import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import type { CellGenotype } from '../../../src/space/images/genotype.ts';
import { genotypeFromNotation, genotypeToNotation } from '../../../src/space/images/genotype-notation.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { arbitraryGenotype } from './genotype-arbitrary.ts';

const tiny: CellGenotype = {
  nodes: [
    [
      { op: 'skip_connect', source: 0 },
      { op: 'sep_conv_3x3', source: 1 },
    ],
  ],
  concat: [2],
};
const tinyText = "[('skip_connect', 0), ('sep_conv_3x3', 1)]";

function errorOf(text: string): string {
  try {
    genotypeFromNotation(text);
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    expect(error.code).toBe('space/invalid-genotype');
    return error.message;
  }
  return 'legal';
}

/** A legal tiny genotype with the text of one field replaced. */
function withField(name: string, value: string): string {
  const fields = {
    normal: tinyText,
    normal_concat: '[2]',
    reduce: tinyText,
    reduce_concat: '[2]',
    [name]: value,
  };
  const parts = Object.entries(fields).map(([key, text]) => `${key}=${text}`);
  return `Genotype(${parts.join(', ')})`;
}

describe('genotype in tuple notation', () => {
  it('reads back what it wrote, for any number of inputs', () => {
    fc.assert(
      fc.property(arbitraryGenotype(), (genotype) => {
        expect(genotypeFromNotation(genotypeToNotation(genotype))).toEqual(genotype);
      }),
    );
  });

  it('prints two inputs a node as the flat list that the official code reads', () => {
    fc.assert(
      fc.property(arbitraryGenotype(6, 2), (genotype) => {
        expect(genotypeToNotation(genotype)).toMatch(/^Genotype\(normal=\[\(/);
      }),
    );
    expect(genotypeToNotation(DARTS_V2)).toMatchInlineSnapshot(
      `"Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=range(2, 6))"`,
    );
  });

  it('reads a pasted line of code or of a log, in any quotes and layout', () => {
    const text = `
      05/12 09:30:12 AM genotype = Genotype (
        normal = [
          ("skip_connect", 0),  # the identity
          ('sep_conv_3x3' , 1 ),
        ],
        normal_concat=[2],
        reduce=(("skip_connect",0),["sep_conv_3x3",1]),
        reduce_concat = list(range( 2, 3 )),
      )`;
    expect(genotypeFromNotation(text)).toEqual({ normal: tiny, reduce: tiny });
  });

  it('takes fields by position, as a named tuple does', () => {
    expect(genotypeFromNotation(`Genotype(${tinyText}, [2], ${tinyText}, range(2, 3))`)).toEqual({
      normal: tiny,
      reduce: tiny,
    });
  });

  it.each([
    ['range(2, 3)', [2]],
    ['range(2, 4, 5)', [2]],
    ['range(2, 1, -1)', [2]],
    ['tuple([2])', [2]],
  ])('reads %s', (text, states) => {
    expect(genotypeFromNotation(withField('normal_concat', text)).normal.concat).toEqual(states);
  });

  it('steps a range as Python does', () => {
    const node = "('skip_connect', 0), ('skip_connect', 1)";
    const normal = `[${node}, ${node}, ${node}]`;
    const concat = (range: string): readonly number[] =>
      genotypeFromNotation(`Genotype(${normal}, ${range}, ${normal}, [2])`).normal.concat;
    expect(concat('range(2, 5, 2)')).toEqual([2, 4]);
    expect(concat('range(4, 1, -2)')).toEqual([4, 2]);
  });

  it.each([
    ['no genotype at all', 'sep_conv_3x3', "no 'Genotype(' in the text"],
    [
      'two genotypes',
      `${withField('normal', '[]')} ${withField('normal', '[]')}`,
      'the text holds 2 genotypes',
    ],
    ['a text cut short', withField('normal', tinyText).slice(0, -2), 'found the end of the text'],
    ['a missing field', `Genotype(normal=${tinyText})`, "field 'normal_concat' is missing"],
    ['a strange field', withField('shrink', '[]'), "unknown field 'shrink'"],
    ['a field given twice', `Genotype(normal=[], normal=[])`, "field 'normal' is given twice"],
    ['a recurrent cell', "Genotype(recurrent=[('tanh', 0)], concat=range(1, 9))", 'a recurrent cell'],
    ['a name where a value stands', withField('normal', 'PRIMITIVES'), "found 'PRIMITIVES, normal_c'"],
    ['a number that is none', withField('normal_concat', '[2.5]'), 'column 76: expected a list'],
    ['a missing comma', withField('normal_concat', '[2 3]'), "expected ',' or ']', found '3]"],
    [
      'an odd number of pairs',
      withField('normal', "[('skip_connect', 0)]"),
      'normal cell: 1 (op, source) pair, an odd',
    ],
    [
      'a swapped pair',
      withField('reduce', "[(0, 'skip_connect')]"),
      'reduction cell, pair 1: expected (op, source)',
    ],
    [
      'a triple',
      withField('normal', "[[('skip_connect', 0, 1)]]"),
      'normal cell, node 0, input 1: expected (op, so',
    ],
    [
      'an illegal source',
      withField('normal', "[[('skip_connect', 2)]]"),
      'node 0, first input: source 2 is out',
    ],
    ['an endless range', withField('normal_concat', 'range(1000000000)'), 'range holds 1000000000 states'],
    ['a range that stands still', withField('normal_concat', 'range(2, 3, 0)'), 'range has step 0'],
    ['a bottomless list', withField('normal', '['.repeat(100_000)), 'nested more than 8 deep'],
  ])('refuses %s', (_, text, message) => {
    expect(errorOf(text)).toContain(message);
  });
});
