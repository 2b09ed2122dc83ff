/**
 * Trains the network of a genotype over a run directory. Resumes as if it had not stopped: weights, velocities, running
 * statistics, the order of images and the random state are in the checkpoint.
 */
import { EpochBatches, evaluationBatches, type EpochState } from '../data/batches.ts';
import { subset, type ImageDataset } from '../data/images.ts';
import { NascentError } from '../errors.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import { Random } from '../random.ts';
import type { Run } from '../run/directory.ts';
import type { Json } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { CnnShape } from '../space/cnn.ts';
import type { CnnGenotype } from '../space/genotype.ts';
import { inferenceGraph } from '../space/network-graphs.ts';
import type { TrainConfig } from './config.ts';
import { Meter, measure } from './meter.ts';
import { numberOf, stepRunner } from './programs.ts';
import { stepRate } from './schedule.ts';
import { restoreState, saveState } from './state.ts';
import { trainingStep } from './step.ts';

export interface TrainResult {
  readonly seconds: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly parameters: number;
  readonly macs: number;
}

interface Position {
  readonly epoch: number;
  readonly seconds: number;
  readonly batches: EpochState;
  readonly meter: readonly number[];
}

const checkpointEverySeconds = 60;

/** The shape of the network that `config` describes, for images like those of `dataset`. */
export function networkShape(config: TrainConfig, dataset: ImageDataset): CnnShape {
  return {
    channels: config.channels,
    layers: config.layers,
    classes: dataset.classes.length,
    image: [dataset.channels, dataset.height, dataset.width],
  };
}

/**
 * Trains, or goes on training, on the training split `training`, measuring on `testing` after each epoch. The test
 * split is only looked at: nothing is chosen by it.
 *
 * @throws the signal's reason when stopped, after writing a checkpoint; NascentError 'train/diverged' where the loss
 *   is not a number.
 */
export async function train(
  run: Run,
  config: TrainConfig,
  genotype: CnnGenotype,
  data: { readonly training: ImageDataset; readonly testing: ImageDataset },
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TrainResult> {
  const { testing } = data;
  const training = first(data.training, config.train_images);
  const shape = networkShape(config, training);
  const random = new Random(config.seed);
  const store = runtime.createStore();
  try {
    reporter.stage('prepare-training', `Building the derived network for ${runtime.name}`);
    const options = { momentum: config.momentum, weightDecay: config.weight_decay, clip: config.clip };
    const stepGraph = trainingStep(shape, genotype, config.batch_size, options);
    store.write(initialise(stepGraph.graph, random.fork('weights')));
    const step = stepRunner(runtime, store, (size) =>
      size === config.batch_size ? stepGraph : trainingStep(shape, genotype, size, options),
    );
    await step.prepare(config.batch_size);
    const inference = inferenceGraph(shape, genotype);
    const evaluate = await runtime.compile(inference, { store });
    const batches = new EpochBatches(training, {
      batchSize: config.batch_size,
      augmentation: { pad: config.crop, flip: config.flip, cutout: config.cutout },
      random: random.fork('training order'),
    });

    const checkpoint = run.latestCheckpoint();
    let position: Position | undefined;
    if (checkpoint !== undefined) {
      for (const { message } of checkpoint.damaged)
        reporter.note(`passed over a damaged checkpoint: ${message}`);
      position = checkpoint.meta as unknown as Position;
      restoreState(store, checkpoint.tensors);
      batches.restore(position.batches);
      run.rewindTo(checkpoint);
    }
    let meter = Meter.from(position?.meter ?? []);
    const started = performance.now();
    const seconds = () => (position?.seconds ?? 0) + (performance.now() - started) / 1000;
    let lastCheckpoint = seconds();
    const save = async (epoch: number): Promise<void> => {
      const now: Position = { epoch, seconds: seconds(), batches: batches.state, meter: meter.state };
      await run.writeCheckpoint(`epoch-${epoch}`, await saveState(store, now as unknown as Json));
      lastCheckpoint = seconds();
    };

    reporter.stage('train', `Training the derived network on ${runtime.name}`);
    const stepsPerEpoch = batches.batchesPerEpoch;
    const totalSteps = stepsPerEpoch * config.epochs;
    let trained = lastEpoch(run);
    for (let epoch = position?.epoch ?? 0; epoch < config.epochs; epoch++) {
      let at = Math.ceil(batches.state.position / config.batch_size) % stepsPerEpoch;
      while (at < stepsPerEpoch) {
        if (signal.aborted) {
          await save(epoch);
          throw signal.reason;
        }
        const rate = stepRate(config, epoch * stepsPerEpoch + at, totalSteps);
        const batch = batches.next();
        const outputs = await step.run(batch, { rate });
        meter.add(numberOf(outputs, 'loss'), numberOf(outputs, 'correct'), batch.size);
        if (!Number.isFinite(meter.loss)) throw diverged(meter.loss, epoch, at);
        at++;
        reporter.progress(
          (epoch * stepsPerEpoch + at) * config.batch_size,
          totalSteps * config.batch_size,
          'img',
          meter.note,
        );
        if (at < stepsPerEpoch && seconds() - lastCheckpoint > checkpointEverySeconds) await save(epoch);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      const evaluated = config.test_images === 0 ? undefined : first(testing, config.test_images);
      const tested =
        evaluated === undefined
          ? undefined
          : await measure(evaluate, evaluationBatches(evaluated, config.batch_size), signal);
      trained = { loss: meter.loss, accuracy: meter.accuracy };
      run.appendMetrics({
        kind: 'epoch',
        epoch,
        train_loss: meter.loss,
        train_accuracy: meter.accuracy,
        test_loss: tested?.loss ?? null,
        test_accuracy: tested?.accuracy ?? null,
        test_images: tested?.images ?? 0,
        seconds: seconds(),
      });
      meter = new Meter();
      await save(epoch + 1);
    }
    return {
      seconds: seconds(),
      trainLoss: trained.loss,
      trainAccuracy: trained.accuracy,
      parameters: countParameters(inference),
      macs: countMacs(inference),
    };
  } finally {
    store.dispose();
  }
}

function first(dataset: ImageDataset, images: number | null): ImageDataset {
  return images === null || images >= dataset.count ? dataset : subset(dataset, 0, images);
}

/** What a training that had already ended says when it is resumed. */
function lastEpoch(run: Run): { readonly loss: number; readonly accuracy: number } {
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  return {
    loss: Number(last?.['train_loss'] ?? Number.NaN),
    accuracy: Number(last?.['train_accuracy'] ?? Number.NaN),
  };
}

function diverged(loss: number, epoch: number, step: number): NascentError {
  return new NascentError(
    'train/diverged',
    `the training loss became ${loss} in epoch ${epoch}, step ${step}`,
    {
      help: 'Lower `rate`, or `clip`; the last good checkpoint is kept.',
    },
  );
}
