import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { reportHtml } from '../../src/report/html.ts';
import { latencyPanel } from '../../src/report/measured.ts';
import { readRun, type ReportedRun, type RunLogs } from '../../src/report/read-run.ts';
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
  expect(html).toContain('<th scope="row">settings.batch_size</th><td>32</td>');
});

test('of a run that somebody works on it says how far that is, and what its steps report', async () => {
  const path = join(await temporaryFolder(), 'running');
  const run = await createRun(path, {
    ...options,
    config: { data: 'ptb', settings: { level: 'character' } },
  });
  await run.update({ status: 'running' });
  run.acquireLease();
  run.appendEvent({ kind: 'begun', stage: 'search', pid: 1, host: 'here' });
  run.appendEvent({ kind: 'stage', stage: 'search', title: 'Searching' });
  const figures = { loss: 1, perplexity: 4 };
  run.appendEvent({ kind: 'progress', stage: 'search', done: 29, total: 1000, unit: 'steps', figures });
  const html = () => reportHtml('running', readRun(path));
  expect(headings(html())).toContain('Under way');
  for (const [name, value] of [
    ['now', 'Searching'],
    ['done', '2 %, 29 of 1,000 steps'],
    ['training perplexity per character of the latest steps', '4.00 (2.000 bits)'],
  ])
    expect(html()).toContain(`<th scope="row">${name}</th><td>${value}</td>`);
  await run.update({ status: 'stopped' });
  run.close();
  expect(headings(html())).not.toContain('Under way');
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

  // What was measured of the model of its training is the search's, too.
  renameSync(join(path, 'parity.json'), join(path, 'train', 'parity.json'));

  const { exitCode, stdout } = await call('report', path);
  const page = join(path, 'report.html');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${page}\n` });
  const html = reportHtml('searched', readRun(path));
  expect(headings(html)).toEqual([
    'At a glance',
    'Cells',
    'Cells by epoch',
    'Search',
    'Training',
    'Validation',
    'Parity',
    'Settings of the search',
    'Settings of the training',
  ]);
  expect(html).toContain('<th scope="row">validation accuracy</th><td>62.50 %</td>');
  expect(html).toContain('<th scope="row">top-1 accuracy</th><td>63.91 %</td>');
  expect(html).not.toContain('top-5');
  expect(html).toContain('<span class="bad">✗ off by 2.0e-3 &amp; more</span>');
  expect(html).toContain('<td class="number">2.0e-3</td><td class="number">1e-4</td>');
  // No runtime was put to these checks.
  expect(html).not.toMatch(/seeded inputs|same choice/);
  expect(html).toContain("Genotype(normal=[('sep_conv_3x3', 0)");
  // Two panels of cells are one drawing; of charts there are the loss, the accuracy, the skips and two of alphas.
  expect(html.match(/<svg /g)).toHaveLength(6);
  expect(html).not.toMatch(/<link|<img|@import|url\(|https?:(?!\/\/www\.w3\.org)/);
});

test('names are text, and a file that cannot be read is left out, with a note', async () => {
  const path = join(await temporaryFolder(), 'recurrent');
  const run = await createRun(path, { ...options, kind: 'train' });
  await run.writeFile('genotype.json', rnnGenotypeToJson(publishedRnnGenotypes.DARTS_V1));
  await run.update({ status: 'failed', reason: 'loss <NaN>' });
  writeFileSync(join(path, 'validation.json'), '{"half');
  const html = reportHtml('a<script>&', readRun(path));
  expect(headings(html)).toEqual(['At a glance', 'Cells', 'Training', 'Settings of the training']);
  expect(html).toContain('<h1>a&lt;script&gt;&amp;</h1>');
  expect(html).toContain('<td>failed: loss &lt;NaN&gt;</td>');
  await run.update({ status: 'stopped', reason: 'stopped on request' });
  expect(reportHtml('again', readRun(path))).toContain('<td>stopped on request</td>');
  expect(html).toContain('Genotype(recurrent=[');
  expect(html).toMatch(/Not all of this run can be read:[^]*validation\.json is damaged/);
});

test('lines that are damaged are left out, and counted', async () => {
  const path = join(await temporaryFolder(), 'damaged');
  const run = await createRun(path, options);
  const epoch = (number: number) => JSON.stringify({ kind: 'epoch', epoch: number, train_loss: 1 + number });
  writeFileSync(
    run.file('metrics.jsonl'),
    `${epoch(0)}\n{"kind": "epo\n[1]\n${epoch(1)}\n${epoch(2).slice(0, 9)}`,
  );
  writeFileSync(run.file('genotype.json'), '{"normal": 3, "reduce": 4}');
  const read = readRun(path);
  expect(read.metrics.map((record) => record.epoch)).toEqual([0, 1]);
  expect(read.notes).toEqual([
    'metrics.jsonl is damaged: 1 line is not JSON and was left out',
    'metrics.jsonl has 1 line that is unknown to this version, and left out',
    'metrics.jsonl ends within a line, which was left out',
    'genotype.json is damaged: normal cell: expected an object, got 3',
  ]);
  expect(headings(reportHtml('damaged', read))).toEqual(['At a glance', 'Search', 'Settings of the search']);
});

test.each([
  ['half written', '{"format": "nascent-run", "ver'],
  ['of a later version', '{"format": "nascent-run", "version": 99}'],
])('a run whose run.json is %s still shows what it learnt', async (_, content) => {
  const path = join(await temporaryFolder(), 'half');
  const run = await createRun(path, options);
  run.acquireLease();
  run.appendMetrics({ kind: 'epoch', epoch: 0, train_loss: 2, valid_accuracy: 0.625 });
  run.close();
  writeFileSync(join(path, 'run.json'), content);
  const { exitCode } = await call('report', path);
  expect(exitCode).toBe(0);
  const html = readFileSync(join(path, 'report.html'), 'utf8');
  expect(headings(html)).toEqual(['At a glance', 'Search']);
  expect(html).toContain('unknown: run.json cannot be read');
  expect(html).toContain('<th scope="row">validation accuracy</th><td>62.50 %</td>');
});

/** A run in which every text that a file can have is `text`. */
function runOf(text: string): ReportedRun {
  const at = '2026-01-02T03:04:05.000Z';
  const record = {
    format: 'nascent-run',
    version: 1,
    kind: 'search',
    status: 'failed',
    stage: text,
    config: { data: text, settings: { primitives: [text, 'skip_connect'], [text]: text } },
    seed: 1,
    engine: text,
    versions: { [text]: text },
    createdAt: at,
    updatedAt: at,
    reason: text,
  } as const;
  const model = { sha256: text, bytes: 1 };
  const row: (number | null)[] = [0, 1];
  const logs = {
    record,
    status: 'failed',
    holder: { pid: 1, host: text, token: text },
    metrics: [
      { kind: 'epoch', epoch: 0, train_loss: 1, [text]: text },
      { kind: 'rollback', epoch: 0, to: 0, reason: text },
    ],
    alphas: [{ epoch: 0, normal: [row], genotype: { [text]: text } }],
    events: [
      { v: 1, seq: 0, at, kind: 'begun', stage: text, pid: 1, host: text },
      { v: 1, seq: 1, at, kind: 'stage', stage: text, title: text },
      { v: 1, seq: 2, at, kind: 'note', text },
      {
        v: 1,
        seq: 3,
        at,
        kind: 'progress',
        stage: text,
        done: 1,
        total: 2,
        unit: text,
        figures: { loss: 1 },
      },
      { v: 1, seq: 4, at, kind: 'check', row: text, column: text, outcome: 'failed', text },
      { v: 1, seq: 5, at, kind: 'failed', error: { message: text } },
    ],
  } satisfies RunLogs;
  return {
    ...logs,
    genotype: undefined,
    training: logs,
    validation: {
      model,
      data: text,
      split: text,
      provider: text,
      loss: 1,
      classes: [{ label: text, images: 1, accuracy: 1 }],
      note: text,
      notes: [text],
    },
    parity: {
      model,
      baseline: { name: text, version: text },
      outcome: text,
      real: { dataset: null, images: 0, reason: text },
      pairs: [
        {
          name: text,
          version: text,
          runs: text,
          elements: 1,
          largestAbsolute: 1,
          gate: { absolute: 1 },
          note: text,
          failures: [text],
        },
      ],
      unavailable: [{ runtime: text, reason: text }],
    },
    notes: [text],
  };
}

/** Names of the elements, as a browser would find them; those of a text that is markup would be among them. */
const elements = (html: string) => [...html.matchAll(/<(\/?[a-z!][\w-]*|!--)/gi)].map(([, name]) => name);

const attack = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        '</title><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        '</style>',
        '</svg>',
        '</script>',
        '<!--',
        ']]>',
        '&lt;b&gt;',
        '\u0000',
        '\u001b[2J',
        '\u202e',
        '\ud800',
        '\n',
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('')),
);

test('whatever the texts in the files are, the page has the same elements, and nothing that acts', () => {
  const plain = elements(reportHtml('plain', runOf('plain')));
  expect(plain).toContain('svg');
  fc.assert(
    fc.property(attack, (text) => {
      const html = reportHtml(text, runOf(text));
      expect(elements(html)).toEqual(plain);
      expect(html).not.toMatch(/(?![\n\t\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u);
      // A quote of a text would end an attribute.
      expect(html.replaceAll(/<(script|style)[^]*?<\/\1>/g, '')).not.toMatch(/<[^>]* on\w+=/);
    }),
  );
});

test('only the script that the page came with may run', () => {
  const html = reportHtml('page', runOf('text'));
  const [script = ''] = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text);
  const digest = createHash('sha256').update(script).digest('base64');
  expect(html).toContain(`default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`);
  expect(html).not.toContain('http-equiv="refresh"');
  expect(reportHtml('page', runOf('text'), { refreshSeconds: 3 })).toContain(
    '<meta http-equiv="refresh" content="3">',
  );
});

test('a small page', () => {
  const html = reportHtml('small', runOf('text'));
  const body = html.slice(html.indexOf('<body>')).replaceAll(/<svg[^]*?<\/svg>/g, '<svg/>');
  expect(body.replace(/<script>[^]*?<\/script>/, '<script/>')).toMatchSnapshot();
});

test('what is no run is refused, and nothing is written', async () => {
  const { exitCode, stdout, stderr } = await call('report', await temporaryFolder());
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('is not a run');
});

test('latency is there where something measured it, and of nothing else', () => {
  const model = { sha256: 'a', bytes: 1 };
  const validation = { model, data: 'cifar10', provider: 'cpu', loss: 1, imagesPerSecond: 400 };
  const pair = {
    name: 'reference',
    version: '1',
    elements: 10,
    largestAbsolute: 0,
    gate: { absolute: 1 },
    failures: [],
  };
  const parity = {
    model,
    baseline: { name: 'onnxruntime-cpu', version: '1' },
    outcome: 'passed',
    pairs: [
      { ...pair, seconds: 5, seededInputs: 4, realImages: 6 },
      { ...pair, name: 'tfjs-cpu', seconds: 5, seededInputs: 0 },
      { ...pair, name: 'of an earlier version' },
    ],
    unavailable: [],
  };
  expect(latencyPanel(undefined, undefined)).toBeUndefined();
  const panel = latencyPanel(validation, parity) ?? '';
  expect(
    [...panel.matchAll(/<th scope="row">(.*?)<\/th><td>(.*?)<\/td><td class="number">(.*?)</g)].map((row) =>
      row.slice(1),
    ),
  ).toEqual([
    ['onnxruntime-cpu', 'validation, images in batches', '2.50 ms'],
    ['reference', 'parity, 10 inputs', '500 ms'],
  ]);
});
