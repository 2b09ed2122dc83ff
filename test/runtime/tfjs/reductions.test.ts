/** Images that are made half as large give the same, and the same gradients, whatever else a graph does with their parts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grad } from '../../../src/autodiff/grad.ts';
import type { ConvAttributes } from '../../../src/graph/attributes.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import { verify } from '../../../src/graph/verify.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { fuse } from '../../../src/runtime/tfjs/tensorflow/fuse.ts';
import { difference } from '../../support/compare.ts';
import { randomFeeds } from '../../support/feeds.ts';
import { tries } from '../../support/properties.ts';

const reference = createReferenceRuntime();
const halving: ConvAttributes = { strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };

/** Where a pass gives other numbers than the graph that it was given. */
async function apart(plain: Graph): Promise<string | undefined> {
  const fast = fuse(plain);
  verify(fast);
  const feeds = randomFeeds(plain, 1);
  const [expected, given] = [await reference.compile(plain), await reference.compile(fast)];
  const tolerance = { absolute: 1e-8, relative: 1e-8 };
  return difference(await given.run(feeds), await expected.run(feeds), tolerance);
}

const shifted = (b: GraphBuilder, image: Value) =>
  b.op('Slice', [image], { axes: [2, 3], starts: [1, 1], ends: [4, 4], steps: [1, 1] });

/** The norm of both parts. */
function reduced(b: GraphBuilder, name: string, image: Value, [w, v]: readonly [Value, Value]): Value {
  const parts = [b.op('Conv', [image, w], halving), b.op('Conv', [shifted(b, image), v], halving)];
  const z = b.op('Concat', parts, { axis: 1 });
  const norm = ['scale', 'bias'].map((one) => b.input(`${name}.${one}`, [Number(z.type.shape[1])]));
  return b.node('BatchNormTrain', [z, ...norm], { epsilon: 1e-3 })[0] ?? z;
}

interface Case {
  /** Of each reduction: whether its image comes through a ReLU, the channels of its parts, and the first's kernel. */
  readonly reductions: readonly (readonly [relu: boolean, first: number, last: number, kernel: number])[];
  /** Whether all have the filters of the first, where they fit. */
  readonly shared: boolean;
  /** Whether the loss also reads what the ReLU gives. */
  readonly read: boolean;
  /** Of x and the filters, whose gradients are wanted. */
  readonly wanted: readonly boolean[];
}

const part = fc.integer({ min: 1, max: 2 });
const cases: fc.Arbitrary<Case> = fc.record({
  reductions: fc.array(fc.tuple(fc.boolean(), part, part, fc.constantFrom(1, 1, 1, 2)), {
    minLength: 1,
    maxLength: 3,
  }),
  shared: fc.boolean(),
  read: fc.boolean(),
  wanted: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
});

function network({ reductions, shared, read, wanted }: Case): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 4, 4]);
  const u = b.op('Relu', [x]);
  const filters: Value[] = [];
  const ys = reductions.map(([relu, first, last, kernel], i) => {
    const own = () =>
      [b.input(`w${i}`, [first, 2, kernel, kernel]), b.input(`v${i}`, [last, 2, 1, 1])] as const;
    const [w, v] = filters;
    const pair = shared && w !== undefined && v !== undefined ? ([w, v] as const) : own();
    if (pair[0] !== w) filters.push(...pair);
    return reduced(b, `norm${i}`, relu ? u : x, pair);
  });
  const losses = [...ys, ...(read ? [u] : [])].map((y) => b.op('Dot', [y, b.op('Sigmoid', [y])]));
  const wrt = [x, ...filters].filter((_, i) => wanted[i] === true);
  const gradients = grad(b, b.op('Sum', losses), wrt.length === 0 ? [x] : wrt);
  return b.finish('network', Object.fromEntries([...ys, ...gradients].map((value, i) => [`y${i}`, value])));
}

describe('reductions', () => {
  it('of one image and of its ReLU, of any parts, by filters of their own or shared', async () => {
    const gradientsOfOneAlone = {
      reductions: [
        [false, 2, 1, 1],
        [false, 1, 2, 1],
      ] as const,
      shared: false,
      read: false,
      wanted: [false, true, true, true, true, false, false],
    };
    const sharedAndRead = {
      reductions: [
        [false, 1, 1, 1],
        [true, 1, 1, 1],
      ] as const,
      shared: true,
      read: true,
      wanted: [true, false, false, false, false, false, false],
    };
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        expect(await apart(network(one))).toBeUndefined();
      }),
      { numRuns: tries(150), examples: [[gradientsOfOneAlone], [sharedAndRead]] },
    );
  });

  it('whose gradient stands in front of them, or is masked by what no ReLU gave', async () => {
    for (const relu of [false, true]) {
      const b = new GraphBuilder();
      const x = b.input('x', [1, 2, 4, 4]);
      const u = relu ? b.op('Relu', [x]) : x;
      const filters = [b.input('w', [1, 2, 1, 1]), b.input('v', [1, 2, 1, 1])] as const;
      const [dz1, dz2] = b.node('Split', [b.input('dz', [1, 2, 2, 2])], { axis: 1, split: [1, 1] });
      const spread = (dz: Value | undefined, filter: Value, rest: 0 | 1) =>
        b.op('ConvTranspose', [dz ?? x, filter], { ...halving, output_padding: [rest, rest] });
      const far = b.op('Pad', [spread(dz2, filters[1], 0)], { pads: [0, 0, 1, 1, 0, 0, 0, 0], value: 0 });
      const sum = b.op('Sum', [spread(dz1, filters[0], 1), far, b.op('Sigmoid', [x])]);
      const dx = b.op('ReluGrad', [sum, u]);
      const y = reduced(b, 'norm', u, filters);
      expect(await apart(b.finish('front', { dx, y }))).toBeUndefined();
      // The other way round.
      expect(await apart(b.finish('behind', { y, dx }))).toBeUndefined();
    }
  });

  it('beside sums of other types and of open channels, which are left as they are', () => {
    const b = new GraphBuilder();
    const [x, y, f] = [
      b.input('x', ['batch', 't', 4, 4]),
      b.input('y', ['batch', 't', 4, 4]),
      b.input('f', [1]),
    ];
    const whole = { dtype: 'int64' } as const;
    const [i, j, k] = [
      b.input('i', [1, 2, 3, 4], whole),
      b.input('j', [1, 2, 3, 4], whole),
      b.input('k', [1], whole),
    ];
    const graph = b.finish('sums', {
      open: b.op('Add', [x, b.op('Mul', [y, f])]),
      whole: b.op('Add', [i, b.op('Mul', [j, k])]),
    });
    expect(fuse(graph).nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
  });
});

describe('patches', () => {
  it('are refused where windows do not move, or begin past the image', () => {
    const form = { kernel_shape: [2, 2], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 4, 4]);
    expect(() => b.op('Patches', [x], { ...form, strides: [0, 1] })).toThrow(/strides .* must be positive/);
    expect(() => b.op('Patches', [x], { ...form, pads: [-1, 0, 0, 0] })).toThrow(
      /pads .* must not be negative/,
    );
    expect(() => b.op('PixelPairs', [b.input('odd', [1, 1, 3, 4])])).toThrow(/no whole number of 2×2 pixels/);
  });
});
