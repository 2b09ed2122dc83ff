import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { exportDesk, runDesk } from '../../../src/cli/interface/form-desk.ts';
import type { Asked } from '../../../src/tui/interface/form/asked.ts';

const desk = runDesk('runs');
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
  engine: undefined,
  set: [],
  out: join(folder, 'new'),
  ...more,
});

it('has nothing against what can begin', () => {
  expect(desk.wrong(asked({}))).toBeUndefined();
  expect(desk.wrong(asked({ data: 'grammar', preset: 'quick-rnn' }))).toBeUndefined();
  expect(desk.wrong(asked({ job: 'train', genotype: 'DARTS_V2' }))).toBeUndefined();
});

it('says what a command would be refused for', () => {
  expect(desk.wrong(asked({ set: ['warmup_epochs=3'] }))).toMatch(
    /^warmup_epochs=3 leaves alphas alone for all of epochs=2\. Use /,
  );
  expect(desk.wrong(asked({ set: ['layers=2'] }))).toMatch(/^a supernet of layers=2 has no normal cell/);
  expect(desk.wrong(asked({ job: 'train', genotype: 'NOBODYS' }))).toContain('NOBODYS');
  expect(desk.wrong(asked({ job: 'train', run: join(folder, 'none') }))).toContain('none');
  writeFileSync(join(folder, 'something'), '');
  expect(desk.wrong(asked({ out: folder }))).toContain('is not an empty folder');
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
