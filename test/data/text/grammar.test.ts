import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { loadCorpus } from '../../../src/data/text/corpus.ts';
import { grammarText } from '../../../src/data/text/grammar.ts';
import { splits } from '../../../src/data/text/releases.ts';

const fixture = fileURLToPath(new URL('../../../fixtures/text', import.meta.url));

test.each(splits)('fixtures/text/%s.txt is what the grammar writes', async (split) => {
  await expect(grammarText(split)).toMatchFileSnapshot(`${fixture}/${split}.txt`);
});

test('the name and the files are the same text', async () => {
  const made = await loadCorpus('grammar');
  const read = await loadCorpus('text', { from: fixture });
  expect([read.train, read.valid, read.test]).toEqual([made.train, made.valid, made.test]);
  expect(read.vocabulary.sha256).toBe(made.vocabulary.sha256);
  expect([made.notes, read.notes]).toEqual([[], []]);
  expect(made.train.length).toBeGreaterThan(15_000);
});

test('every word of the validation and test text was trained on', async () => {
  const { train, valid, test } = await loadCorpus('grammar');
  const known = new Set(train);
  expect([...valid, ...test].filter((token) => !known.has(token))).toEqual([]);
});

test('subjects and verbs agree over what stands between them', () => {
  const text = splits.map(grammarText).join('');
  const starts = (subjects: string, verbs: string) =>
    text.split('\n').filter((line) => new RegExp(`^the (${subjects}) near the \\w+ (${verbs}) `).test(line))
      .length;
  const [one, many] = ['horse|dog|baker|doctor', 'horses|dogs|bakers|doctors'];
  const [does, doThey] = ['walks|eats|runs|buys|bakes', 'walk|eat|run|buy|bake'];
  expect([starts(one, doThey), starts(many, does)]).toEqual([0, 0]);
  expect(Math.min(starts(one, does), starts(many, doThey))).toBeGreaterThan(5);
});
