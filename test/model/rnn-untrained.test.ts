import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { decodeModel } from '../../proto/onnx.ts';
import { exportRnnGenotype, type RnnGenotypeExport } from '../../src/model/rnn-untrained.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { probeRuntimes } from '../../src/runtime/probe/probe.ts';
import { publishedRnnGenotypes, type PublishedRnnName } from '../../src/space/text/published.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { compareRuntimes } from '../../src/parity/parity.ts';
import { temporaryFolder } from '../data/temporary.ts';

const signal = new AbortController().signal;
const probed = probeRuntimes({ signal });

async function exported(name: PublishedRnnName, more: Partial<RnnGenotypeExport> = {}, notes: string[] = []) {
  const out = join(await temporaryFolder(), 'new', 'x.onnx');
  const given = { genotype: publishedRnnGenotypes[name], shape: { units: 6, words: 11 }, seed: 3, out };
  const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
  return exportRnnGenotype({ ...given, ...more }, reporter);
}

it.each([
  ['ENAS', {}],
  ['DARTS_V1', {}],
  ['DARTS_V2', {}],
  ['DARTS_V2', { unroll: 3 }],
] as const)('%s passes parity untrained, %j', async (name, more) => {
  const { file: path } = await exported(name, more);
  const file = await readModelFile(path);
  const report = await compareRuntimes(
    { file, imported: importOnnx(file.model, path), probed: await probed },
    { model: path, data: null, seeds: [1], batches: [1, 2], slowSeconds: 60 },
    silentReporter,
    signal,
  );
  expect(report.outcome).toBe('passed');
  expect(report.pairs.map(({ name: pair }) => pair)).toEqual(
    expect.arrayContaining(['onnxruntime-cpu unoptimised', 'reference']),
  );
});

it('says plainly that it is not trained', async () => {
  const notes: string[] = [];
  const { file, parameters, macs } = await exported('DARTS_V2', {}, notes);
  const metadata = new Map(decodeModel(readFileSync(file), file).metadata);
  expect(metadata.get('training')).toBe('none: weights as initialised from the seed');
  expect(metadata.get('seed')).toBe('3');
  expect(metadata.get('dataset')).toBeUndefined();
  // Embedding with its bias, and ten weights [units, 2·units].
  expect({ parameters, macs }).toEqual({ parameters: 6 * 11 + 11 + 720, macs: 6 * 11 + 720 });
  expect(notes[0]).toMatch(/^this network is not trained: /);
});

it('gives the same bytes for the same seed, other weights for another, and the same MACs unrolled', async () => {
  const [first, again] = [await exported('ENAS'), await exported('ENAS')];
  expect(again.sha256).toBe(first.sha256);
  expect((await exported('ENAS', { seed: 1 })).sha256).not.toBe(first.sha256);
  expect((await exported('ENAS', { unroll: 4 })).macs).toBe(first.macs);
});
