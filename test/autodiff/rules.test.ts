import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OpName } from '../../src/graph/attributes.ts';
import { opNames } from '../../src/graph/ops.ts';
import { casesOf, triesOf } from '../support/arbitraries.ts';
import { applyCase, feedsOf, type OpCase } from '../support/case.ts';
import { gradientError, type Order } from './differences.ts';

/** Ops with no float32 input or no float32 output: nothing flows through them. */
const constant = new Set<OpName>(['Constant', 'OneHot', 'ArgMax', 'Greater', 'Less', 'Equal']);

/** Refused: a network is trained unrolled. */
const refused = new Set<OpName>(['Scan']);

/** Rounds to the numbers of float32, in steps that are wider than those of the differences. */
const rounds = ({ op, attributes, inputs }: OpCase) =>
  op === 'Cast' && 'to' in attributes && attributes.to === 'float32' && inputs[0]?.dtype === 'float32';

const errorOf = (opCase: OpCase, order: Order, seed: number) =>
  gradientError((builder) => applyCase(builder, opCase), feedsOf(opCase), order, seed);

for (const order of ['first', 'second'] as const) {
  describe(`${order} derivatives are the limits of central differences`, () => {
    for (const op of opNames.filter((name) => !constant.has(name) && !refused.has(name))) {
      it(op, async () => {
        await fc.assert(
          fc.asyncProperty(casesOf(op), fc.nat(), async (opCase, seed) => {
            fc.pre(!rounds(opCase));
            expect(await errorOf(opCase, order, seed)).toBeUndefined();
          }),
          { numRuns: triesOf(op) },
        );
      });
    }
  });
}

it('notices a gradient that is wrong: at its kink, Relu has none', async () => {
  const error = await errorOf(
    {
      op: 'Relu',
      attributes: {},
      inputs: [{ dtype: 'float32', shape: [2], fill: { kind: 'whole', seed: 0, least: 0, below: 1 } }],
    },
    'first',
    3,
  );
  expect(error).toMatch(/^the gradient says 0, differences say -?\d/);
});
