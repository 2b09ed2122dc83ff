import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { requireOut } from '../../../src/cli/input/out.ts';
import { temporaryFolder } from '../../data/temporary.ts';

test('what a run is made of is not written over; its results and files elsewhere are', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'run.json'), '{}');
  for (const name of [
    'run.json',
    'metrics.jsonl',
    'alphas.jsonl',
    'events.jsonl',
    'genotype.json',
    'lease.json',
  ]) {
    expect(() => requireOut(join(run, name)), name).toThrow('would be lost');
    expect(() => requireOut(join(folder, name)), name).not.toThrow();
  }
  for (const name of ['model.onnx', 'report.html', 'cells.svg']) {
    expect(() => requireOut(join(run, name)), name).not.toThrow();
  }
});
