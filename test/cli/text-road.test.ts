/** The road of a recurrent cell on text that is made on the spot: search, also of several seeds, train, export, validate. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { decodeModel } from '../../proto/onnx.ts';
import type { PerplexityReport } from '../../src/evaluate/perplexity.ts';
import type { SeedsResult } from '../../src/cli/seeds.ts';
import { openRun } from '../../src/run/directory.ts';
import { rnnGenotypeFromJson, rnnGenotypeFromNotation } from '../../src/space/text/genotype-text.ts';
import { call } from './call.ts';

const root = mkdtempSync(join(tmpdir(), 'nascent-text-road-'));
const run = join(root, 'a');
afterAll(() => rmSync(root, { recursive: true, force: true }));
// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

const set = (...settings: string[]) => settings.flatMap((each) => ['--set', each]);
// Few lengths: each is a graph to be made ready.
const small = ['units=8', 'batch_size=4', 'bptt=8', 'epochs=1'];

const tiny = [...small, 'nodes=3', 'train_tokens=160', 'valid_tokens=36', 'eval_batch_size=4'];
const brief = [...small, 'train_tokens=1600', 'valid_tokens=400', 'test_tokens=400'];
const search = (out: string, ...more: string[]) => [
  'search',
  '--data',
  'grammar',
  '--engine',
  'onnxruntime',
  '--out',
  out,
  ...set(...tiny),
  ...more,
];

test('a search on text ends with a recurrent genotype', async () => {
  const ended = await call(...search(run));
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(rnnGenotypeFromNotation(ended.stdout).nodes).toHaveLength(3);
  expect(ended.stderr).toMatch(
    /the supernet has perplexity [\d.]+ on the validation text in 4 pieces; \d skip connections? in the cell\.\n/,
  );
  expect(ended.stderr).toContain(`Next: nascent train ${run}\n`);
  expect(openRun(run).record().config).toMatchObject({ data: 'grammar', preset: 'quick-rnn' });
  expect((await call('search', '--resume', run)).stdout).toBe(ended.stdout);
});

test('a search says what is deterministic where it is asked to, and does the same again', async () => {
  vi.stubEnv('TF_DETERMINISTIC_OPS', undefined);
  const again = join(root, 'again');
  const ended = await call(...search(again, '--deterministic', '--json'));
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toContain(
    'Deterministic: initial weights, the order of the data and all random draws',
  );
  expect(process.env['TF_DETERMINISTIC_OPS']).toBe('1');
  expect(JSON.parse(ended.stdout)).toMatchObject({
    task: 'text',
    valid: { metric: 'perplexity' },
    stoppedAfter: null,
    run: again,
  });
  for (const file of ['alphas.jsonl', 'genotype.json'])
    expect(readFileSync(join(again, file)), file).toEqual(readFileSync(join(run, file)));
});

test('a search stops once its cell has two skip connections, where that is asked for', async () => {
  const out = join(root, 'skips');
  // Of cells that can have nothing else, all nodes are skips.
  const ended = await call(
    ...search(out, '--stop-on-skips', ...set('primitives=identity', 'epochs=3'), '--json'),
  );
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ stoppedAfter: 0, skips: 3 });
  expect(ended.stderr).toContain('stopped after epoch 1: 3 skip connections in the cell');
  expect(openRun(out).record()).toMatchObject({ status: 'done', config: { settings: { stop_on_skips: 2 } } });
  expect(
    openRun(out)
      .readMetrics()
      .map(({ epoch }) => epoch),
  ).toEqual([0]);
});

test('its cell is trained on the text of the search', async () => {
  const ended = await call('train', run, ...set(...brief), '--engine', 'onnxruntime');
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(
    /perplexity [\d.]+ on the validation text in 10 pieces, perplexity [\d.]+ on the test text in 10 pieces; the unigram model has perplexity [\d.]+\.\n/,
  );
  expect(openRun(join(run, 'train')).record().config).toMatchObject({ data: 'grammar', source: run });
  expect((await call('train', run)).stderr).toContain(`the training in ${join(run, 'train')} is finished`);
});

test('the exported models, of any length and unrolled, have the perplexity that was trained', async () => {
  const trained = openRun(join(run, 'train'))
    .readMetrics()
    .find(({ kind }) => kind === 'test');
  const whole = await call('export', run);
  expect(whole.exitCode, whole.stderr).toBe(0);
  expect(readFileSync(join(run, 'vocabulary.txt'), 'utf8').split('\n')).toHaveLength(173);
  const unrolled = await call('export', run, '--unroll', '7');
  expect(unrolled.stdout).toBe(`${join(run, 'model-unrolled.onnx')}\n`);
  // A text is continued word by word, which only the whole model does.
  expect(whole.stderr).toContain('nascent predict');
  expect(unrolled.stderr).not.toContain('nascent predict');
  for (const model of [run, join(run, 'model-unrolled.onnx')]) {
    // Its text is known from its run, or from the file itself.
    const few = ['validate', model, '--tokens', '400'];
    const said = await call(...few, '--pieces', '10');
    expect(said.stdout).toContain(' over 399 words of the test text\n');
    expect(said.stderr).toMatch(/over 390 words, in 10 equal +pieces that each begin anew, 9 at their ends/);
    const ended = await call(...few, '--pieces', '10', '--batch', '7', '--json');
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { perplexity, words, batch, inPieces } = JSON.parse(ended.stdout) as PerplexityReport;
    expect({ words, batch }).toEqual({ words: 399, batch: 7 });
    expect(said.stdout).toBe(`perplexity ${perplexity?.toFixed(3) ?? ''} over 399 words of the test text\n`);
    expect(Number(inPieces?.perplexity) / Number(trained?.['test_perplexity'])).toBeCloseTo(1, 4);
  }
});

test('the last checkpoint is exported where that is asked for', async () => {
  const out = join(root, 'checkpoints', 'x.onnx');
  for (const [checkpoint, said] of [
    ['last', 'epoch-1, the last'],
    ['best', 'epoch-1, best on the validation text'],
  ] as const) {
    const ended = await call('export', run, '--checkpoint', checkpoint, '--out', out);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${out}\n` });
    const metadata = new Map(decodeModel(readFileSync(out), out).metadata);
    expect(metadata.get('checkpoint')).toBe(said);
  }
});

/** Two, and a training as short as can be of each cell. */
const searches = (out: string) =>
  search(
    out,
    '--seeds',
    '0-1',
    ...[...small, 'train_tokens=200', 'valid_tokens=200', 'test_tokens=200'].flatMap((each) => [
      '--retrain-set',
      each,
    ]),
  );

test(
  'searches of several seeds: each cell is trained, and the validation text chooses',
  { timeout: 180_000 },
  async () => {
    const out = join(root, 'seeds');
    const ended = await call(...searches(out));
    expect(ended.exitCode, ended.stderr).toBe(0);
    const result = JSON.parse(readFileSync(join(out, 'seeds.json'), 'utf8')) as SeedsResult;
    expect(result).toMatchObject({ task: 'text', metric: 'perplexity' });
    expect(result.seeds.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(result.best.value).toBe(Math.min(...result.seeds.map(({ value }) => value)));
    for (const { seed, run: path, value, notation } of result.seeds) {
      const searched = openRun(path);
      expect(searched.record()).toMatchObject({ kind: 'search', status: 'done', seed });
      const trained = openRun(join(path, 'train'));
      expect(trained.record()).toMatchObject({
        kind: 'train',
        status: 'done',
        seed,
        config: { preset: 'quick-rnn' },
      });
      expect(trained.readMetrics().map((line) => line['valid_perplexity'])).toContain(value);
      expect(rnnGenotypeFromJson(readFileSync(searched.file('genotype.json'), 'utf8'))).toEqual(
        rnnGenotypeFromNotation(notation),
      );
    }
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(result.best.notation);
    expect(ended.stdout).toContain('the test text chose nothing');
    expect(ended.stderr).toContain(`Next: nascent train ${result.best.run} --out ${join(out, 'final')}`);
  },
);

test('what is finished of several searches is not done again', async () => {
  const out = join(root, 'seeds');
  const before = readFileSync(join(out, 'seed-1', 'alphas.jsonl'));
  const again = await call(...searches(out), '--json');
  expect(again.exitCode, again.stderr).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(readFileSync(join(out, 'seeds.json'), 'utf8')));
  expect(readFileSync(join(out, 'seed-1', 'alphas.jsonl'))).toEqual(before);
});

describe('is refused, with what to do:', () => {
  test.each([
    [['search', '--data', 'grammar', '--preset', 'darts'], 'unknown preset "darts"'],
    [['search', '--preset', 'darts-rnn'], 'unknown preset "darts-rnn"'],
    [['demo', '--rnn', '--data', 'cifar10'], '--rnn is for text, and cifar10 is images'],
    [['train', run, '--data', 'cifar10'], 'is of text, and cifar10 is images'],
    [['train', run, '--from', root], 'is for a dataset in a folder, and grammar is made on the spot'],
    [
      ['search', '--data', 'synthetic', '--from', '.'],
      'is for a dataset in a folder, and synthetic is made on the spot',
    ],
    [['search', '--data', 'text'], '--data text names no text'],
    [['search', '--data', 'grammar', '--set', 'channels=3'], 'unknown setting "channels"'],
    [['train', '--genotype', 'DARTS_V3', '--data', 'grammar'], "Did you mean 'DARTS_V1'"],
    [['train', '--genotype', 'DARTS_V2', '--preset', 'ptb'], 'unknown preset "ptb"'],
  ])('nascent %j', async (given, message) => {
    const ended = await call(...given, ...(given[0] === 'export' ? [] : ['--out', join(root, 'none')]));
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
  });

  test('a model and a text that do not belong together', async () => {
    const ended = await call('validate', join(run, 'model.onnx'), '--data', 'wikitext2', '--from', root);
    expect(ended.exitCode).toBe(2);
    const images = await call('validate', join(run, 'model.onnx'), '--data', 'synthetic');
    expect(images).toMatchObject({ exitCode: 2, stdout: '' });
    expect(images.stderr).toContain('is a language model, and synthetic is images');
  });
});
