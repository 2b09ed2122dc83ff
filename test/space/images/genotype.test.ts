import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import { validateGenotype } from '../../../src/space/images/genotype.ts';
import { DARTS_V2 } from '../../../src/space/images/published.ts';
import { arbitraryGenotype } from './genotype-arbitrary.ts';

/** DARTS_V2 as loose data, with one place replaced. */
function broken(path: readonly (string | number)[], value: unknown): unknown {
  const data = structuredClone(DARTS_V2) as unknown;
  let at = data as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return data;
}

function errorOf(data: unknown): string {
  try {
    validateGenotype(data);
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    expect(error.code).toBe('space/invalid-genotype');
    return `${error.message}\n${error.help}`;
  }
  return 'legal';
}

describe('validateGenotype', () => {
  it('returns every legal genotype unchanged', () => {
    fc.assert(
      fc.property(arbitraryGenotype(), (genotype) => {
        expect(validateGenotype(genotype)).toEqual(genotype);
      }),
    );
  });

  it('names the position, the slip and the rule', () => {
    expect(errorOf(broken(['normal', 'nodes', 2, 1, 'op'], 'sep_conv_3x4'))).toMatchInlineSnapshot(`
      "normal cell, node 2, second input: unknown op 'sep_conv_3x4'
      Did you mean 'sep_conv_3x3'? The ops are: max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5, sep_conv_7x7, conv_7x1_1x7."
    `);
    expect(errorOf(broken(['reduce', 'nodes', 0, 0, 'source'], 2))).toMatchInlineSnapshot(`
      "reduction cell, node 0, first input: source 2 is out of range
      Node 0 may read the states 0 to 1: 0 and 1 are the inputs of the cell, and node i is state i + 2, so a node reads only nodes before it."
    `);
    expect(errorOf(broken(['normal', 'nodes', 3, 0, 'op'], 'none'))).toMatchInlineSnapshot(`
      "normal cell, node 3, first input: op 'none' cannot be part of a genotype
      'none' means no edge, and only competes during a search. Leave the input out or give it another op."
    `);
    expect(errorOf(broken(['reduce', 'concat'], [2, 6]))).toMatchInlineSnapshot(`
      "reduction cell, concat: state 6 is not a node of this cell
      The cell has 4 nodes, so concat may hold the states 2 to 5; states 0 and 1 are the inputs of the cell and cannot be concatenated."
    `);
    expect(errorOf(broken(['normal', 'concat'], [2, 3, 2]))).toMatchInlineSnapshot(`
      "normal cell, concat: state 2 is listed twice
      List each state once."
    `);
  });

  it.each([
    ['a source before the first state', ['normal', 'nodes', 1, 0, 'source'], -1, 'source -1 is out of range'],
    ['an input of the cell in concat', ['normal', 'concat'], [1, 2], 'state 1 is not a node'],
    [
      'a number for an op',
      ['normal', 'nodes', 1, 0, 'op'],
      7,
      'node 1, first input, op: expected a string, got 7',
    ],
    ['a fraction', ['normal', 'nodes', 1, 0, 'source'], 0.5, 'source: expected an integer, got 0.5'],
    ['a node without inputs', ['reduce', 'nodes', 1], [], 'reduction cell, node 1: empty'],
    ['a cell without nodes', ['reduce', 'nodes'], [], 'reduction cell, nodes: empty'],
    ['nothing to concatenate', ['reduce', 'concat'], [], 'reduction cell, concat: empty'],
    ['a missing cell', ['reduce'], undefined, 'reduction cell: missing'],
    ['a key that means nothing', ['normal', 'multiplier'], 4, "normal cell: unknown key 'multiplier'"],
    ['text in concat', ['normal', 'concat', 1], '3', 'normal cell, concat[1]: expected an integer, got "3"'],
  ] as const)('refuses %s', (_, path, value, message) => {
    expect(errorOf(broken(path, value))).toContain(message);
  });

  it.each([[null], ['DARTS'], [[]], [{}]])('refuses %j', (data) => {
    expect(errorOf(data)).not.toBe('legal');
  });

  it('allows what published cells do: a source twice, a node neither read nor concatenated', () => {
    const cell = {
      nodes: [
        [
          { op: 'avg_pool_3x3', source: 0 },
          { op: 'avg_pool_3x3', source: 0 },
        ],
        [{ op: 'skip_connect', source: 1 }],
      ],
      concat: [3],
    };
    expect(errorOf({ normal: cell, reduce: cell })).toBe('legal');
  });
});
