import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import { validateRnnGenotype } from '../../../src/space/text/genotype.ts';
import {
  rnnGenotypeFromJson,
  rnnGenotypeFromNotation,
  rnnGenotypeToJson,
  rnnGenotypeToNotation,
} from '../../../src/space/text/genotype-text.ts';
import { publishedRnnGenotypes, publishedRnnName } from '../../../src/space/text/published.ts';
import { arbitraryRnnGenotype } from './arbitrary.ts';

/** The message and the help of the error that `call` throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    expect(error.code).toBe('space/invalid-genotype');
    return `${error.message} | ${error.help}`;
  }
  throw new Error('nothing was refused');
}

describe('a recurrent genotype', () => {
  it('is read back from either text as it was written', () => {
    fc.assert(
      fc.property(arbitraryRnnGenotype(), (genotype) => {
        expect(validateRnnGenotype(genotype)).toEqual(genotype);
        expect(rnnGenotypeFromJson(rnnGenotypeToJson(genotype))).toEqual(genotype);
        expect(rnnGenotypeFromNotation(rnnGenotypeToNotation(genotype))).toEqual(genotype);
      }),
    );
  });

  it('is read from a line of a log of the official code', () => {
    const line =
      "2018 06:11 genotype = Genotype(recurrent=[('sigmoid', 0), ('relu', 1)], concat=range(1, 3))";
    expect(rnnGenotypeFromNotation(line)).toEqual({
      nodes: [
        { op: 'sigmoid', source: 0 },
        { op: 'relu', source: 1 },
      ],
      concat: [1, 2],
    });
  });

  it('has a line for each node in JSON', () => {
    const { nodes } = publishedRnnGenotypes.DARTS_V2;
    expect(rnnGenotypeToJson({ nodes: nodes.slice(0, 2), concat: [1, 2] })).toMatchInlineSnapshot(`
      "{
        "nodes": [
          { "op": "sigmoid", "source": 0 },
          { "op": "relu", "source": 1 }
        ],
        "concat": [1, 2]
      }
      "
    `);
  });

  const node = { op: 'tanh', source: 0 };
  it.each([
    [
      { nodes: [node, { op: 'tanhh', source: 0 }], concat: [1] },
      "node 1: unknown op 'tanhh' | Did you mean 'tanh'?",
    ],
    [{ nodes: [{ op: 'none', source: 0 }], concat: [1] }, "node 0: op 'none' cannot be part of a genotype"],
    [{ nodes: [node, { op: 'relu', source: 2 }], concat: [1] }, 'node 1: source 2 is out of range'],
    [{ nodes: [node], concat: [0] }, 'concat: state 0 is not a node of this cell'],
    [{ nodes: [node], concat: [2] }, 'concat: state 2 is not a node of this cell'],
    [{ nodes: [node], concat: [1, 1] }, 'concat: state 1 is listed twice'],
    [{ nodes: [], concat: [1] }, 'recurrent cell, nodes: empty'],
    [{ nodes: [{ op: 'relu' }], concat: [1] }, 'recurrent cell, node 0, source: expected an integer'],
    [{ nodes: [node], concat: [1], extra: 1 }, "recurrent cell: unknown key 'extra'"],
  ])('names what is wrong: %j', (data, message) => {
    expect(refusal(() => validateRnnGenotype(data))).toContain(message);
  });

  it.each([
    ['Genotype(normal=[], normal_concat=[2], reduce=[], reduce_concat=[2])', 'convolutional cells'],
    ["Genotype(recurrent=[('tanh', 0)])", "field 'concat' is missing"],
    ["Genotype(recurrent=[('tanh', 0, 1)], concat=[1])", 'node 0: expected (op, source)'],
    ["Genotype(recurrent=[('tanh', 0)], concat=[1], x=1)", "unknown field 'x'"],
  ])('names what is wrong in the notation: %s', (text, message) => {
    expect(refusal(() => rnnGenotypeFromNotation(text))).toContain(message);
  });
});

describe('published recurrent cells', () => {
  it.each(Object.entries(publishedRnnGenotypes))('%s is legal', (_, genotype) => {
    expect(validateRnnGenotype(genotype)).toEqual(genotype);
  });

  it('are those of the official code', () => {
    expect(Object.values(publishedRnnGenotypes).map((genotype) => rnnGenotypeToNotation(genotype)))
      .toMatchInlineSnapshot(`
      [
        "Genotype(recurrent=[('relu', 0), ('relu', 1), ('tanh', 2), ('relu', 3), ('relu', 4), ('identity', 1), ('relu', 5), ('relu', 1)], concat=range(1, 9))",
        "Genotype(recurrent=[('sigmoid', 0), ('relu', 1), ('relu', 1), ('identity', 1), ('tanh', 2), ('sigmoid', 5), ('tanh', 3), ('relu', 5)], concat=range(1, 9))",
        "Genotype(recurrent=[('sigmoid', 0), ('relu', 1), ('relu', 1), ('identity', 1), ('tanh', 2), ('sigmoid', 5), ('tanh', 3), ('relu', 5)], concat=range(1, 9))",
        "Genotype(recurrent=[('tanh', 0), ('tanh', 1), ('relu', 1), ('tanh', 3), ('tanh', 3), ('relu', 3), ('relu', 4), ('relu', 7), ('relu', 8), ('relu', 8), ('relu', 8)], concat=[2, 5, 6, 9, 10, 11])",
      ]
    `);
  });

  it('of ENAS averages the nodes that no other reads', () => {
    const { nodes, concat } = publishedRnnGenotypes.ENAS;
    const read = new Set(nodes.map(({ source }) => source));
    expect(concat).toEqual(nodes.map((_, i) => i + 1).filter((state) => !read.has(state)));
  });

  it('are found in any case', () => {
    expect(publishedRnnName('darts-v2')).toBe('DARTS_V2');
    expect(publishedRnnName('enas')).toBe('ENAS');
    expect(publishedRnnName('NASNet')).toBeUndefined();
  });
});
