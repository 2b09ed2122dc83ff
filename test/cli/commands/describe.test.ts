import { expect, test } from 'vitest';

import { call } from '../call.ts';

test('the published network has the published size', async () => {
  const { exitCode, stdout } = await call('describe', '--genotype', 'DARTS_V2', '--json');
  expect(exitCode).toBe(0);
  // Table 1 of the DARTS paper: 3.3 M.
  expect(JSON.parse(stdout)).toMatchObject({
    channels: 36,
    layers: 20,
    parameters: 3_349_342,
    ops: { Conv: 439, Gemm: 1 },
    skips: { normal: 2, reduce: 3 },
  });
});

test('for ImageNet, too', async () => {
  const { stdout } = await call('describe', '--genotype', 'DARTS_V2', '--network', 'imagenet', '--json');
  // Table 3: 4.7 M.
  expect(JSON.parse(stdout)).toMatchObject({
    network: 'imagenet',
    channels: 48,
    layers: 14,
    reductions: [4, 9],
    parameters: 4_718_752,
    macs: 529_911_552,
  });
});

test('as a table', async () => {
  const given = ['--genotype', 'darts-v1', '--channels', '4', '--layers', '3'];
  const { stdout } = await call('describe', ...given);
  expect(stdout).toMatchInlineSnapshot(`
    "network     cifar10, 3 cells of 4 channels and more
    parameters  2,798
    MACs        1,389,184 (1.39 M) for one image
    skips       3 in the normal cell, 3 in the reduction cell
    nodes       81
                   28 Conv
                   17 BatchNormalization
                   12 Add
                   10 Relu
                    4 Concat
                    4 MaxPool
                    2 AveragePool
                    1 Flatten
                    1 Gemm
                    1 GlobalAveragePool
                    1 Slice
    genotype    Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=range(2, 6))
    "
  `);
});

test.each([
  ['ptb', 850, 10_000, 22_960_000],
  ['wikitext2', 700, 33_278, 33_127_878],
])('the language model of the paper for %s', async (network, units, words, parameters) => {
  const { stdout } = await call('describe', '--genotype', 'DARTS_V2', '--network', network, '--json');
  // The decoder and, per word, ten products with [units, 2·units]: input, state 0, eight nodes.
  const macs = words * units + 10 * 2 * units * units;
  expect(JSON.parse(stdout)).toMatchObject({ network, units, words, parameters, macs });
});

test('a recurrent cell as a table; a name that no other cell has needs no network', async () => {
  const { stdout } = await call('describe', '--genotype', 'enas', '--units', '4', '--words', '7');
  expect(stdout).toMatchInlineSnapshot(`
    "network     ptb, 4 units, 7 words
    parameters  451
    MACs        444 for one word
    cell        11 nodes, the mean of 6 is the output
    nodes       94
                   13 Add
                   13 Mul
                   12 Gemm
                   12 Sigmoid
                   12 Split
                   12 Sub
                    7 Relu
                    5 Tanh
                    2 MatMul
                    1 Constant
                    1 Gather
                    1 LogSoftmax
                    1 Scan
                    1 Sum
                    1 Transpose
    genotype    Genotype(recurrent=[('tanh', 0), ('tanh', 1), ('relu', 1), ('tanh', 3), ('tanh', 3), ('relu', 3), ('relu', 4), ('relu', 7), ('relu', 8), ('relu', 8), ('relu', 8)], concat=[2, 5, 6, 9, 10, 11])
    "
  `);
});

test.each([
  [['--genotype', 'DARTS_V2', '--units', '4'], '--units is for text, and this is about images'],
  [['--genotype', 'ENAS', '--layers', '4'], '--layers is for images, and this is about text'],
])('refused: %j', async (given, message) => {
  const { exitCode, stderr } = await call('describe', ...given);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

/** Cells of so many nodes, each of which reads the two states before it. */
function largeCell(nodes: number): string {
  const cell = {
    nodes: Array.from({ length: nodes }, (_, node) =>
      [node, node + 1].map((source) => ({ op: 'skip_connect', source })),
    ),
    concat: [nodes + 1],
  };
  return JSON.stringify({ normal: cell, reduce: cell });
}

test.each([
  [['--layers', '1000000'], 'Expected a whole number from 1 to 1000.'],
  [['--channels', '1e12'], 'Expected a whole number from 2 to 4096.'],
  [['--network', 'rnn', '--units', '1e9'], 'Expected a whole number from 1 to 16384.'],
  [['--network', 'rnn', '--words', '1e12'], 'Expected a whole number from 2 to 10000000.'],
])('%j: a size out of its range is refused with the range', async (given, message) => {
  const { exitCode, stderr } = await call('describe', '--genotype', 'DARTS_V2', ...given);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test.each(['describe', 'export'])('%s refuses what would take minutes to build', async (command) => {
  const given = ['--genotype', largeCell(3000), ...(command === 'export' ? ['--out', 'x.onnx'] : [])];
  const { exitCode, stderr } = await call(command, ...given);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    'a network of 20 cells with up to 6000 operations each is too large: the most is 50000 in all',
  );
  expect(stderr).toContain('Use at most 8 cells: --layers 8.');
});

test('a large network in range is described', async () => {
  const { exitCode, stdout } = await call(
    'describe',
    '--genotype',
    largeCell(40),
    '--layers',
    '100',
    '--json',
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ layers: 100, skips: { normal: 80 } });
});
