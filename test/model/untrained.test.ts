import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { decodeModel } from '../../proto/onnx.ts';
import { exportGenotype, type GenotypeExport } from '../../src/model/untrained.ts';
import { floats } from '../../src/graph/tensor.ts';
import { Random } from '../../src/random.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { probeRuntimes } from '../../src/runtime/probe/probe.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import type { CnnShape } from '../../src/space/images/cnn.ts';
import { publishedGenotypes, type PublishedName } from '../../src/space/images/published.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { compareRuntimes } from '../../src/parity/parity.ts';

const folder = mkdtempSync(join(tmpdir(), 'nascent-untrained-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Small, with a cell of each kind; ImageNet's stem halves three times before two reductions do. */
const shapes: Readonly<Record<'cifar10' | 'imagenet', CnnShape>> = {
  cifar10: { stem: 'cifar10', channels: 4, layers: 3, classes: 10, image: [3, 16, 16] },
  imagenet: { stem: 'imagenet', channels: 4, layers: 3, classes: 20, image: [3, 64, 64] },
};
type Kind = keyof typeof shapes;

const signal = new AbortController().signal;
const probed = probeRuntimes({ signal });
const exported = (name: PublishedName, kind: Kind, more: Partial<GenotypeExport> = {}) =>
  exportGenotype(
    {
      genotype: publishedGenotypes[name],
      shape: shapes[kind],
      seed: 0,
      out: join(folder, `${name}-${kind}.onnx`),
      ...more,
    },
    silentReporter,
  );

const cells = ['DARTS_V1', 'DARTS_V2', 'NASNet', 'AmoebaNet'] as const;

describe('the published cells, untrained', () => {
  it.each(cells.flatMap((name) => (['cifar10', 'imagenet'] as const).map((kind) => [name, kind] as const)))(
    '%s for %s passes parity, and what it says depends on the image',
    async (name, kind) => {
      const { file: path } = await exported(name, kind);
      const file = await readModelFile(path);
      const imported = importOnnx(file.model, path);
      const report = await compareRuntimes(
        { file, imported, probed: await probed },
        { model: path, data: null, seeds: [1], batches: [1, 2], slowSeconds: 60 },
        silentReporter,
        signal,
      );
      expect(report.outcome).toBe('passed');
      expect(report.pairs.map(({ name: pair }) => pair)).toEqual(
        expect.arrayContaining(['onnxruntime-cpu unoptimised', 'tfjs-cpu', 'reference']),
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

  it('says plainly that it is not trained', async () => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const out = join(folder, 'said.onnx');
    await exportGenotype(
      { genotype: publishedGenotypes.DARTS_V2, shape: shapes.cifar10, seed: 3, out },
      reporter,
    );
    const metadata = new Map(decodeModel(readFileSync(out), out).metadata);
    expect(metadata.get('training')).toMatch(/^none: /);
    expect(metadata.get('seed')).toBe('3');
    expect(metadata.get('dataset')).toBe('cifar10');
    expect(notes).toEqual([
      'this network is not trained: its weights are freshly initialised, and it classifies nothing',
    ]);
  });

  it('gives the same bytes for the same seed, and other weights for another', async () => {
    const first = await exported('DARTS_V2', 'cifar10');
    const again = await exported('DARTS_V2', 'cifar10', { out: join(folder, 'again.onnx') });
    const other = await exported('DARTS_V2', 'cifar10', { out: join(folder, 'other.onnx'), seed: 1 });
    expect(again.sha256).toBe(first.sha256);
    expect(other.sha256).not.toBe(first.sha256);
  });

  it('a shape that no network has is refused, and nothing is written', async () => {
    const shape = { ...shapes.imagenet, image: [3, 48, 64] } as const;
    await expect(exported('DARTS_V2', 'imagenet', { shape, out: join(folder, 'no.onnx') })).rejects.toThrow(
      'images of 48×64 cannot be halved 5 times',
    );
    expect(() => readFileSync(join(folder, 'no.onnx'))).toThrow();
  });
});
