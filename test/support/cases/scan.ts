/** Cases of Scan: bodies of several kinds, over sequences of any length. */
import * as fc from 'fast-check';

import { internal } from '../../../src/errors.ts';
import type { OpAttributes } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { scan } from '../../../src/graph/scan.ts';
import type { Value } from '../../../src/graph/types.ts';
import type { CaseInput, OpCase } from '../case.ts';
import { extent, floatInput, seeds, wholeInput } from '../shapes.ts';

/** Builds a Scan over inputs x0, x1, … of given shapes. */
type Build = (b: GraphBuilder, x: (i: number) => Value) => unknown;

function attributesOf(inputs: readonly CaseInput[], build: Build): OpAttributes['Scan'] {
  const b = new GraphBuilder();
  const values = inputs.map(({ dtype, shape }, i) => b.input(`x${i}`, shape, { dtype }));
  const x = (i: number): Value => {
    const value = values[i];
    if (value === undefined) throw internal(`a case has no input ${i}`);
    return value;
  };
  const outputs = build(b, x) as { readonly states: Readonly<Record<string, Value>> };
  const node = Object.values(outputs.states)[0]?.node;
  if (node?.op !== 'Scan') throw internal('a case of Scan has a state');
  return node.attributes;
}

function caseOf(inputs: fc.Arbitrary<readonly CaseInput[]>, build: Build): fc.Arbitrary<OpCase<'Scan'>> {
  return inputs.map((given) => ({
    op: 'Scan' as const,
    attributes: attributesOf(given, build),
    inputs: given,
  }));
}

/** h ← tanh(x·w + h): a product with a captured weight; the state is an output too, and a constant plays along. */
const recurrent = fc.tuple(extent, extent, extent, extent).chain(([length, batch, wide, units]) =>
  caseOf(
    fc.tuple(floatInput([batch, units]), floatInput([length, batch, wide]), floatInput([wide, units])),
    (b, x) =>
      scan(b, { states: { h: x(0) }, sequences: { x: x(1) } }, (step) => {
        const sum = step.b.op('Add', [step.b.op('MatMul', [step.slices.x, step.outer(x(2))]), step.states.h]);
        const next = step.b.op('Tanh', [sum]);
        return {
          states: { h: next },
          outputs: { every: next, half: step.b.op('Mul', [next, step.b.constant(0.5)]) },
        };
      }),
  ),
);

/** Whatever may come out of a body unchanged does: a state, a slice, a captured value, a constant; integers too. */
const unchanged = fc.tuple(extent, extent).chain(([length, size]) =>
  caseOf(
    fc.tuple(
      floatInput([]),
      floatInput([size]),
      wholeInput('int64', [length, size], -3, 4),
      floatInput([length]),
      floatInput([2, size]),
    ),
    (b, x) =>
      scan(b, { states: { total: x(0), kept: x(1) }, sequences: { ids: x(2), x: x(3) } }, (step) => {
        const total = step.b.op('Add', [step.states.total, step.slices.x]);
        return {
          states: { total, kept: step.states.kept },
          outputs: {
            same: step.slices.ids,
            before: step.states.total,
            outer: step.outer(x(4)),
            one: step.b.constant(1),
            again: total,
          },
        };
      }),
  ),
);

/** Images as states, which some runtimes lay out in another order, two attributes that are operands, and two sequences. */
const image = fc.tuple(extent, fc.integer({ min: 1, max: 2 }), seeds).chain(([length, batch]) =>
  caseOf(
    fc.tuple(
      floatInput([batch, 2, 3, 3]),
      floatInput([length, batch, 2, 3, 3]),
      floatInput([length, 2]),
      floatInput([2, 2, 3, 3]),
    ),
    (b, x) =>
      scan(b, { states: { image: x(0) }, sequences: { frame: x(1), gain: x(2) } }, (step) => {
        const { b: inside, states, slices } = step;
        const seen = inside.op('Conv', [states.image, step.outer(x(3))], {
          strides: [1, 1],
          pads: [1, 1, 1, 1],
          dilations: [1, 1],
          group: 1,
        });
        const gain = inside.op('Reshape', [slices.gain], { shape: [1, 2, 1, 1] });
        const small = inside.op('Mul', [seen, inside.constant(0.125)]);
        const next = inside.op('Add', [inside.op('Mul', [small, gain]), slices.frame]);
        const [left, right] = inside.node('Split', [next], { axis: 1, split: [1, 1] });
        if (left === undefined || right === undefined) throw internal('a split has two parts');
        return { states: { image: next }, outputs: { seen, difference: inside.op('Sub', [left, right]) } };
      }),
  ),
);

export const scanCases = { Scan: fc.oneof(recurrent, unchanged, image) };
