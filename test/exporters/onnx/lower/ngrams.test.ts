/** Runs of tokens, as onnxruntime counts them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeModel, type OnnxTensor } from '../../../../proto/onnx.ts';
import { openStored } from '../../../../src/runtime/onnxruntime/stored.ts';
import { numbersOf } from '../../../../src/tensors/numbers.ts';
import { modelOfNode, outputOf, type OneNode } from './lowered.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-ngrams-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Texts of twelve tokens, of which there are four. */
const texts = Array.from({ length: 24 }, (_, k) => (k * k + Math.floor(k / 3)) % 4);
const tokens = (...dims: readonly number[]): OnnxTensor => ({
  name: '',
  dtype: 'int64',
  dims,
  data: BigInt64Array.from(
    texts.slice(
      0,
      dims.reduce((a, c) => a * c, 1),
    ),
    BigInt,
  ),
});

const pool = {
  pool_int64s: [0, 2, 1, 1, 2, 0, 3, 1, 0, 0, 1, 1, 0],
  ngram_counts: [0, 3, 7],
  ngram_indexes: [1, 0, 4, 3, 6, 2, 5],
} as const;

const cases = (['TF', 'IDF', 'TFIDF'] as const).flatMap((mode) =>
  [0, 1, 3].flatMap((max_skip_count) =>
    [
      [1, 3],
      [2, 2],
      [1, 1],
      [2, 3],
    ].flatMap(([min_gram_length = 1, max_gram_length = 1]) =>
      [[12], [2, 12], [1, 2]].map((dims): readonly [string, OneNode] => [
        `${mode}, ${max_skip_count} skipped, of ${min_gram_length} to ${max_gram_length}, [${dims.join()}]`,
        {
          op: 'TfIdfVectorizer',
          opset: 9,
          inputs: [tokens(...dims)],
          attributes: {
            ...pool,
            mode,
            max_skip_count,
            min_gram_length,
            max_gram_length,
            weights: [0.5, 2, 3, 0.25, 1.5, 4, 0.75],
          },
          reals: ['weights'],
        },
      ]),
    ),
  ),
);

it.each(cases)('%s', async (_, one) => {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, encodeModel(modelOfNode(one)));
  const session = await openStored(path, 'cpu', { optimization: 'disabled' });
  const theirs = (await session.run(new Map([['x0', one.inputs[0] ?? tokens(1)]]))).get('y0');
  await session.release();
  if (theirs === undefined || theirs.dtype === 'string') throw new Error('no output');
  const ours = await outputOf(one);
  expect({ dtype: ours.dtype, shape: ours.shape }).toEqual({ dtype: theirs.dtype, shape: theirs.dims });
  expect(ours.data).toEqual(Array.from(numbersOf(theirs) ?? []));
});
