/**
 * The network of a genotype as an ONNX file without any training: freshly initialised, from a seed. It classifies
 * nothing; it is there to be timed, converted, looked into and compared.
 */
import { resolve } from 'node:path';
import { sha256, writeFileWhole } from '../files/files.ts';
import { datasetNamed } from '../data/registry.ts';
import { initialise } from '../graph/initialise.ts';
import { Random } from '../random.ts';
import type { Reporter } from '../run/reporter.ts';
import type { CnnShape } from '../space/images/cnn.ts';
import { validateGenotype } from '../space/images/genotype.ts';
import { inferenceGraph } from '../space/images/network-graphs.ts';
import { settled } from './settle.ts';
import type { ExportOutcome } from './export.ts';
import { modelBytes, type ExportOpset } from './write-model.ts';

export interface GenotypeExport {
  /** A genotype, or its JSON. */
  readonly genotype: unknown;
  readonly shape: CnnShape;
  readonly seed: number;
  /** The file to write. */
  readonly out: string;
  readonly opset?: ExportOpset;
}

/**
 * Writes the untrained network to `out`.
 *
 * @throws NascentError 'space/invalid' where no network has this shape, 'space/invalid-genotype', 'disk/full'
 */
export async function exportGenotype(
  { genotype: given, shape, seed, out, opset = 17 }: GenotypeExport,
  reporter: Reporter,
): Promise<ExportOutcome> {
  reporter.stage('export', 'Exporting to ONNX');
  const genotype = validateGenotype(given);
  const graph = inferenceGraph(shape, genotype);
  // A stem is called after the images that it is for.
  const { name, normalisation, labels } = datasetNamed(shape.stem ?? 'cifar10');
  // Names that are not of these classes would be wrong ones.
  const named = labels?.length === shape.classes ? { classes: labels } : {};
  const random = new Random(seed);
  const initial = initialise(graph, random.fork('weights'));
  const { bytes, parameters, macs } = modelBytes({
    graph,
    weights: await settled(shape, genotype, initial, random.fork('noise')),
    genotype,
    images: { name, ...normalisation, ...named },
    numClasses: shape.classes,
    seed,
    provenance: {
      training: 'none: weights as initialised from the seed, running variances settled on made-up images',
    },
    opset,
  });
  const file = resolve(out);
  await writeFileWhole(file, bytes);
  reporter.note(
    'this network is not trained: its weights are freshly initialised, and it classifies nothing',
  );
  return { file, bytes: bytes.length, sha256: sha256(bytes), parameters, macs };
}
