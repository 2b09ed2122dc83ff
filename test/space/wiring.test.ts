import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { imagesSpace } from '../../src/space/images/space.ts';
import { dartsPrimitives } from '../../src/space/images/primitives.ts';
import { textSpace } from '../../src/space/text/space.ts';
import { rnnPrimitives } from '../../src/space/text/primitives.ts';
import type { Alphas, Genotype, Space } from '../../src/space/space.ts';
import { tries } from '../support/properties.ts';

const alphasOf = (rows: number, columns: number) =>
  fc.array(
    fc.array(
      fc.integer({ min: -24, max: 24 }).map((eighths) => eighths / 8),
      { minLength: columns, maxLength: columns },
    ),
    {
      minLength: rows,
      maxLength: rows,
    },
  );

/** Each input's row is that of its edge, and its op is the strongest of that row. */
function holds(space: Space, genotype: Genotype, alphas: Alphas, primitives: readonly string[]): void {
  for (const { key, nodes } of space.wiring(genotype)) {
    const rows = alphas[key] ?? [];
    const names = space.edgeNames(rows.length);
    expect(names).toHaveLength(rows.length);
    const inputs = nodes.flatMap(({ name, inputs }) => inputs.map((input) => ({ name, ...input })));
    expect(inputs.map(({ row }) => names[row])).toEqual(inputs.map(({ name, from }) => `${from} → ${name}`));
    const values = inputs.map(({ row }) => Array.from(rows[row] ?? []));
    expect(inputs.map(({ op }, i) => values[i]?.[primitives.indexOf(op)])).toEqual(
      values.map((each) => Math.max(...each.filter((_, k) => primitives[k] !== 'none'))),
    );
  }
}

test('a wired convolutional cell names the edge of every op', () => {
  fc.assert(
    fc.property(alphasOf(14, 8), alphasOf(14, 8), (normal, reduce) => {
      const settings = { nodes: 4, primitives: dartsPrimitives, max_skips: null };
      const genotype = imagesSpace.derive({ normal, reduce }, settings);
      holds(imagesSpace, genotype, { normal, reduce }, dartsPrimitives);
    }),
    { numRuns: tries(50) },
  );
});

test('a wired recurrent cell names the edge of every op', () => {
  fc.assert(
    fc.property(alphasOf(36, rnnPrimitives.length), (recurrent) => {
      const genotype = textSpace.derive(
        { recurrent },
        { nodes: 8, primitives: rnnPrimitives, max_skips: null },
      );
      holds(textSpace, genotype, { recurrent }, rnnPrimitives);
    }),
    { numRuns: tries(50) },
  );
});
