/** Prints digests of what ops of our own give, and nothing else computes, in two runs. */
import { createHash } from 'node:crypto';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { randomFeeds } from '../../support/feeds.ts';

const b = new GraphBuilder();
const C = 24;
const [x, dy, w] = [b.input('x', [7, C, 16, 16]), b.input('dy', [7, C, 16, 16]), b.input('w', [C, 1, 5, 5])];
const conv = { strides: [1, 1], pads: [4, 4, 4, 4], dilations: [2, 2], group: C } as const;
const pool = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } as const;
const y = b.op('Conv', [x, w], conv);
const [mix, norm] = [b.input('mix', [C, C, 1, 1]), b.input('norm', [C])];
const positive = b.op('Exp', [norm]);
const half = { ...conv, relu: 1, norm_epsilon: 1e-5 } as const;
const [z = y, mean = norm, variance = norm] = b.node(
  'SeparableHalf',
  [x, w, mix, norm, norm, norm, positive],
  half,
);
const back = [dy, z, norm, mean, variance, x, w, mix, norm, norm, norm, positive];
const [c, p] = [b.input('c', [2 * 7, 2 * 16 * 40]), b.input('p', [2, 3])];
const rows = [0, 1].map((i) => b.input(`s${i}`, [7, 16 * 40]));
const activations = ['Tanh', 'Relu', 'Sigmoid'] as const;
const w2 = b.input('w2', [16 * 40, 70]);
const stacked = b.op('StackedProduct', [w2, b.input('mask', [7, 16 * 40]), ...rows]);
const labels = b.op('ArgMax', [b.op('Neg', [c])], { axis: 1, keepdims: 0 });
const [losses = c, logs = c] = b.node('CrossEntropy', [c, labels], {});
const results: Value[] = [
  losses,
  logs,
  b.op('CrossEntropyGrad', [losses, logs, labels]),
  b.op('MixedHighway', [c, p, ...rows], { activations }),
  ...b.node('MixedHighwayGrad', [rows[0] ?? c, c, p, ...rows], { activations }),
  stacked,
  ...b.node('StackedProductGrad', [stacked, w2, b.input('mask2', [7, 16 * 40]), ...rows]),
  y,
  b.op('ConvTranspose', [dy, w], { ...conv, output_padding: [0, 0] }),
  b.op('ConvFilterGrad', [x, dy], { ...conv, kernel_shape: [5, 5] }),
  z,
  mean,
  variance,
  ...b.node('SeparableHalfGrad', back, { ...half, epsilon: 1e-5, masked: 1, again: 0, dropped: 0, added: 0 }),
  ...b.node('SeparableHalfGrad', back.toSpliced(1, 1), {
    ...half,
    epsilon: 1e-5,
    masked: 1,
    again: 1,
    dropped: 0,
    added: 0,
  }),
  b.op('MixedSum', [x, dy, z, norm, norm, mean, variance], {
    plain: 2,
    scaled: 0,
    dropped: 0,
    epsilon: 1e-5,
  }),
  b.op('Dot', [x, dy]),
  ...b.node('BatchNormTrain', [x, norm, norm], { epsilon: 1e-5 }),
  ...b.node('BatchNormTrainGrad', [dy, x, norm, norm, positive], { epsilon: 1e-5 }),
  b.op('Mul', [b.op('Dot', [norm, norm]), b.op('Add', [norm, norm])]),
  b.op('MaxPoolGrad', [x, b.op('MaxPool', [x], pool), dy], pool),
  b.op('PixelPairs', [x]),
  b.op('PixelPairsGrad', [b.op('PixelPairs', [dy]), x]),
  b.op('Patches', [x], { ...pool, dilations: [1, 1] }),
  b.op('Concat', [x, dy], { axis: 1 }),
  ...b.node('Split', [y], { axis: 1, split: [C - 5, 5] }),
  b.op('Sum', [x, dy, y]),
];
const graph = b.finish('ops', Object.fromEntries(results.map((value, i) => [`y${i}`, value])));

const program = await (await createTfjsRuntime('tensorflow')).compile(graph);
const feeds = randomFeeds(graph, 1);
const digests: string[] = [];
for (let run = 0; run < 2; run++) {
  const hash = createHash('sha256');
  for (const { data } of (await program.run(feeds)).values()) hash.update(new Uint8Array(data.buffer));
  digests.push(hash.digest('hex'));
}
console.log(digests.join(' '));
