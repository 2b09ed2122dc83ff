import { copyFileSync, mkdirSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { compare } from '../../src/compare/compare.ts';
import { isRunFolder, runSide } from '../../src/compare/read-side.ts';
import { appendAlphas } from '../../src/run/artefacts/alphas.ts';
import { appendMetrics } from '../../src/run/artefacts/metrics.ts';
import { createRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';
import { images } from '../../src/tasks/images/task.ts';
import { temporaryFolder } from '../data/temporary.ts';

const { DARTS_V1, DARTS_V2 } = publishedGenotypes;

/** A finished search, of which the log has other cells than its genotype.json. */
async function searched(): Promise<Run> {
  const settings = { ...searchPresets.quick, primitives: [...searchPresets.quick.primitives] };
  const run = await createRun(join(await temporaryFolder(), 'a'), {
    kind: 'search',
    config: { data: 'synthetic', preset: 'quick', settings },
    seed: 2,
    engine: 'reference',
  });
  for (const [epoch, valid_accuracy] of [0.25, 0.5].entries()) {
    appendMetrics(run, { kind: 'epoch', epoch, valid_accuracy, seconds: 60 * (epoch + 1) });
    appendAlphas(run, { epoch, normal: [], reduce: [], genotype: DARTS_V1 });
  }
  await run.writeFile('genotype.json', images.space.toJson(DARTS_V2));
  await run.writeFile('model.onnx', new Uint8Array(7));
  await run.update({ status: 'done' });
  run.close();
  return run;
}

const sideOf = (path: string) => compare([runSide(path), runSide(path)], () => undefined).sides[0];

test('a whole run', async () => {
  const { path } = await searched();
  expect(sideOf(path)).toEqual({
    mark: 'A',
    given: path,
    kind: 'search',
    task: 'images',
    stages: [
      {
        stage: 'search',
        path,
        dataset: 'synthetic',
        from: null,
        preset: 'quick',
        strategy: 'DARTS, first order',
        status: 'done',
        reason: null,
        seed: 2,
        runtime: 'reference',
        epochs: { done: 2, of: 2 },
        seconds: 120,
      },
    ],
    cells: { from: 'genotype.json', notation: images.space.toNotation(DARTS_V2) },
    files: [{ name: 'model.onnx', bytes: 7 }],
    notes: [],
  });
});

test('what was measured of the model of a search is of its training', async () => {
  const run = await searched();
  const config = { data: 'synthetic', preset: 'quick', source: 'a', settings: {} };
  await createRun(run.file('train'), { kind: 'train', config, seed: 0, engine: 'reference' });
  const model = { sha256: '', bytes: 7 };
  const measured = { model, data: 'synthetic', provider: 'cpu', images: 8, loss: 1, accuracy: 0.75 };
  writeFileSync(run.file('validation.json'), JSON.stringify(measured));
  const side = runSide(run.path);
  expect(side.notes).toEqual([]);
  const { figures } = compare([side, side], () => undefined);
  expect(figures.find(({ at }) => at === 'file')).toMatchObject({
    stage: 'train',
    values: [{ value: 0.75 }, { value: 0.75 }],
    claim: { kind: 'equal' },
  });
});

test('settings that came later are as they were before', async () => {
  const run = await searched();
  const text = readFileSync(run.file('run.json'), 'utf8');
  writeFileSync(run.file('run.json'), text.replace(/"valid_augmented": \w+,/, ''));
  expect(runSide(run.path).stages[0]?.settings).toMatchObject({ valid_augmented: false });
});

test('of a damaged run what can be read is shown, with notes', async () => {
  const run = await searched();
  const log = readFileSync(run.file('metrics.jsonl'), 'utf8');
  writeFileSync(run.file('metrics.jsonl'), `{"kind":\n${log}{"kind":"epoch","epo`);
  writeFileSync(run.file('genotype.json'), '{}');
  writeFileSync(run.file('images.json'), '{"height": 0}');
  const record = readFileSync(run.file('run.json'), 'utf8');
  writeFileSync(
    run.file('run.json'),
    record.replace('"version": 1', '"version": 2').replace('"done"', '"dozing"'),
  );
  expect(sideOf(run.path)).toMatchObject({
    kind: 'search',
    stages: [{ dataset: 'synthetic', seed: 2, status: null, epochs: { done: 2, of: 2 } }],
    cells: { from: 'alphas.jsonl after epoch 2', notation: images.space.toNotation(DARTS_V1) },
    notes: [
      'run.json was written by a later version of Nascent; what is known here is shown',
      'run.json: the field "status" is not right',
      'metrics.jsonl: line 1 is not JSON, and is passed over',
      'images.json: the field "height" is not right',
      expect.stringMatching(/^the cells of genotype\.json cannot be read: /),
      'its cells are those of alphas.jsonl after epoch 2',
    ],
  });
});

test.each([
  ['run.json', 'run.json is missing'],
  ['metrics.jsonl', undefined],
  ['alphas.jsonl', undefined],
  ['genotype.json', 'its cells are those of alphas.jsonl after epoch 2'],
])('a run without its %s is read', async (name, note) => {
  const run = await searched();
  rmSync(run.file(name));
  const side = sideOf(run.path);
  expect(side?.notes).toEqual(note === undefined ? [] : [note]);
  expect(side).toMatchObject({ task: 'images', cells: { from: expect.any(String) } });
});

test('what is left of a run is one; other folders are none', async () => {
  const run = await searched();
  const root = await temporaryFolder();
  const only = (name: string) => {
    const folder = join(root, `with-${name}`);
    mkdirSync(folder);
    copyFileSync(run.file(name), join(folder, name));
    return folder;
  };
  const alphas = only('alphas.jsonl');
  expect(isRunFolder(alphas)).toBe(true);
  expect(sideOf(alphas)).toMatchObject({
    kind: 'search',
    task: 'images',
    cells: { from: 'alphas.jsonl after epoch 2' },
  });
  const metrics = only('metrics.jsonl');
  expect(sideOf(metrics)).toMatchObject({ kind: 'training', task: 'images', cells: null });
  const genotype = only('genotype.json');
  expect([genotype, root, join(root, 'none')].map(isRunFolder)).toEqual([false, false, false]);
  // A folder in the place of a file.
  mkdirSync(join(root, 'odd', 'metrics.jsonl'), { recursive: true });
  expect(sideOf(join(root, 'odd'))).toMatchObject({
    kind: null,
    task: null,
    notes: ['run.json is missing', 'metrics.jsonl cannot be read'],
  });
});
