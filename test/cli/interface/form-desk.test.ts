import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { exportDesk, runDesk } from '../../../src/cli/interface/form-desk.ts';
import { createRun } from '../../../src/run/directory.ts';
import type { Asked } from '../../../src/tui/interface/form/asked.ts';

const desk = runDesk('runs');
const wrong = (what: Asked) => desk.check(what).wrong?.message;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-desk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const asked = (more: Partial<Asked>): Asked => ({
  job: 'search',
  run: undefined,
  epoch: undefined,
  genotype: undefined,
  data: 'synthetic',
  from: undefined,
  preset: 'quick',
  strategy: undefined,
  deterministic: false,
  seeds: undefined,
  retrain: undefined,
  retrainSet: [],
  engine: undefined,
  set: [],
  out: join(folder, 'new'),
  ...more,
});

it('has nothing against what can begin', () => {
  expect(wrong(asked({}))).toBeUndefined();
  expect(wrong(asked({ data: 'grammar', preset: 'quick-rnn' }))).toBeUndefined();
  expect(wrong(asked({ job: 'train', genotype: 'DARTS_V2' }))).toBeUndefined();
});

it('says what a command would be refused for', () => {
  expect(wrong(asked({ set: ['warmup_epochs=3'] }))).toMatch(
    /^warmup_epochs=3 leaves alphas alone for all of epochs=2\. Use /,
  );
  expect(wrong(asked({ set: ['layers=2'] }))).toMatch(/^a supernet of layers=2 has no normal cell/);
  expect(wrong(asked({ job: 'train', genotype: 'NOBODYS' }))).toContain('NOBODYS');
  expect(wrong(asked({ job: 'train', run: join(folder, 'none') }))).toContain('none');
  writeFileSync(join(folder, 'something'), '');
  expect(wrong(asked({ out: folder }))).toContain('is not an empty folder');
});

it('says what a step needs, of what can begin', () => {
  expect(desk.check(asked({})).note).toMatch(/^a step needs [\d.]+ MB$/);
});

it('refuses what searches from several seeds are refused for, and lets them be added to', () => {
  expect(wrong(asked({ seeds: '0-1' }))).toBeUndefined();
  expect(wrong(asked({ seeds: '0-1', set: ['seed=3'] }))).toContain('--seeds gives others');
  expect(wrong(asked({ seeds: '0-1', retrainSet: ['epochs=none'] }))).toContain('epochs');
  writeFileSync(join(folder, 'common.json'), '{}');
  expect(wrong(asked({ seeds: '0-1', out: folder }))).toBeUndefined();
  expect(wrong(asked({ out: folder }))).toContain('is not an empty folder');
});

it('shows a way out of a search that has no cells yet', async () => {
  const run = join(folder, 'a');
  const config = { data: 'synthetic', preset: 'quick', settings: {} };
  (await createRun(run, { kind: 'search', config, seed: 0, engine: 'reference' })).close();
  expect(desk.check(asked({ job: 'train', run, data: undefined, out: undefined })).wrong).toMatchObject({
    field: 'epoch',
    message: expect.stringMatching(/has not derived a genotype\. Give the epoch/) as string,
  });
});

it('knows the data of no folder that is not a run, or is a damaged one', () => {
  expect(desk.dataOf(folder)).toBeUndefined();
  writeFileSync(join(folder, 'run.json'), '{');
  expect(desk.dataOf(folder)).toBeUndefined();
});

it('gives new runs the folder that the hub shows', () => {
  expect(runDesk('elsewhere').freeRun('search')).toBe(join('elsewhere', 'search-1'));
});

it('names what is usual first', () => {
  expect(exportDesk.opsets.slice(0, 3)).toEqual(['17', '13', '14']);
  expect(desk.strategies('images')[0]).toBe('darts');
});
