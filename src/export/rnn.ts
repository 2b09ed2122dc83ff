/**
 * From a trained recurrent run to `model.onnx`: the language model with its averaged weights, the best by validation
 * text, the vocabulary as `vocabulary.txt` beside it, and the vocabulary's digest in the metadata. The same run gives
 * the same bytes.
 */
import { dirname, join } from 'node:path';
import { exportOnnx } from '../../exporters/onnx/export.ts';
import { sha256 } from '../data/files.ts';
import { writeVocabulary } from '../data/text/vocabulary.ts';
import { NascentError } from '../errors.ts';
import { countParameters } from '../graph/count.ts';
import { parseRecorded } from '../run/config.ts';
import { openRun } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import { nascentVersion } from '../run/versions.ts';
import { validateRnnGenotype } from '../space/rnn/genotype.ts';
import { rnnInferenceGraph } from '../space/rnn/inference.ts';
import { readCorpusFacts, vocabularyFile } from '../train/rnn/corpus-facts.ts';
import { recordedRnnTraining } from '../train/rnn/job.ts';
import { averagedWeights } from '../train/rnn/train.ts';
import { trainedRun } from '../train/searched.ts';
import type { ExportOpset } from './write-model.ts';

export interface RnnRunExport {
  /** A run directory: of a training, or of a search that has been trained. */
  readonly run: string;
  readonly opset?: ExportOpset;
  /** So many steps without control flow, instead of a Scan over any number. */
  readonly unroll?: number;
}

export interface RnnExportOutcome {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly parameters: number;
  /** Of the vocabulary beside the model. */
  readonly vocabulary: string;
  readonly words: number;
}

/** What a reader of the metadata knows the model by. */
export const languageTask = 'language-modeling';

/**
 * Inputs `tokens` int64 [sequence, batch], `hidden_in` [batch, units]; outputs `log_probs` [sequence, batch, words],
 * `hidden_out` [batch, units]. Unrolled, it goes to `model-unrolled.onnx`, and the model of any length stays.
 *
 * @throws NascentError 'data/missing' where there is nothing trained yet, 'run/damaged' naming what does not fit
 */
export async function exportRnnRun(
  { run: path, opset = 17, unroll }: RnnRunExport,
  reporter: Reporter,
): Promise<RnnExportOutcome> {
  reporter.stage('export', 'Exporting to ONNX');
  const trained = trainedRun(path);
  const record = trained.record();
  const config = parseRecorded(recordedRnnTraining, record.config, trained.path);
  const checkpoint = trained.bestCheckpoint();
  if (checkpoint === undefined) {
    throw new NascentError('data/missing', `the training in ${trained.path} has not finished an epoch yet`, {
      help: `Go on with it: nascent train --resume ${trained.path}`,
    });
  }
  for (const { message } of checkpoint.damaged) reporter.note(`passed over a damaged checkpoint: ${message}`);
  if (record.status !== 'done') {
    reporter.note(`the training is not finished (${record.status}); its best checkpoint is exported`);
  }
  const { facts, vocabulary } = await readCorpusFacts(trained);
  const { units } = config.settings;
  const genotype = validateRnnGenotype(config.genotype);
  const graph = rnnInferenceGraph({ words: facts.words, units }, genotype, {
    ...(unroll !== undefined && { unroll }),
  });
  const parameters = countParameters(graph);
  const bytes = exportOnnx(graph, {
    weights: averagedWeights(checkpoint),
    opset,
    name: 'nascent',
    producerVersion: nascentVersion(),
    metadata: {
      task: languageTask,
      dataset: facts.name,
      genotype: JSON.stringify(genotype),
      units: String(units),
      words: String(facts.words),
      vocabulary: vocabularyFile,
      vocabulary_sha256: facts.vocabulary_sha256,
      parameters: String(parameters),
      seed: String(record.seed),
      checkpoint: `${checkpoint.name}, best on the validation text`,
      ...(facts.notes.length > 0 && { notes: facts.notes.join(' ') }),
    },
  });
  const target = trained.path === openRun(path).path ? trained : openRun(path);
  const file = await target.writeFile(unroll === undefined ? 'model.onnx' : 'model-unrolled.onnx', bytes);
  const beside = join(dirname(file), vocabularyFile);
  await writeVocabulary(beside, vocabulary);
  return {
    file,
    bytes: bytes.length,
    sha256: sha256(bytes),
    parameters,
    vocabulary: beside,
    words: facts.words,
  };
}
