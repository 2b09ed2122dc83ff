/** What a run is made with: genotype.json, images.json, corpus.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readArtefact, writeArtefact, type JsonArtefact } from '../../../src/run/artefacts/artefact.ts';
import { corpus, images } from '../../../src/run/artefacts/data.ts';
import { genotype } from '../../../src/run/artefacts/genotype.ts';
import type { Run } from '../../../src/run/directory.ts';
import { genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { rnnGenotypeToJson } from '../../../src/space/text/genotype-text.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { newRun } from '../../support/runs.ts';

const firstImages = {
  name: 'cifar10',
  channels: 3,
  height: 32,
  width: 32,
  classes: ['cat', 'dog'],
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
} as const;
const firstCorpus = { name: 'text', title: 'a text', words: 9, vocabulary_sha256: 'ab', notes: [] } as const;

function put(run: Run, { name }: { readonly name: string }, value: unknown): void {
  writeFileSync(run.file(name), typeof value === 'string' ? value : JSON.stringify(value));
}

const cells = [...Object.values(publishedGenotypes), ...Object.values(publishedRnnGenotypes)];

it('a genotype has its canonical text, and is what it was', async () => {
  const run = await newRun('search');
  for (const cell of cells) {
    await writeArtefact(run, genotype, cell);
    const text = 'nodes' in cell ? rnnGenotypeToJson(cell) : genotypeToJson(cell);
    expect(readFileSync(run.file('genotype.json'), 'utf8')).toBe(text);
    expect(readArtefact(run, genotype)).toEqual(cell);
  }
  expect(genotype.summarise(publishedGenotypes.DARTS_V2)).toEqual([
    ['cells', 'normal, reduce'],
    ['nodes', '4'],
  ]);
});

it.each([
  ['an op that there is not', { nodes: [{ op: 'sine', source: 0 }], concat: [1] }, "unknown op 'sine'"],
  [
    'a state that is not there yet',
    { nodes: [{ op: 'tanh', source: 1 }], concat: [1] },
    'source 1 is out of',
  ],
  ['half a pair of cells', { normal: publishedGenotypes.DARTS_V2.normal }, 'reduction cell: missing'],
  ['a key of another file', { ...publishedGenotypes.DARTS_V2, name: 'DARTS_V2' }, "unknown key 'name'"],
  ['what is not JSON', '{', 'genotype.json is damaged'],
])('a genotype with %s is refused, with its place', async (_, value, says) => {
  const run = await newRun('search');
  put(run, genotype, value);
  expect(() => readArtefact(run, genotype)).toThrow(
    expect.objectContaining({ code: 'run/damaged', message: expect.stringContaining(says) }),
  );
});

describe.each([
  {
    artefact: images as JsonArtefact,
    first: firstImages,
    more: { ...firstImages, count: 50_000, sha256: 'cd' },
  },
  {
    artefact: corpus as JsonArtefact,
    first: firstCorpus,
    more: {
      ...firstCorpus,
      used: { train: { tokens: 5, sha256: 'ef' } },
      unigram_test_perplexity: 12.5,
    },
  },
])('$artefact.name', ({ artefact, first, more }) => {
  it('says its version, and is read as it was written', async () => {
    const run = await newRun('search');
    await writeArtefact(run, artefact, more);
    expect(JSON.parse(readFileSync(run.file(artefact.name), 'utf8'))).toEqual({ version: 1, ...more });
    expect(readArtefact(run, artefact)).toEqual({ version: 1, ...more });
  });

  it('is read as earlier versions wrote it, who said no version and less of the data', async () => {
    const run = await newRun('search');
    for (const earlier of [first, more]) {
      put(run, artefact, earlier);
      expect(readArtefact(run, artefact)).toEqual({ version: 1, ...earlier });
    }
  });

  it('is refused where a field is wrong, missing, or of no version, and where a later version wrote it', async () => {
    const run = await newRun('search');
    for (const [value, says] of [
      [{ ...first, name: 5 }, 'field "name"'],
      [{ ...first, name: undefined }, 'field "name"'],
      [{ ...first, colour: 'blue' }, '"colour"'],
      [{ ...first, version: 0 }, 'field "version"'],
      [{ ...first, version: 2, colour: 'blue' }, 'was written by a later version of Nascent'],
    ] as const) {
      put(run, artefact, value);
      expect(() => readArtefact(run, artefact)).toThrow(
        expect.objectContaining({ code: 'run/damaged', message: expect.stringContaining(says) }),
      );
    }
  });
});
