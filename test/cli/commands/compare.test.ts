import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { comparisonSchema } from '../../../src/compare/model.ts';
import { createRun } from '../../../src/run/directory.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { images } from '../../../src/tasks/images/task.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

// Whatever the locale of whoever runs the tests.
beforeEach(() => vi.stubEnv('LC_ALL', 'C.UTF-8'));
afterEach(() => vi.unstubAllEnvs());

test('two published cells in a network of their own size', async () => {
  const { exitCode, stdout } = await call('compare', 'darts_v1', 'DARTS_V2', '--network', 'imagenet');
  expect(exitCode).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "A  darts_v1
    B  DARTS_V2

           A                      B
    kind   genotype               genotype
    task   images                 images
    cells  published as DARTS_V1  published as DARTS_V2

    Cells, = what is the same and ~ what is not:
    Normal cell: 5 of 8 edges are the same
                         A             B
    = node 0 of c_{k-2}  sep_conv_3x3  sep_conv_3x3
    = node 0 of c_{k-1}  sep_conv_3x3  sep_conv_3x3
    ~ node 1 of c_{k-2}  skip_connect  sep_conv_3x3
    = node 1 of c_{k-1}  sep_conv_3x3  sep_conv_3x3
    = node 2 of c_{k-2}  skip_connect  skip_connect
    = node 2 of c_{k-1}  sep_conv_3x3  sep_conv_3x3
    ~ node 3 of c_{k-2}  sep_conv_3x3  skip_connect
    ~ node 3 of node 0   skip_connect  dil_conv_3x3
    ~ skip connections   3             2
    Reduction cell: 6 of 8 edges are the same
                         A             B
    = node 0 of c_{k-2}  max_pool_3x3  max_pool_3x3
    = node 0 of c_{k-1}  max_pool_3x3  max_pool_3x3
    ~ node 1 of c_{k-2}  max_pool_3x3  –
    ~ node 1 of c_{k-1}  –             max_pool_3x3
    = node 1 of node 0   skip_connect  skip_connect
    = node 2 of c_{k-2}  max_pool_3x3  max_pool_3x3
    = node 2 of node 0   skip_connect  skip_connect
    ~ node 3 of c_{k-2}  avg_pool_3x3  –
    ~ node 3 of c_{k-1}  –             max_pool_3x3
    = node 3 of node 0   skip_connect  skip_connect
    = skip connections   3             3

    Networks of the cells:
                        A                   B
    network             imagenet            imagenet
    size
      A  14 cells of 48 channels and more
      B  14 cells of 48 channels and more
    parameters          4,510,432 (4.51 M)  4,718,752 (4.72 M)
    MACs for one image  505,864,704         529,911,552

    Not compared: settings, figures, curves. Genotypes alone have none.
    "
  `);
});

test('a run, a file and a notation, as JSON', async () => {
  const folder = await temporaryFolder();
  const options = { kind: 'train', config: { data: 'cifar10' }, seed: 0, engine: 'reference' } as const;
  const run = await createRun(join(folder, 'a'), options);
  const file = join(folder, 'cells.json');
  writeFileSync(file, images.space.toJson(publishedGenotypes.DARTS_V2));
  const notation = images.space.toNotation(publishedGenotypes.DARTS_V2);
  const { stdout } = await call('compare', run.path, file, notation, '--json');
  const comparison = comparisonSchema.parse(JSON.parse(stdout));
  expect(comparison).toMatchObject({
    sides: [
      { kind: 'training', stages: [{ status: 'created', epochs: { done: 0 } }], cells: null },
      { kind: 'genotype', cells: { notation } },
      { kind: 'genotype', cells: { notation } },
    ],
    cells: [{ members: [1, 2], identical: true }],
    costs: {
      values: [null, { network: 'cifar10', parameters: 3_349_342 }, { parameters: 3_349_342 }],
      apart: null,
    },
  });
});

test('a name that both kinds of cells have is of the kind of the others', async () => {
  const tasks = async (...given: readonly string[]) => {
    const { stdout } = await call('compare', ...given, '--json');
    return comparisonSchema.parse(JSON.parse(stdout)).sides.map(({ task }) => task);
  };
  expect(await tasks('DARTS_V1', 'ENAS')).toEqual(['text', 'text']);
  expect(await tasks('DARTS_V1', 'NASNet')).toEqual(['images', 'images']);
  expect(await tasks('DARTS_V1', 'DARTS_V2', '--network', 'ptb')).toEqual(['text', 'text']);
  expect(await tasks('DARTS_V1', 'NASNet', 'ENAS')).toEqual(['images', 'images', 'text']);
});

test.each([
  [['DARTS_V2'], 'one thing to compare'],
  [[], 'nothing to compare'],
  [Array.from({ length: 9 }, () => 'DARTS_V2'), '9 are too many to compare'],
  [['DARTS_V2', 'DARTS_V3'], "no published cell and no file is called 'DARTS_V3'"],
  [['DARTS_V2', 'ENAS', '--network', 'cifar'], 'unknown network "cifar"'],
])('%j is refused', async (given, message) => {
  expect(await call('compare', ...given)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining(message),
  });
});

test('the schema of the JSON is printed', async () => {
  const { stdout } = await call('compare', '--schema');
  const { properties } = JSON.parse(stdout) as { readonly properties: object };
  expect(Object.keys(properties)).toEqual(Object.keys(comparisonSchema.shape));
});

test('in an ASCII locale the page is ASCII, wherever it goes', async () => {
  const page = async () => (await call('compare', 'DARTS_V1', 'DARTS_V2')).stdout;
  expect(await page()).not.toMatch(/^[\n\u0020-\u007E]+$/);
  vi.stubEnv('LC_ALL', 'C');
  expect(await page()).toMatch(/^[\n\u0020-\u007E]+$/);
});
