/** Genotypes exported without training, for either task: what every runtime says of them, and what they say of themselves. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importOnnx, type ImportedModel } from '../../exporters/onnx/import.ts';
import { decodeModel } from '../../proto/onnx.ts';
import { exportGenotype, type ExportOutcome } from '../../src/model/export.ts';
import type { GenotypeExport } from '../../src/model/order.ts';
import { floats } from '../../src/graph/tensor.ts';
import { Random } from '../../src/random.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { probeRuntimes } from '../../src/runtime/probe/probe.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { CnnShape } from '../../src/space/images/cnn.ts';
import { publishedGenotypes, type PublishedName } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes, type PublishedRnnName } from '../../src/space/text/published.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { openWay } from '../../src/parity/ways.ts';
import { temporaryFolder } from '../data/temporary.ts';

/** Small, with a cell of each kind; ImageNet's stem halves three times before two reductions do. */
const shapes: Readonly<Record<'cifar10' | 'imagenet', CnnShape>> = {
  cifar10: { stem: 'cifar10', channels: 4, layers: 3, classes: 10, image: [3, 16, 16] },
  imagenet: { stem: 'imagenet', channels: 4, layers: 3, classes: 20, image: [3, 64, 64] },
};
type Kind = keyof typeof shapes;

const signal = new AbortController().signal;
const probed = probeRuntimes({ signal });

/** All but the file to write. */
type Given = { [T in GenotypeExport['task']]: Omit<Extract<GenotypeExport, { task: T }>, 'out'> };

function imagesOf(name: PublishedName, kind: Kind = 'cifar10'): Given['images'] {
  return { task: 'images', genotype: publishedGenotypes[name], shape: shapes[kind], seed: 3 };
}

function textOf(name: PublishedRnnName, unroll?: number): Given['text'] {
  const shape = { units: 6, words: 11 };
  return { task: 'text', genotype: publishedRnnGenotypes[name], shape, seed: 3, unroll };
}

async function exported(given: Given[keyof Given], notes: string[] = []): Promise<ExportOutcome> {
  const out = join(await temporaryFolder(), 'new', 'x.onnx');
  const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
  return exportGenotype({ ...given, out }, reporter);
}

/** Expects that every runtime that is ready says the same of it. */
async function expectParity(path: string): Promise<{ imported: ImportedModel; names: readonly string[] }> {
  const file = await readModelFile(path);
  const imported = importOnnx(file.model, path);
  const report = await compareSubject(
    { file, probed: await probed, open: async (_, way, model) => openWay(way, model) },
    { model: path, data: null, seeds: [1], batches: [1, 2], slowSeconds: 60 },
    silentReporter,
    signal,
  );
  expect(report.outcome).toBe('passed');
  return { imported, names: report.pairs.map(({ name }) => name) };
}

const cells = ['DARTS_V1', 'DARTS_V2', 'NASNet', 'AmoebaNet'] as const;

describe('the published cells, untrained', () => {
  it.each(cells.flatMap((name) => (['cifar10', 'imagenet'] as const).map((kind) => [name, kind] as const)))(
    '%s for %s passes parity, and what it says depends on the image',
    async (name, kind) => {
      const { file } = await exported(imagesOf(name, kind));
      const { imported, names } = await expectParity(file);
      expect(names).toEqual(
        expect.arrayContaining(['onnxruntime-cpu unoptimised', 'onnxruntime-cpu', 'tfjs-cpu']),
      );

      // Logits that are all but the classifier's bias would agree whatever a runtime did.
      const [channels, height, width] = shapes[kind].image;
      const random = new Random(2);
      const images = Float64Array.from({ length: 2 * channels * height * width }, () => random.normal());
      const program = await createReferenceRuntime().compile(imported.graph);
      const feeds = new Map(imported.weights).set('image', floats([2, channels, height, width], images));
      const logits = (await program.run(feeds)).get('logits')?.data ?? [];
      const { classes } = shapes[kind];
      const apart = Array.from({ length: classes }, (_, k) =>
        Math.abs((logits[k] ?? 0) - (logits[classes + k] ?? 0)),
      );
      expect(Math.max(...apart)).toBeGreaterThan(0.01);
      expect(Math.max(...Array.from(logits, Math.abs))).toBeLessThan(50);
    },
  );

  it.each([
    ['ENAS', undefined],
    ['DARTS_V1', undefined],
    ['DARTS_V2', undefined],
    ['DARTS_V2', 3],
  ] as const)('%s for a text passes parity, unrolled for %s steps', async (name, unroll) => {
    const { file } = await exported(textOf(name, unroll));
    const { names } = await expectParity(file);
    expect(names).toEqual(expect.arrayContaining(['onnxruntime-cpu unoptimised', 'onnxruntime-cpu']));
  });
});

describe.each([
  {
    given: imagesOf('DARTS_V2'),
    dataset: 'cifar10',
    training: /^none: weights as initialised from the seed, running variances settled/,
    note: 'this network is not trained: its weights are freshly initialised, and it classifies nothing',
  },
  {
    given: textOf('DARTS_V2'),
    dataset: undefined,
    training: /^none: weights as initialised from the seed$/,
    note: 'this network is not trained: its weights are freshly initialised, it predicts nothing, and its words have no names',
  },
])('an untrained network of $given.task', ({ given, dataset, training, note }) => {
  it('says plainly that it is not trained', async () => {
    const notes: string[] = [];
    const { file, task, parameters, macs, beside } = await exported(given, notes);
    const metadata = new Map(decodeModel(readFileSync(file), file).metadata);
    expect(metadata.get('training')).toMatch(training);
    expect(metadata.get('seed')).toBe('3');
    expect(metadata.get('dataset')).toBe(dataset);
    expect(metadata.get('parameters')).toBe(String(parameters));
    expect(metadata.get('macs')).toBe(String(macs));
    expect(notes).toEqual([note]);
    expect({ task, beside }).toEqual({ task: given.task, beside: null });
  });

  it('has the same bytes for the same seed, and other weights for another', async () => {
    const [first, again, other] = [
      await exported(given),
      await exported(given),
      await exported({ ...given, seed: 1 }),
    ];
    expect(again.sha256).toBe(first.sha256);
    expect(other.sha256).not.toBe(first.sha256);
    expect(other.bytes).toBe(first.bytes);
  });
});

it('a recurrent cell has the same MACs a word unrolled, and parameters that can be counted by hand', async () => {
  const whole = await exported(textOf('DARTS_V2'));
  // Embedding with its bias, and ten weights [units, 2·units].
  expect(whole).toMatchObject({ parameters: 6 * 11 + 11 + 720, macs: 6 * 11 + 720 });
  expect(await exported(textOf('DARTS_V2', 4))).toMatchObject({
    parameters: whole.parameters,
    macs: whole.macs,
  });
});

it('a shape that no network has is refused, and nothing is written', async () => {
  const out = join(await temporaryFolder(), 'no.onnx');
  const shape = { ...shapes.imagenet, image: [3, 48, 64] } as const;
  await expect(exportGenotype({ ...imagesOf('DARTS_V2'), shape, out }, silentReporter)).rejects.toThrow(
    'images of 48×64 cannot be halved 5 times',
  );
  expect(existsSync(out)).toBe(false);
});
