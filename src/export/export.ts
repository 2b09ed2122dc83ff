/**
 * From a trained run to `model.onnx`: the inference graph, the trained weights, and what a reader of the file needs to
 * know beside them. The same run gives the same bytes.
 */
import { statSync } from 'node:fs';
import { exportOnnx } from '../../exporters/onnx/export.ts';
import { sha256 } from '../data/files.ts';
import { loadDataset } from '../data/datasets.ts';
import { NascentError } from '../errors.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { parseRecorded } from '../run/config.ts';
import { openRun } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import { nascentVersion } from '../run/versions.ts';
import { inferenceGraph } from '../space/network-graphs.ts';
import { validateGenotype } from '../space/genotype.ts';
import { recordedTraining, trainedRun } from '../train/job.ts';
import { statesOf } from '../train/state.ts';
import { networkShape } from '../train/train.ts';

export interface ExportOrder {
  /** A run directory: of a training, or of a search that has been trained. */
  readonly run: string;
  readonly opset?: 15 | 16 | 17 | 18;
}

export interface ExportOutcome {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly parameters: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
}

/**
 * Writes `model.onnx` into the run directory `run`: NCHW, opset 17, any batch, batch norm in inference form, the classes
 * and the normalisation in the metadata.
 *
 * @throws NascentError 'data/missing' where there is nothing trained yet
 */
export async function exportRun(
  { run: path, opset = 17 }: ExportOrder,
  reporter: Reporter,
): Promise<ExportOutcome> {
  reporter.stage('export', 'Exporting to ONNX');
  const trained = trainedRun(path);
  const record = trained.record();
  const config = parseRecorded(recordedTraining, record.config, trained.path);
  const checkpoint = trained.latestCheckpoint();
  if (checkpoint === undefined) {
    throw new NascentError('data/missing', `the training in ${trained.path} has no checkpoint yet`, {
      help: `Go on with it: nascent train --resume ${trained.path}`,
    });
  }
  for (const { message } of checkpoint.damaged) reporter.note(`passed over a damaged checkpoint: ${message}`);
  if (record.status !== 'done')
    reporter.note(`the training is not finished (${record.status}); its latest checkpoint is exported`);

  const genotype = validateGenotype(config.genotype);
  const dataset = await loadDataset(config.data, 'test');
  const graph = inferenceGraph(networkShape(config.settings, dataset), genotype);
  const state = statesOf(checkpoint.tensors);
  const weights = new Map(
    graph.inputs.flatMap(({ value, role }) => {
      if (role === 'data') return [];
      const tensor = state.get(value.name);
      if (tensor === undefined) {
        throw new NascentError('run/damaged', `${checkpoint.file} has no tensor "${value.name}"`, {
          help: 'It belongs to another network. Export the run that it came from.',
        });
      }
      return [[value.name, tensor] as const];
    }),
  );
  const [parameters, macs] = [countParameters(graph), countMacs(graph)];
  const bytes = exportOnnx(graph, {
    weights,
    opset,
    name: 'nascent',
    producerVersion: nascentVersion(),
    metadata: {
      task: 'image-classification',
      dataset: dataset.name,
      genotype: JSON.stringify(genotype),
      labels: JSON.stringify(dataset.classes),
      num_classes: String(dataset.classes.length),
      input_layout: 'NCHW',
      input_range: '[0, 1] before normalisation',
      input_mean: JSON.stringify(dataset.mean),
      input_std: JSON.stringify(dataset.std),
      parameters: String(parameters),
      macs: String(macs),
      seed: String(record.seed),
    },
  });
  const target = trained.path === openRun(path).path ? trained : openRun(path);
  const file = await target.writeFile('model.onnx', bytes);
  return { file, bytes: statSync(file).size, sha256: sha256(bytes), parameters, macs };
}
