/**
 * The language model of a recurrent genotype as an ONNX file without any training: freshly initialised, from a seed. It
 * predicts nothing and has no vocabulary; it is there to be timed, converted, looked into and compared.
 */
import { resolve } from 'node:path';
import { exportOnnx } from '../../exporters/onnx/export.ts';
import { sha256, writeFileWhole } from '../files/files.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import { Random } from '../random.ts';
import type { Reporter } from '../run/reporter.ts';
import { nascentVersion } from '../run/versions.ts';
import { validateRnnGenotype } from '../space/text/genotype.ts';
import { rnnInferenceGraph } from '../space/text/inference.ts';
import type { RnnShape } from '../space/text/model.ts';
import type { ExportOutcome } from './export.ts';
import { languageTask } from './rnn.ts';
import type { ExportOpset } from './write-model.ts';

export interface RnnGenotypeExport {
  /** A recurrent genotype, or its JSON. */
  readonly genotype: unknown;
  readonly shape: RnnShape;
  readonly seed: number;
  /** The file to write. */
  readonly out: string;
  readonly opset?: ExportOpset;
  /** So many steps without control flow, instead of a Scan over any number. */
  readonly unroll?: number;
}

/**
 * Writes the untrained language model to `out`, with the inputs and outputs of a trained one. MACs are of one word.
 *
 * @throws NascentError 'space/invalid-genotype', 'input/invalid' where `unroll` is no number of steps, 'disk/full'
 */
export async function exportRnnGenotype(
  { genotype: given, shape, seed, out, opset = 17, unroll }: RnnGenotypeExport,
  reporter: Reporter,
): Promise<ExportOutcome> {
  reporter.stage('export', 'Exporting to ONNX');
  const genotype = validateRnnGenotype(given);
  const graph = rnnInferenceGraph(shape, genotype, { ...(unroll !== undefined && { unroll }) });
  const parameters = countParameters(graph);
  const macs = countMacs(rnnInferenceGraph(shape, genotype));
  const bytes = exportOnnx(graph, {
    weights: initialise(graph, new Random(seed).fork('weights')),
    opset,
    name: 'nascent',
    producerVersion: nascentVersion(),
    metadata: {
      task: languageTask,
      genotype: JSON.stringify(genotype),
      units: String(shape.units),
      words: String(shape.words),
      parameters: String(parameters),
      macs: String(macs),
      seed: String(seed),
      training: 'none: weights as initialised from the seed',
    },
  });
  const file = resolve(out);
  await writeFileWhole(file, bytes);
  reporter.note(
    'this network is not trained: its weights are freshly initialised, it predicts nothing, and its words have no names',
  );
  return { file, bytes: bytes.length, sha256: sha256(bytes), parameters, macs };
}
