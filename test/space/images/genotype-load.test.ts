import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NascentError } from '../../../src/errors.ts';
import { loadGenotype } from '../../../src/space/images/genotype-load.ts';
import { genotypeToJson } from '../../../src/space/images/genotype-json.ts';
import { genotypeToNotation } from '../../../src/space/images/genotype-notation.ts';
import { AmoebaNet, DARTS_V1, DARTS_V2, NASNet } from '../../../src/space/images/published.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-genotype-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function errorOf(given: string): NascentError {
  try {
    loadGenotype(given);
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

describe('loadGenotype', () => {
  it.each([
    ['DARTS', DARTS_V2],
    ['darts_v2', DARTS_V2],
    ['Darts-V1', DARTS_V1],
    ['nasnet', NASNet],
    [' AMOEBANET ', AmoebaNet],
  ])('knows the published cell %s', (name, genotype) => {
    expect(loadGenotype(name)).toBe(genotype);
  });

  it('reads text in either form', () => {
    expect(loadGenotype(genotypeToJson(AmoebaNet))).toEqual(AmoebaNet);
    expect(loadGenotype(`X = ${genotypeToNotation(NASNet)}`)).toEqual(NASNet);
  });

  it('reads a file in either form, and the genotype of a folder', () => {
    expect(loadGenotype(write('cell.json', genotypeToJson(NASNet)))).toEqual(NASNet);
    expect(loadGenotype(write('cell.txt', genotypeToNotation(DARTS_V1)))).toEqual(DARTS_V1);
    mkdirSync(join(folder, 'run'));
    write('run/genotype.json', genotypeToJson(AmoebaNet));
    expect(loadGenotype(join(folder, 'run'))).toEqual(AmoebaNet);
  });

  it('says what is near and what else would do', () => {
    const error = errorOf('DRATS_V2');
    expect(`${error.code}: ${error.message}\n${error.help}`).toMatchInlineSnapshot(`
      "input/unknown: no published cell and no file is called 'DRATS_V2'
      Did you mean 'DARTS_V2'? Give a published cell (DARTS_V1, DARTS_V2, DARTS, NASNet, AmoebaNet), a genotype.json, the folder of a search, or the text Genotype(normal=[…], …)."
    `);
  });

  it('names the file that is wrong', () => {
    const path = write('wrong.json', genotypeToJson(DARTS_V2).replace('dil_conv_3x3', 'dil_conv_3x'));
    const error = errorOf(path);
    expect(error.code).toBe('space/invalid-genotype');
    expect(error.message).toBe(`${path}: normal cell, node 3, second input: unknown op 'dil_conv_3x'`);
    expect(error.help).toContain("Did you mean 'dil_conv_3x3'?");
  });

  it('refuses nothing, a folder without a genotype, and a file too large to be one', () => {
    expect(errorOf('  ').message).toBe('no genotype was given');
    expect(errorOf(join(write('file', ''), 'x')).code).toBe('input/unknown');
    expect(errorOf('x'.repeat(5000)).code).toBe('input/unknown');
    mkdirSync(join(folder, 'empty'));
    expect(errorOf(join(folder, 'empty')).message).toMatch(/has no genotype\.json$/);
    expect(errorOf(write('model.onnx', 'x'.repeat(2 ** 20 + 1))).message).toMatch(/it holds 1048577 bytes$/);
  });
});
