/**
 * Training as a job. The network of a search is trained in the folder `train` of the search's run; the network of a
 * genotype given by name or file, in a run of its own.
 */
import { takeOrder } from '../learn/order.ts';
import { writeArtefact } from '../run/artefacts/artefact.ts';
import { genotype as genotypeFile } from '../run/artefacts/genotype.ts';
import { holdRun, type Held } from '../run/hold.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Engine } from '../runtime/engine.ts';
import { recordedTraining } from '../tasks/recorded.ts';
import { taskOf } from '../tasks/tasks.ts';
import type { TaskName } from '../tasks/task.ts';
import type { TrainOrder } from './order.ts';
import { train, type TrainResult } from './train.ts';

/** How the trained network does, and the run folder that holds it. */
export interface TrainOutcome extends TrainResult {
  readonly task: TaskName;
  readonly run: string;
  readonly engine: string;
  /** Image files that were passed over because they cannot be read. */
  readonly unreadable: number;
  /** What must be said of the data wherever results are shown. */
  readonly notes: readonly string[];
  /** Figures of the data alone: what any language model has to beat on the test text. */
  readonly baselines: Readonly<Record<string, number>>;
}

export interface TrainJobOptions {
  /** Between checkpoints within an epoch. */
  readonly checkpointSeconds?: number;
  /** An engine that is open already. */
  readonly engine?: Engine;
}

/**
 * Trains into a new run folder, or resumes one. Data, settings and genotype are checked, and on resume compared with what
 * the run began with, before anything is written.
 *
 * @throws the signal's reason when stopped, after a checkpoint; NascentError
 */
export async function trainJob(
  order: TrainOrder,
  reporter: Reporter,
  signal: AbortSignal,
  { checkpointSeconds, engine: ready }: TrainJobOptions = {},
): Promise<TrainOutcome> {
  const { config, resumed, open } = takeOrder('train', recordedTraining, order);
  const { data, from, settings } = config;
  const task = taskOf(data);
  const genotype = task.space.validate(config.genotype);
  const training = await task.openTraining({ data, from, reporter, signal }, settings, genotype);
  try {
    if (resumed !== undefined) training.facts.requireSame(resumed);
    const { run, engine } = await open(reporter, ready);
    const body = async (either: AbortSignal, held: Held): Promise<TrainOutcome> => {
      await writeArtefact(run, genotypeFile, genotype);
      await training.facts.write(run);
      const session = { run, ...held, signal: either, checkpointSeconds };
      const result = await train(task.metricOf(settings), training, settings, engine.runtime, session);
      const { unreadable } = training;
      if (unreadable > 0) {
        held.reporter.note(`images that could not be read and were passed over: ${unreadable}`);
      }
      return {
        ...result,
        task: task.name,
        run: run.path,
        engine: engine.runtime.name,
        unreadable,
        notes: training.facts.notes,
        baselines: training.facts.figures,
      };
    };
    return await holdRun(run, 'train', signal, body, reporter);
  } finally {
    await training.close();
  }
}
