/** Convolution against its formula, element by element, and its adjoints against what makes them adjoint. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ConvAttributes } from '../../../src/graph/attributes.ts';
import type { Tensor, Tensors } from '../../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { opCases } from '../../support/arbitraries.ts';
import { opGraph, type OpCase } from '../../support/case.ts';
import { at, indices, inner, required } from '../../support/elements.ts';
import { tries } from '../../support/properties.ts';

const runtime = createReferenceRuntime();

async function outputOf(opCase: OpCase): Promise<Tensor> {
  const { graph, feeds } = opGraph(opCase);
  return required(await (await runtime.compile(graph)).run(feeds), 'y0');
}

/** y[n, o, i, j] by the definition of ONNX's Conv, one output element at a time; padding reads as 0. */
function convolved(
  feeds: Tensors,
  { strides, pads, dilations, group }: ConvAttributes,
  [n = 0, o = 0, i = 0, j = 0]: readonly number[],
): number {
  const [x, w] = [required(feeds, 'x0'), required(feeds, 'x1')];
  const [outputs = 1, perGroup = 1, kh = 1, kw = 1] = w.shape;
  let sum = feeds.has('x2') ? at(required(feeds, 'x2'), [o]) : 0;
  for (let c = 0; c < perGroup; c++) {
    for (let p = 0; p < kh; p++) {
      for (let q = 0; q < kw; q++) {
        const channel = Math.floor((o * group) / outputs) * perGroup + c;
        const row = i * strides[0] + p * dilations[0] - pads[0];
        const column = j * strides[1] + q * dilations[1] - pads[1];
        sum += at(x, [n, channel, row, column]) * at(w, [o, c, p, q]);
      }
    }
  }
  return sum;
}

describe('Conv', () => {
  it('is its formula', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.Conv, async (opCase) => {
        const { graph, feeds } = opGraph(opCase);
        const y = required(await (await runtime.compile(graph)).run(feeds), 'y0');
        for (const index of indices(y.shape)) {
          expect(at(y, index)).toBeCloseTo(convolved(feeds, opCase.attributes, index), 11);
        }
      }),
      { numRuns: tries(60) },
    );
  });
});

/** The Conv without bias that has these attributes and these operands. */
function convOf(attributes: ConvAttributes, x: OpCase['inputs'][number], w: OpCase['inputs'][number]) {
  const { strides, pads, dilations, group } = attributes;
  return { op: 'Conv', attributes: { strides, pads, dilations, group }, inputs: [x, w] } as const;
}

/** An input of the shape of `tensor`, whatever it holds. */
function like({ shape }: Tensor, seed: number): OpCase['inputs'][number] {
  return { dtype: 'float32', shape, fill: { kind: 'odd', seed } };
}

describe('the adjoints of Conv', () => {
  it('ConvTranspose: ⟨Conv(x, w), y⟩ = ⟨x, ConvTranspose(y, w)⟩', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.ConvTranspose, fc.nat({ max: 99 }), async (opCase, seed) => {
        const [y, w] = opCase.inputs;
        if (y === undefined || w === undefined) throw new Error('ConvTranspose takes two inputs');
        const transposed = await outputOf(opCase);
        const x = like(transposed, seed);
        const conv = opGraph(convOf(opCase.attributes, x, w));
        const forwards = required(await (await runtime.compile(conv.graph)).run(conv.feeds), 'y0');
        expect(forwards.shape).toEqual(y.shape);
        const given = required(opGraph(opCase).feeds, 'x0');
        const x0 = required(conv.feeds, 'x0');
        expect(inner(forwards, given)).toBeCloseTo(inner(x0, transposed), 9);
      }),
      { numRuns: tries(60) },
    );
  });

  it('ConvFilterGrad: ⟨Conv(x, w), dy⟩ = ⟨w, ConvFilterGrad(x, dy)⟩', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.ConvFilterGrad, fc.nat({ max: 99 }), async (opCase, seed) => {
        const [x] = opCase.inputs;
        if (x === undefined) throw new Error('ConvFilterGrad takes two inputs');
        const dw = await outputOf(opCase);
        const conv = opGraph(convOf(opCase.attributes, x, like(dw, seed)));
        const forwards = required(await (await runtime.compile(conv.graph)).run(conv.feeds), 'y0');
        const dy = required(opGraph(opCase).feeds, 'x1');
        expect(inner(forwards, dy)).toBeCloseTo(inner(required(conv.feeds, 'x1'), dw), 9);
      }),
      { numRuns: tries(60) },
    );
  });
});
