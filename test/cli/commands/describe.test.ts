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
