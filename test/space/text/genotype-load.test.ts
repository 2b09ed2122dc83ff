import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { genotypeToNotation } from '../../../src/space/images/genotype-notation.ts';
import { NASNet } from '../../../src/space/images/published.ts';
import { isRnnGenotype, loadRnnGenotype } from '../../../src/space/text/genotype-load.ts';
import { rnnGenotypeToJson, rnnGenotypeToNotation } from '../../../src/space/text/genotype-text.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { temporaryFolder } from '../../data/temporary.ts';

const { DARTS_V1, DARTS_V2, ENAS } = publishedRnnGenotypes;

it.each([
  ['darts', DARTS_V2],
  ['Darts-V1', DARTS_V1],
  [' enas ', ENAS],
])('knows the published cell %s', (name, genotype) => {
  expect(loadRnnGenotype(name)).toBe(genotype);
});

it('reads text, files and folders, and tells a recurrent one from others', async () => {
  const folder = await temporaryFolder();
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'run'));
  write('run/genotype.json', rnnGenotypeToJson(ENAS));
  const recurrent = [
    rnnGenotypeToJson(ENAS),
    rnnGenotypeToNotation(ENAS),
    write('cell.json', rnnGenotypeToJson(ENAS)),
    write('cell.txt', rnnGenotypeToNotation(ENAS)),
    join(folder, 'run'),
    'ENAS',
  ];
  for (const given of recurrent) {
    expect(loadRnnGenotype(given)).toEqual(ENAS);
    expect(isRnnGenotype(given), given).toBe(true);
  }
  const others = [
    genotypeToJson(NASNet),
    genotypeToNotation(NASNet),
    write('other.json', genotypeToJson(NASNet)),
    'DARTS_V2',
    'nasnet',
    'nothing',
    folder,
  ];
  for (const given of others) expect(isRnnGenotype(given), given).toBe(false);
});

it('says what is near, and names the file that is wrong', async () => {
  expect(() => loadRnnGenotype('ENSA')).toThrow(
    expect.objectContaining({
      code: 'input/unknown',
      help: expect.stringMatching(/^Did you mean 'ENAS'\? Give a published cell \(DARTS_V1, /),
    }),
  );
  expect(() => loadRnnGenotype('')).toThrow(expect.objectContaining({ code: 'input/unknown' }));
  const folder = await temporaryFolder();
  expect(() => loadRnnGenotype(folder)).toThrow(`the folder '${folder}' has no genotype.json`);
  const path = join(folder, 'wrong.json');
  writeFileSync(path, rnnGenotypeToJson(DARTS_V1).replace('tanh', 'tan'));
  expect(isRnnGenotype(path)).toBe(true);
  expect(() => loadRnnGenotype(path)).toThrow(
    expect.objectContaining({
      code: 'space/invalid-genotype',
      message: `${path}: recurrent cell, node 2: unknown op 'tan'`,
    }),
  );
});
