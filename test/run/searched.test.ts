import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRun } from '../../src/run/directory.ts';
import { genotypeToJson } from '../../src/space/images/genotype-json.ts';
import { validateGenotype } from '../../src/space/images/genotype.ts';
import { DARTS_V2 } from '../../src/space/images/published.ts';
import {
  finishedGenotype,
  hasTraining,
  searchedGenotype,
  trainedRun,
  trainingFolder,
} from '../../src/run/searched.ts';
import { temporaryFolder } from '../data/temporary.ts';

const facts = { config: {}, seed: 0, engine: 'reference' } as const;

it('a genotype is there once it is derived, and finished once the search is', async () => {
  const run = await createRun(join(await temporaryFolder(), 'a'), { kind: 'search', ...facts });
  expect(() => searchedGenotype(run.path, validateGenotype)).toThrow(
    expect.objectContaining({ code: 'data/missing' }),
  );
  await run.writeFile('genotype.json', genotypeToJson(DARTS_V2));
  expect(searchedGenotype(run.path, validateGenotype)).toEqual(DARTS_V2);
  expect(finishedGenotype(run.path, validateGenotype)).toBeUndefined();
  await run.update({ status: 'done' });
  expect(finishedGenotype(run.path, validateGenotype)).toEqual(DARTS_V2);
  await run.writeFile('genotype.json', '{');
  expect(finishedGenotype(run.path, validateGenotype)).toBeUndefined();
});

it('a trained run is meant by its path, or by that of its search', async () => {
  const search = await createRun(join(await temporaryFolder(), 'a'), { kind: 'search', ...facts });
  expect(hasTraining(search.path)).toBe(false);
  expect(() => trainedRun(search.path)).toThrow(expect.objectContaining({ code: 'data/missing' }));
  const training = await createRun(trainingFolder(search.path), { kind: 'train', ...facts });
  expect(hasTraining(search.path)).toBe(true);
  expect(trainedRun(search.path).path).toBe(training.path);
  expect(trainedRun(training.path).path).toBe(training.path);
});
