/** Kernels against formulas that are written out, one element at a time, and against values worked out by hand. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OpAttributes, OpName, PoolAttributes } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats, integers, type Tensor } from '../../../src/graph/tensor.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { opCases } from '../../support/arbitraries.ts';
import { opGraph, type OpCase } from '../../support/case.ts';
import { at, indices, required } from '../../support/elements.ts';
import { tries } from '../../support/properties.ts';

const runtime = createReferenceRuntime();

async function evaluated<K extends OpName>(opCase: OpCase<K>) {
  const { graph, feeds } = opGraph(opCase);
  return { feeds, outputs: await (await runtime.compile(graph)).run(feeds) };
}

/** Runs one op on tensors that are written down. */
async function applied<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
): Promise<number[][]> {
  const b = new GraphBuilder();
  const values = inputs.map(({ dtype, shape }, i) => b.input(`x${i}`, shape, { dtype }));
  const outputs = b.node(op as 'Conv', values, attributes as OpAttributes['Conv']);
  const graph = b.finish(op, Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])));
  const feeds = new Map(inputs.map((tensor, i) => [`x${i}`, tensor]));
  return [...(await (await runtime.compile(graph)).run(feeds)).values()].map(({ data }) => [...data]);
}

/** What a window of a pool covers, padding too, as indices of x. */
function windowAt({ kernel_shape, strides, pads }: PoolAttributes, index: readonly number[]): number[][] {
  const [n = 0, c = 0, i = 0, j = 0] = index;
  return indices(kernel_shape).map(([p = 0, q = 0]) => [
    n,
    c,
    i * strides[0] + p - pads[0],
    j * strides[1] + q - pads[1],
  ]);
}

describe('pools are their formulas', () => {
  it('MaxPool, and where its maxima stand', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.MaxPool, async (opCase) => {
        const { feeds, outputs } = await evaluated(opCase);
        const [x, y, positions] = [required(feeds, 'x0'), required(outputs, 'y0'), required(outputs, 'y1')];
        for (const index of indices(y.shape)) {
          const covered = windowAt(opCase.attributes, index).map((place) => at(x, place, -Infinity));
          expect(at(y, index)).toBe(Math.max(...covered));
          expect(x.data[at(positions, index)]).toBe(at(y, index));
        }
      }),
      { numRuns: tries(60) },
    );
  });

  it('AveragePool, with and without the padding', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.AveragePool, async (opCase) => {
        const { feeds, outputs } = await evaluated(opCase);
        const [x, y] = [required(feeds, 'x0'), required(outputs, 'y0')];
        for (const index of indices(y.shape)) {
          const places = windowAt(opCase.attributes, index);
          const counted = opCase.attributes.count_include_pad
            ? places
            : places.filter((place) => !Number.isNaN(at(x, place, NaN)));
          const sum = counted.reduce((total, place) => total + at(x, place), 0);
          expect(at(y, index)).toBeCloseTo(sum / counted.length, 12);
        }
      }),
      { numRuns: tries(60) },
    );
  });

  it('the first of equal maxima wins', async () => {
    const x = floats([1, 1, 2, 3], [7, 7, 1, 7, 0, 1]);
    const attributes = { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] } as const;
    expect(await applied('MaxPool', [x], attributes)).toEqual([
      [7, 7],
      [0, 1],
    ]);
  });

  it('positions count over the whole tensor', async () => {
    const x = floats([2, 1, 1, 2], [1, 2, 4, 3]);
    const attributes = { kernel_shape: [1, 2], strides: [1, 1], pads: [0, 0, 0, 0] } as const;
    expect(await applied('MaxPool', [x], attributes)).toEqual([
      [2, 4],
      [1, 2],
    ]);
  });
});

describe('batch norm', () => {
  it('in training gives each channel mean bias and deviation |scale|, but for epsilon, and a biased variance', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.BatchNormTrain, async (opCase) => {
        const { feeds, outputs } = await evaluated(opCase);
        const [x, y] = [required(feeds, 'x0'), required(outputs, 'y0')];
        const [, channels = 1] = x.shape;
        for (let c = 0; c < channels; c++) {
          const own = indices(x.shape).filter((index) => index[1] === c);
          const average = (f: (index: number[]) => number) =>
            own.reduce((sum, index) => sum + f(index), 0) / own.length;
          const mean = average((index) => at(x, index));
          const variance = average((index) => at(x, index) ** 2) - mean ** 2;
          expect(at(required(outputs, 'y1'), [c])).toBeCloseTo(mean, 12);
          expect(at(required(outputs, 'y2'), [c])).toBeCloseTo(variance, 12);
          const [scale, bias] = [at(required(feeds, 'x1'), [c]), at(required(feeds, 'x2'), [c])];
          expect(average((index) => at(y, index))).toBeCloseTo(bias, 12);
          const spread = average((index) => (at(y, index) - bias) ** 2);
          const expected = (scale ** 2 * variance) / (variance + opCase.attributes.epsilon);
          expect(spread).toBeCloseTo(expected, 10);
        }
      }),
      { numRuns: tries(60) },
    );
  });
});

describe('matrix products are their formulas', () => {
  it('Gemm, transposed or not, scaled and with a bias', async () => {
    await fc.assert(
      fc.asyncProperty(opCases.Gemm, async (opCase) => {
        const { alpha, beta, transA, transB } = opCase.attributes;
        const { feeds, outputs } = await evaluated(opCase);
        const [a, b, y] = [required(feeds, 'x0'), required(feeds, 'x1'), required(outputs, 'y0')];
        const shared = a.shape[transA ? 0 : 1] ?? 1;
        for (const [i = 0, j = 0] of indices(y.shape)) {
          let sum = 0;
          for (let k = 0; k < shared; k++) {
            sum += at(a, transA ? [k, i] : [i, k]) * at(b, transB ? [j, k] : [k, j]);
          }
          const c = feeds.get('x2');
          const place = [i, j].slice(2 - (c?.shape.length ?? 0));
          const bias =
            c === undefined
              ? 0
              : at(
                  c,
                  place.map((k, axis) => (c.shape[axis] === 1 ? 0 : k)),
                );
          expect(at(y, [i, j])).toBeCloseTo(alpha * sum + beta * bias, 11);
        }
      }),
      { numRuns: tries(60) },
    );
  });
});

describe('by hand', () => {
  const row = (...values: number[]) => floats([values.length], values);
  const whole = (...values: number[]) => integers([values.length], values);

  it('softmax does not overflow', async () => {
    const third = Math.log(3);
    expect(await applied('LogSoftmax', [row(1000, 1000, 1000)], { axis: 0 })).toEqual([
      [-third, -third, -third],
    ]);
    const [shares] = await applied('Softmax', [row(-1000, 0, 1000)], { axis: -1 });
    expect(shares).toEqual([0, 0, 1]);
  });

  it('casts cut fractions off', async () => {
    expect(await applied('Cast', [row(-1.9, -0.5, 0, 2.9)], { to: 'int64' })).toEqual([[-1, 0, 0, 2]]);
    expect(await applied('Cast', [row(-1.9, -0.5, 0, 2.9)], { to: 'bool' })).toEqual([[1, 1, 0, 1]]);
  });

  it('scattering adds up what is written twice, or keeps the last', async () => {
    const operands = [row(1, 1, 1), whole(2, 0, 2), row(10, 20, 30)];
    expect(await applied('ScatterElements', operands, { axis: 0, reduction: 'add' })).toEqual([[21, 1, 41]]);
    expect(await applied('ScatterElements', operands, { axis: 0, reduction: 'none' })).toEqual([[20, 1, 30]]);
  });

  it('negative indices count from the back, and indices outside are refused', async () => {
    expect(await applied('Gather', [row(5, 6, 7), whole(-1, 0)], { axis: 0 })).toEqual([[7, 5]]);
    expect(await applied('GatherElements', [row(5, 6, 7), whole(-3)], { axis: 0 })).toEqual([[5]]);
    await expect(applied('Gather', [row(5, 6, 7), whole(3)], { axis: 0 })).rejects.toThrow(
      'Gather: index 3 is outside an axis of 3',
    );
  });

  it('a class that is not one of them is hot nowhere', async () => {
    expect(await applied('OneHot', [whole(1, 2, 3, -1)], { depth: 2 })).toEqual([[0, 1, 0, 0, 0, 0, 0, 1]]);
  });

  it('slices go backwards, past the front', async () => {
    const attributes = { starts: [-1], ends: [-9], axes: [0], steps: [-2] };
    expect(await applied('Slice', [row(1, 2, 3, 4, 5)], attributes)).toEqual([[5, 3, 1]]);
  });

  it('the first of equal maxima is the argmax', async () => {
    expect(await applied('ArgMax', [row(1, 3, 3)], { axis: 0, keepdims: 0 })).toEqual([[1]]);
  });

  it('momentum decays the weight, clips the gradient and moves against it', async () => {
    const scalars = [floats([], [0.1]), floats([], [0.5])];
    const operands = [row(2), row(4), row(10), ...scalars];
    const attributes = { momentum: 0.5, weight_decay: 0.25 };
    // v' = 0.5·10 + 0.5·4 + 0.25·2 = 7.5; w' = 2 − 0.1·7.5.
    expect(await applied('SgdMomentum', operands, attributes)).toEqual([[1.25], [7.5]]);
  });
});
