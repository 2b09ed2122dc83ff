import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { reportHtml } from '../../src/report/html.ts';
import { readRun } from '../../src/report/read-run.ts';
import { createRun } from '../../src/run/directory.ts';
import { genotypeToJson } from '../../src/space/images/genotype-json.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { rnnGenotypeToJson } from '../../src/space/text/genotype-text.ts';
import { call } from '../cli/call.ts';
import { temporaryFolder } from '../data/temporary.ts';

const headings = (html: string) => [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, text]) => text);
const config = { data: 'cifar10', settings: { primitives: ['none', 'skip_connect'], batch_size: 32 } };
const options = { kind: 'search', config, seed: 7, engine: 'reference' } as const;

test('a run that has only begun has a page that says so', async () => {
  const path = join(await temporaryFolder(), 'begun');
  await createRun(path, options);
  const html = reportHtml('begun', readRun(path));
  expect(headings(html)).toEqual(['At a glance', 'Search', 'Settings of the search']);
  expect(html).toContain('<p>No epoch has ended yet.</p>');
  expect(html).toContain('<th>settings.batch_size</th><td>32</td>');
});

test('the page of a run has its cells, its charts, its training and what was measured', async () => {
  const path = join(await temporaryFolder(), 'searched');
  const run = await createRun(path, options);
  run.acquireLease();
  run.appendMetrics({ kind: 'epoch', epoch: 0, train_loss: 2, valid_accuracy: 0.625, skips: 0 });
  run.appendAlphas({ epoch: 0, normal: [[0, 0]], reduce: [[0, 0]] });
  await run.writeFile('genotype.json', genotypeToJson(publishedGenotypes.DARTS_V2));
  const model = { sha256: 'abc', bytes: 1234 };
  const validation = {
    model,
    data: 'cifar10',
    provider: 'cpu',
    images: 10_000,
    loss: 1.5,
    accuracy: 0.6391,
    top5: null,
  };
  await run.writeFile('validation.json', JSON.stringify(validation));
  const pair = {
    name: 'tfjs-cpu',
    version: '4',
    elements: 10,
    largestAbsolute: 2e-3,
    gate: { absolute: 1e-4 },
  };
  await run.writeFile(
    'parity.json',
    JSON.stringify({
      model,
      baseline: { name: 'onnxruntime-cpu', version: '1' },
      outcome: 'failed',
      pairs: [{ ...pair, failures: ['off by 2.0e-3 & more'] }],
      unavailable: [],
    }),
  );
  await createRun(join(path, 'train'), { ...options, kind: 'train' });
  run.close();

  const { exitCode, stdout } = await call('report', path);
  const page = join(path, 'report.html');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${page}\n` });
  const html = reportHtml('searched', readRun(path));
  expect(headings(html)).toEqual([
    'At a glance',
    'Cells',
    'Search',
    'Training',
    'Validation',
    'Parity',
    'Settings of the search',
    'Settings of the training',
  ]);
  expect(html).toContain('<th>validation accuracy</th><td>62.50 %</td>');
  expect(html).toContain('<th>top-1 accuracy</th><td>63.91 %</td>');
  expect(html).not.toContain('top-5');
  expect(html).toContain('2.0e-3</td><td class="number">1e-4</td><td>off by 2.0e-3 &amp; more</td>');
  expect(html).toContain("Genotype(normal=[('sep_conv_3x3', 0)");
  // Two panels of cells are one drawing; of charts there are the loss, the accuracy, the skips and two of alphas.
  expect(html.match(/<svg /g)).toHaveLength(6);
  expect(html).not.toMatch(/<script|<link|https?:(?!\/\/www\.w3\.org)/);
});

test('names are text, and a file that cannot be read is left out', async () => {
  const path = join(await temporaryFolder(), 'recurrent');
  const run = await createRun(path, { ...options, kind: 'train' });
  await run.writeFile('genotype.json', rnnGenotypeToJson(publishedRnnGenotypes.DARTS_V1));
  await run.update({ status: 'failed', reason: 'loss <NaN>' });
  writeFileSync(join(path, 'validation.json'), '{"half');
  const html = reportHtml('a<script>&', readRun(path));
  expect(headings(html)).toEqual(['At a glance', 'Cells', 'Training', 'Settings of the training']);
  expect(html).toContain('<h1>a&lt;script&gt;&amp;</h1>');
  expect(html).toContain('<td>failed: loss &lt;NaN&gt;</td>');
  expect(html).toContain('Genotype(recurrent=[');
});

test('what is no run is refused, and nothing is written', async () => {
  const { exitCode, stdout, stderr } = await call('report', await temporaryFolder());
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('is not a run');
});
