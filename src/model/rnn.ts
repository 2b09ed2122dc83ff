/**
 * From a trained recurrent run to `model.onnx`: the language model with its averaged weights, the best by validation
 * text, the vocabulary as `vocabulary.txt` beside it, and the vocabulary's digest in the metadata. The same run gives
 * the same bytes.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exportOnnx } from '../../exporters/onnx/export.ts';
import { sha256, writeFileWhole } from '../files/files.ts';
import { readVocabulary, writeVocabulary, type Vocabulary } from '../data/text/vocabulary.ts';
import { NascentError } from '../errors.ts';
import { countParameters } from '../graph/count.ts';
import { parseRecorded } from '../run/config.ts';
import { openRun } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import { nascentVersion } from '../run/versions.ts';
import { validateRnnGenotype } from '../space/text/genotype.ts';
import { rnnInferenceGraph } from '../space/text/inference.ts';
import { readCorpusFacts, vocabularyFile } from '../tasks/text/facts.ts';
import { recordedRnnTraining } from '../train/rnn/job.ts';
import { averagedWeights } from '../train/rnn/train.ts';
import { trainedRun } from '../run/searched.ts';
import type { ExportOpset } from './write-model.ts';

export interface RnnRunExport {
  /** A run directory: of a training, or of a search that has been trained. */
  readonly run: string;
  readonly opset?: ExportOpset;
  /** So many steps without control flow, instead of a Scan over any number. */
  readonly unroll?: number;
  /** The file to write; left out, one in the run directory. */
  readonly out?: string;
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
 * `hidden_out` [batch, units]. It goes to `model.onnx` in the run directory, unrolled to `model-unrolled.onnx`, so that
 * the model of any length stays; or to `out`.
 *
 * @throws NascentError 'data/missing' where there is nothing trained yet, 'run/damaged' naming what does not fit,
 *   'input/invalid' where `out` is to lie beside another vocabulary, 'disk/full', 'disk/failed'
 */
export async function exportRnnRun(
  { run: path, opset = 17, unroll, out }: RnnRunExport,
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
  const name = unroll === undefined ? 'model.onnx' : 'model-unrolled.onnx';
  const file = out === undefined ? openRun(path).file(name) : resolve(out);
  const beside = join(dirname(file), vocabularyFile);
  if (out !== undefined) await requireNoOther(beside, vocabulary);
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
  await writeFileWhole(file, bytes);
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

/** A vocabulary is what the models beside it are read by: it is not replaced by that of another. */
async function requireNoOther(path: string, vocabulary: Vocabulary): Promise<void> {
  if (!existsSync(path)) return;
  const found = await readVocabulary(path).catch((error: unknown) => {
    if (error instanceof NascentError) return undefined;
    throw error;
  });
  if (found?.sha256 === vocabulary.sha256) return;
  throw new NascentError(
    'input/invalid',
    `${path} is there already, and is not the vocabulary of this model`,
    {
      help: 'The vocabulary goes beside the model: give --out a folder of its own.',
    },
  );
}
