/**
 * From a trained run to `model.onnx`: the inference graph, the trained weights, and what a reader of the file needs to
 * know beside them. The same run gives the same bytes.
 */
import { resolve } from 'node:path';
import { sha256, writeFileWhole } from '../files/files.ts';
import { NascentError } from '../errors.ts';
import type { Graph } from '../graph/types.ts';
import type { StoredCheckpoint } from '../run/checkpoints.ts';
import { parseRecorded } from '../run/config.ts';
import { openRun, type Run } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import { validateGenotype } from '../space/images/genotype.ts';
import { inferenceGraph } from '../space/images/network-graphs.ts';
import { readImageFacts } from '../tasks/images/facts.ts';
import { recordedTraining } from '../train/job.ts';
import { trainedRun } from '../run/searched.ts';
import { statesOf } from '../learn/state.ts';
import { networkShape } from '../train/train.ts';
import { modelBytes, type ExportOpset } from './write-model.ts';

export interface RunExport {
  /** A run directory: of a training, or of a search that has been trained. */
  readonly run: string;
  readonly opset?: ExportOpset;
  /** The last checkpoint, what the training led to; or the best by the test images that it was measured on. */
  readonly checkpoint?: 'last' | 'best';
  /** The file to write; left out, `model.onnx` in the run directory. */
  readonly out?: string;
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
 * Writes `model.onnx` into the run directory `run`, or `out`: NCHW, opset 17, any batch, batch norm in inference form, the classes
 * and the normalisation in the metadata.
 *
 * @throws NascentError 'data/missing' where there is nothing trained yet, 'run/damaged' naming what does not fit,
 *   'disk/full', 'disk/failed'
 */
export async function exportRun(
  { run: path, opset = 17, checkpoint: which = 'last', out }: RunExport,
  reporter: Reporter,
): Promise<ExportOutcome> {
  reporter.stage('export', 'Exporting to ONNX');
  const trained = trainedRun(path);
  const record = trained.record();
  const config = parseRecorded(recordedTraining, record.config, trained.path);
  const checkpoint = checkpointOf(trained, which);
  const measuredOn = config.settings.held_back > 0 ? 'held-back images' : 'test images';
  for (const { message } of checkpoint.damaged) reporter.note(`passed over a damaged checkpoint: ${message}`);
  if (record.status !== 'done') {
    reporter.note(`the training is not finished (${record.status}); its ${which} checkpoint is exported`);
  } else if (which === 'best') {
    reporter.note(
      `the checkpoint ${checkpoint.name}: the best on ${measuredOn}, which say less of a model chosen by them`,
    );
  }

  const genotype = validateGenotype(config.genotype);
  const images = readImageFacts(trained);
  const graph = inferenceGraph(networkShape(config.settings, images), genotype);
  const { bytes, parameters, macs } = modelBytes({
    graph,
    weights: weightsIn(checkpoint, graph),
    genotype,
    images,
    numClasses: images.classes.length,
    seed: record.seed,
    provenance: which === 'best' ? { checkpoint: `${checkpoint.name}, best on ${measuredOn}` } : {},
    opset,
  });
  const file = out === undefined ? openRun(path).file('model.onnx') : resolve(out);
  await writeFileWhole(file, bytes);
  return { file, bytes: bytes.length, sha256: sha256(bytes), parameters, macs };
}

function checkpointOf(run: Run, which: 'last' | 'best'): StoredCheckpoint {
  const found = which === 'last' ? run.latestCheckpoint() : run.bestCheckpoint();
  if (found !== undefined) return found;
  throw which === 'last'
    ? new NascentError('data/missing', `the training in ${run.path} has no checkpoint yet`, {
        help: `Go on with it: nascent train --resume ${run.path}`,
      })
    : new NascentError('data/missing', `the training in ${run.path} has no best checkpoint`, {
        help: 'It was not measured on test images (test_images=0). Export the last one: leave --checkpoint out.',
      });
}

/** What the network takes of a checkpoint: all but the optimizer's state and the auxiliary head. */
function weightsIn({ file, tensors }: StoredCheckpoint, graph: Graph): ReturnType<typeof statesOf> {
  const state = statesOf(tensors);
  return new Map(
    graph.inputs.flatMap(({ value, role }) => {
      if (role === 'data') return [];
      const tensor = state.get(value.name);
      const [found, wanted] = [tensor?.shape.join('×'), value.type.shape.join('×')];
      if (tensor === undefined || found !== wanted) {
        const what =
          tensor === undefined
            ? `has no tensor "${value.name}"`
            : `has "${value.name}" of the shape [${found}], not [${wanted}]`;
        throw new NascentError('run/damaged', `${file} ${what}`, {
          help: 'It belongs to another network. Export the run that it came from.',
        });
      }
      return [[value.name, tensor] as const];
    }),
  );
}
