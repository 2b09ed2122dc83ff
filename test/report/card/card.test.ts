import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { modelCard } from '../../../src/report/card/card.ts';
import { cardFacts, type CardModel } from '../../../src/report/card/facts.ts';
import { code, literal, text } from '../../../src/report/card/markdown.ts';
import type { ReportedRun } from '../../../src/report/read-run.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';

const at = '2026-01-02T03:04:05.000Z';

const model: CardModel = {
  file: 'model.onnx',
  bytes: 1234,
  sha256: 'abc',
  irVersion: 8,
  opset: 17,
  producer: 'nascent 0.1.0',
  metadata: new Map([
    ['task', 'image-classification'],
    ['dataset', 'pets'],
    ['labels', '["cat","dog | wolf"]'],
    ['input_layout', 'NCHW'],
    ['input_mean', '[0.5,0.5,0.5]'],
    ['input_std', '[0.25,0.25,0.25]'],
    ['parameters', '1000'],
    ['macs', '20000'],
  ]),
  inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 3, 2, 2] }],
  outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
};

const run: ReportedRun = {
  record: {
    format: 'nascent-run',
    version: 1,
    kind: 'train',
    status: 'stopped',
    stage: 'train',
    config: {
      data: 'images',
      from: '/home/me/pets',
      source: '/home/me/runs/search-1',
      genotype: {},
      settings: { epochs: 3 },
    },
    seed: 7,
    engine: 'reference',
    versions: { nascent: '0.1.0' },
    createdAt: at,
    updatedAt: at,
  },
  status: 'stopped',
  holder: undefined,
  metrics: [{ kind: 'epoch', epoch: 0, train_loss: 1, test_accuracy: 0.5, test_images: 10 }],
  alphas: [],
  events: [],
  genotype: undefined,
  training: undefined,
  validation: {
    model: { sha256: 'abc', bytes: 1234 },
    data: 'images',
    split: 'test',
    provider: 'cpu',
    images: 10,
    loss: 0.5,
    accuracy: 0.6,
    classes: [
      { label: 'cat', images: 10, accuracy: 0.6 },
      { label: 'dog | wolf', images: 0, accuracy: null },
    ],
  },
  parity: {
    model: { sha256: 'of an earlier export', bytes: 1 },
    baseline: { name: 'onnxruntime-cpu', version: '1' },
    outcome: 'passed',
    pairs: [],
    unavailable: [],
  },
  notes: [],
};

test('a card says what the file and its run say', () => {
  expect(modelCard(cardFacts(model, run))).toMatchSnapshot();
});

test('what is not known is left out: a file of which there is nothing but its bytes', () => {
  const foreign = { ...model, metadata: new Map(), producer: 'an unnamed program', opset: undefined };
  const card = modelCard(cardFacts(foreign, undefined));
  expect([...card.replaceAll(/```[^]*?```/g, '').matchAll(/^##? (.*)$/gm)].map(([, title]) => title)).toEqual(
    ['model.onnx', 'The file', 'Input and output', 'How to load it', 'Limits', 'Licence'],
  );
  expect(card).not.toMatch(/undefined|NaN|null|Normalisation|Labels|logits, before/);
});

test('results of another file are not those of this one', () => {
  const card = modelCard(cardFacts({ ...model, sha256: 'new' }, run));
  expect(card).toContain('validation.json is about another file');
  expect(card).not.toContain('60.00 %');
  expect(modelCard(cardFacts(model, run))).toContain('60.00 %');
});

test('a card does not say where things lay on a disk', () => {
  expect(modelCard(cardFacts(model, run))).not.toContain('/home/me');
});

test('a genotype is shown where it is one, and left out where it is not', () => {
  const withGenotype = (genotype: string) =>
    modelCard(cardFacts({ ...model, metadata: new Map([['genotype', genotype]]) }, undefined));
  expect(withGenotype(JSON.stringify(publishedRnnGenotypes.DARTS_V1))).toContain('Genotype(recurrent=[');
  expect(withGenotype('{"nodes": 3}')).not.toContain('## Architecture');
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '|',
        '<script>',
        '[a](b)',
        '\\',
        '\n',
        '# ',
        '```',
        '\u001b[2J',
        '\u202e',
        '\ud800',
        '*',
        '&lt;',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
);

test('text is text: one line, nothing unescaped that Markdown or HTML acts on', () => {
  fc.assert(
    fc.property(hostile, (raw) => {
      expect(text(raw)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u);
      expect(text(raw).replaceAll(/\\[^\s\da-z]/gi, '')).not.toMatch(/[`|<>[\]\\*_#&]/);
    }),
  );
});

test('code ends where it ends, and cannot leave a cell of a table', () => {
  fc.assert(
    fc.property(hostile, (raw) => {
      const [, fence = '', content = ''] = /^(`+)([^]*?)\1$/.exec(code(raw)) ?? [];
      expect(fence).not.toBe('');
      expect([...content.matchAll(/`+/g)].map(([ticks]) => ticks)).not.toContain(fence);
      expect(code(raw)).not.toMatch(/[|\n]/);
    }),
  );
});

test('a string of a program is what it was, but for halves of characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (raw) => {
      expect(JSON.parse(literal(raw))).toBe(raw);
      expect(literal(raw)).not.toContain('\n');
    }),
  );
});
