/**
 * Trains the network of a genotype over a run directory. Resumes as if it had not stopped: weights, velocities, running
 * statistics, the order of images and every random state are in the checkpoint.
 */
import type { Batch } from '../data/images/batches.ts';
import type { ImageSource } from '../data/images/source.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import type { Tensors } from '../graph/tensor.ts';
import { Random } from '../random.ts';
import type { Run } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { CnnShape } from '../space/images/cnn.ts';
import { dropPathCount, dropPathInput } from '../space/images/drop-path.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import { inferenceGraph } from '../space/images/network-graphs.ts';
import type { TrainConfig } from '../tasks/images/train-settings.ts';
import { diverged, requireFiniteState } from '../learn/divergence.ts';
import { dropPathMasks, dropPathProbability } from '../tasks/images/drop-path.ts';
import { measure, measuringNote, Meter } from '../learn/meter.ts';
import { positionSchema, type Position } from './position.ts';
import { numberOf, stepRunner } from '../learn/programs.ts';
import { rateAt } from '../learn/schedule.ts';
import { saveState } from '../learn/state.ts';
import { takeUp } from '../learn/take-up.ts';
import { trainingStep, type LossOptions } from '../tasks/images/training-step.ts';

export interface TrainResult {
  readonly seconds: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** Of the network as it is exported: without the auxiliary head. */
  readonly parameters: number;
  readonly macs: number;
  /** The best test accuracy that was measured, which a checkpoint of its own is kept of. */
  readonly bestAccuracy: number | null;
}

export interface TrainData {
  readonly training: ImageSource;
  /** What the network is measured on after each epoch, if on anything. */
  readonly testing: ImageSource | undefined;
}

export interface TrainOptions {
  /** Between checkpoints within an epoch. */
  readonly checkpointSeconds?: number;
}

/** The shape of the network that `config` describes, for images like those of `images`. */
export function networkShape(
  config: Pick<TrainConfig, 'channels' | 'layers' | 'stem'>,
  images: Pick<ImageSource, 'channels' | 'height' | 'width' | 'classes'>,
): CnnShape {
  return {
    channels: config.channels,
    layers: config.layers,
    stem: config.stem,
    classes: images.classes.length,
    image: [images.channels, images.height, images.width],
  };
}

/** Under the name of the split that was measured on. */
function measurements(
  { held_back: held }: TrainConfig,
  meter: Meter | undefined,
): Readonly<Record<string, number | null>> {
  const split = held > 0 ? 'valid' : 'test';
  return {
    [`${split}_loss`]: meter?.loss ?? null,
    [`${split}_accuracy`]: meter?.accuracy ?? null,
    [`${split}_images`]: meter?.images ?? 0,
  };
}

/** What `config` adds to network and loss in training. */
export function lossOptionsOf(config: TrainConfig): LossOptions {
  return {
    auxiliary: config.auxiliary,
    labelSmoothing: config.label_smoothing,
    dropPath: config.drop_path,
  };
}

/**
 * Trains, or goes on training, on `data.training`, measuring on `data.testing` after each epoch. The last checkpoint is
 * what was trained; the best, by what was measured, is kept beside it.
 *
 * @throws the signal's reason when stopped, after writing a checkpoint; NascentError 'train/diverged' where the loss or
 *   the gradient is not a number, 'run/damaged' where the checkpoint is of something else.
 */
export async function train(
  run: Run,
  config: TrainConfig,
  genotype: CnnGenotype,
  data: TrainData,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  { checkpointSeconds = 60 }: TrainOptions = {},
): Promise<TrainResult> {
  const { training, testing } = data;
  const shape = networkShape(config, training);
  const random = new Random(config.seed);
  const store = runtime.createStore();
  try {
    reporter.stage('prepare-training', `Building the derived network for ${runtime.name}`);
    const options = { momentum: config.momentum, weightDecay: config.weight_decay, clip: config.clip };
    const lossOptions = lossOptionsOf(config);
    const stepGraph = trainingStep(shape, genotype, config.batch_size, options, lossOptions);
    store.write(initialise(stepGraph.graph, random.fork('weights')));
    const step = stepRunner(runtime, store, (size) =>
      size === config.batch_size ? stepGraph : trainingStep(shape, genotype, size, options, lossOptions),
    );
    await step.prepare(config.batch_size);
    const inference = inferenceGraph(shape, genotype);
    const evaluate = await runtime.compile(inference, { store });
    const batches = training.trainBatches({
      batchSize: config.batch_size,
      random: random.fork('training order'),
    });
    const paths = config.drop_path > 0 ? dropPathCount(shape, genotype) : 0;
    let masks = random.fork('drop path');

    const position = takeUp(run, store, [stepGraph.graph, inference], positionSchema, reporter);
    if (position !== undefined) {
      batches.restore(position.batches);
      masks = Random.from(position.dropPath);
    }
    let meter = Meter.from(position?.meter ?? []);
    let best = position?.best ?? null;
    const started = performance.now();
    const seconds = () => (position?.seconds ?? 0) + (performance.now() - started) / 1000;
    let lastCheckpoint = seconds();
    const save = async (epoch: number, isBest = false): Promise<void> => {
      const now: Position = {
        epoch,
        seconds: seconds(),
        batches: batches.state,
        dropPath: masks.state,
        meter: [...meter.state],
        best,
      };
      const content = await saveState(store, now);
      requireFiniteState(content, epoch);
      await run.writeCheckpoint(`epoch-${epoch}`, content, { best: isBest });
      lastCheckpoint = seconds();
    };
    const masksFor = (epoch: number, { size }: Batch): Tensors | undefined => {
      if (paths === 0) return undefined;
      const probability = dropPathProbability(config.drop_path, epoch, config.epochs);
      return new Map([[dropPathInput, dropPathMasks(paths * size, probability, masks)]]);
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
        const rate = rateAt(config, epoch * stepsPerEpoch + at, stepsPerEpoch);
        const batch = await batches.next();
        const outputs = await step.run(batch, { rate }, masksFor(epoch, batch));
        const [loss, gradientNorm] = [numberOf(outputs, 'loss'), numberOf(outputs, 'gradient_norm')];
        if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
          const { graph } = stepGraph;
          throw await diverged({ epoch, step: at, loss, gradientNorm, batch, graph, store });
        }
        meter.add(loss, numberOf(outputs, 'correct'), batch.size);
        at++;
        reporter.progress(
          (epoch * stepsPerEpoch + at) * config.batch_size,
          totalSteps * config.batch_size,
          'img',
          meter.note,
        );
        if (at < stepsPerEpoch && seconds() - lastCheckpoint > checkpointSeconds) await save(epoch);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      const about = measuringNote('test images', epoch, config.epochs);
      const tested =
        testing === undefined
          ? undefined
          : await measure(
              evaluate,
              testing.evaluationBatches({ batchSize: config.batch_size }),
              signal,
              (images) => reporter.progress(images, testing.count, 'measured', about),
            );
      trained = { loss: meter.loss, accuracy: meter.accuracy };
      const isBest = tested !== undefined && tested.accuracy > (best ?? -1);
      if (isBest) best = tested.accuracy;
      run.appendMetrics({
        kind: 'epoch',
        epoch,
        rate: rateAt(config, (epoch + 1) * stepsPerEpoch - 1, stepsPerEpoch),
        drop_path: dropPathProbability(config.drop_path, epoch, config.epochs),
        train_loss: meter.loss,
        train_accuracy: meter.accuracy,
        ...measurements(config, tested),
        best: isBest,
        seconds: seconds(),
      });
      meter = new Meter();
      await save(epoch + 1, isBest);
    }
    return {
      seconds: seconds(),
      trainLoss: trained.loss,
      trainAccuracy: trained.accuracy,
      parameters: countParameters(inference),
      macs: countMacs(inference),
      bestAccuracy: best,
    };
  } finally {
    store.dispose();
  }
}

/** What a training that had already ended says when it is resumed. */
function lastEpoch(run: Run): { readonly loss: number; readonly accuracy: number } {
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  return {
    loss: Number(last?.['train_loss'] ?? Number.NaN),
    accuracy: Number(last?.['train_accuracy'] ?? Number.NaN),
  };
}
