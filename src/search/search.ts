/**
 * A search: epochs of bilevel steps over a run directory, ending in a genotype.
 *
 * All that a step depends on is in the checkpoint (weights, alphas, both optimizers, running statistics, the order of
 * images and every random state), so a resumed search goes on as if it had not stopped.
 */
import { z } from 'zod';
import { EpochBatches, evaluationBatches, freshBatch } from '../data/images/batches.ts';
import { subset, type ImageDataset } from '../data/images/dataset.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Random } from '../random.ts';
import type { Run } from '../run/directory.ts';
import type { Json } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime, Store } from '../runtime/runtime.ts';
import { alphaEntropy, derive, skipCount } from '../space/images/derive.ts';
import { genotypeToJson } from '../space/images/genotype-json.ts';
import type { CnnGenotype } from '../space/images/genotype.ts';
import type { SupernetShape } from '../space/images/supernet.ts';
import { diverged } from '../learn/divergence.ts';
import { measure, measuringNote, Meter } from '../learn/meter.ts';
import { epochStateSchema, randomStateSchema } from '../train/position.ts';
import { numberOf } from '../learn/programs.ts';
import { cosineRate } from '../learn/schedule.ts';
import { saveState } from '../learn/state.ts';
import { takeUp } from '../learn/take-up.ts';
import { createBilevel } from './one-shot/bilevel.ts';
import type { SearchConfig } from '../tasks/images/search-settings.ts';
import { scratchPrefix } from './one-shot/second-order.ts';

export interface SearchResult {
  readonly genotype: CnnGenotype;
  readonly seconds: number;
  readonly steps: number;
  /** Share of the validation images that the supernet gets right at the end. */
  readonly validAccuracy: number;
  /** Mean entropy of the alpha rows, in nats. */
  readonly alphaEntropy: number;
  /** Skip connections in the derived normal cell. */
  readonly skips: number;
  /** The epoch after which `stop_on_skips` ended the search, if it did. */
  readonly stoppedAfter: number | null;
}

/** Where a search stands, but for its tensors. */
const positionSchema = z.object({
  epoch: z.int().nonnegative(),
  alphaSteps: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  batches: epochStateSchema,
  valid: randomStateSchema,
  meter: z.array(z.number()),
});
type Position = z.output<typeof positionSchema>;

/** Between checkpoints within an epoch. */
const checkpointEverySeconds = 60;

/**
 * Runs or resumes the search of `run` on `dataset`, a training split.
 *
 * @throws the signal's reason when stopped, after writing a checkpoint; NascentError 'train/diverged' where the loss
 *   is not a number.
 */
export async function search(
  run: Run,
  config: SearchConfig,
  dataset: ImageDataset,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<SearchResult> {
  const shape: SupernetShape = {
    channels: config.channels,
    layers: config.layers,
    nodes: config.nodes,
    primitives: config.primitives,
    classes: dataset.classes.length,
    image: [dataset.channels, dataset.height, dataset.width],
  };
  const { trained, validation } = halves(dataset, config.train_images);
  const random = new Random(config.seed);
  const store = runtime.createStore();
  try {
    reporter.stage('prepare', `Building the supernet for ${runtime.name}`);
    const programs = await createBilevel(runtime, store, shape, config, random.fork('weights'));
    const augmentation = { cutout: config.cutout };
    const batches = new EpochBatches(trained, {
      batchSize: config.batch_size,
      augmentation,
      random: random.fork('training order'),
    });
    let valid = random.fork('validation batches');
    const position = takeUp(run, store, programs.stateful, positionSchema, reporter);
    if (position !== undefined) {
      batches.restore(position.batches);
      valid = Random.from(position.valid);
    }

    let alphaSteps = position?.alphaSteps ?? 0;
    let meter = Meter.from(position?.meter ?? []);
    const secondsBefore = position?.seconds ?? 0;
    const started = performance.now();
    const seconds = () => secondsBefore + (performance.now() - started) / 1000;
    let lastCheckpoint = seconds();
    const stepsPerEpoch = batches.batchesPerEpoch;
    const totalSteps = stepsPerEpoch * config.epochs;
    const save = async (epoch: number): Promise<void> => {
      const now: Position = {
        epoch,
        alphaSteps,
        seconds: seconds(),
        batches: batches.state,
        valid: valid.state,
        meter: [...meter.state],
      };
      await run.writeCheckpoint(`epoch-${epoch}`, await saveState(store, now, isKept));
      lastCheckpoint = seconds();
    };

    // Where alphas start, so that the log shows how far each epoch moves them.
    if (run.readAlphas().length === 0) await logAlphas(run, store, config, -1);

    reporter.stage('search', `Searching on ${runtime.name}`);
    let summary: EpochSummary | undefined;
    let stoppedAfter = earlyStop(run, config);
    for (let epoch = position?.epoch ?? 0; epoch < config.epochs; epoch++) {
      const rate = cosineRate(config.rate, config.rate_min, epoch, config.epochs);
      let step = Math.ceil(batches.state.position / config.batch_size) % stepsPerEpoch;
      while (step < stepsPerEpoch) {
        if (signal.aborted) {
          await save(epoch);
          throw signal.reason;
        }
        const training = batches.next();
        if (epoch >= config.warmup_epochs) {
          const fresh = freshBatch(validation, valid, { batchSize: config.batch_size, augmentation });
          alphaSteps++;
          await programs.alpha({ training, valid: fresh }, alphaSteps, rate);
        }
        const outputs = await programs.weight(training, rate);
        const [loss, gradientNorm] = [numberOf(outputs, 'loss'), numberOf(outputs, 'gradient_norm')];
        if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
          const graph = programs.weightGraph;
          throw await diverged({ epoch, step, loss, gradientNorm, batch: training, graph, store });
        }
        meter.add(loss, numberOf(outputs, 'correct'), training.size);
        step++;
        reporter.progress(epoch * stepsPerEpoch + step, totalSteps, 'steps', meter.note);
        if (step < stepsPerEpoch && seconds() - lastCheckpoint > checkpointEverySeconds) await save(epoch);
        await breathe();
      }
      const evaluated = config.valid_images === null ? validation : first(validation, config.valid_images);
      const about = measuringNote('validation images', epoch, config.epochs);
      const valued = await measure(
        programs.evaluate,
        evaluationBatches(evaluated, config.batch_size),
        signal,
        (images) => reporter.progress(images, evaluated.count, 'measured', about),
      );
      summary = await summarise(run, store, config, {
        epoch,
        rate,
        seconds: seconds(),
        training: meter,
        valued,
      });
      meter = new Meter();
      if (hasCollapsed(config, epoch, summary.skips)) {
        reporter.note(`stopped after epoch ${epoch}: ${summary.skips} skip connections in the normal cell`);
        stoppedAfter = epoch;
        // Nothing is left to do, and a resumed run should find it so.
        await save(config.epochs);
        break;
      }
      await save(epoch + 1);
    }
    summary ??= await lastSummary(run, store, config);
    await run.writeFile('genotype.json', genotypeToJson(summary.genotype));
    return { ...summary, seconds: seconds(), steps: alphaSteps, stoppedAfter };
  } finally {
    store.dispose();
  }
}

/** The first half trains weights, the second alphas, in the data set's order (DARTS, section 3.1). */
function halves(
  dataset: ImageDataset,
  images: number | null,
): { readonly trained: ImageDataset; readonly validation: ImageDataset } {
  const used = images === null ? dataset : first(dataset, images);
  const half = Math.floor(used.count / 2);
  return { trained: subset(used, 0, half), validation: subset(used, half, used.count) };
}

function first(dataset: ImageDataset, images: number): ImageDataset {
  return images >= dataset.count ? dataset : subset(dataset, 0, images);
}

interface EpochSummary {
  readonly genotype: CnnGenotype;
  readonly validAccuracy: number;
  readonly alphaEntropy: number;
  readonly skips: number;
}

/** Derives the genotype of now, and logs the epoch. */
async function summarise(
  run: Run,
  store: Store,
  config: SearchConfig,
  done: {
    readonly epoch: number;
    readonly rate: number;
    readonly seconds: number;
    readonly training: Meter;
    readonly valued: Meter;
  },
): Promise<EpochSummary> {
  const before = run.readAlphas().at(-1);
  const { normal, reduce, genotype } = await logAlphas(run, store, config, done.epoch);
  const entropy = (alphaEntropy(normal).mean + alphaEntropy(reduce).mean) / 2;
  const skips = skipCount(genotype.normal);
  run.appendMetrics({
    kind: 'epoch',
    epoch: done.epoch,
    rate: done.rate,
    train_loss: done.training.loss,
    train_accuracy: done.training.accuracy,
    valid_loss: done.valued.loss,
    valid_accuracy: done.valued.accuracy,
    alpha_entropy: entropy,
    alpha_moved: distance([normal, reduce], [before?.['normal'], before?.['reduce']]),
    skips,
    seconds: done.seconds,
  });
  return { genotype, validAccuracy: done.valued.accuracy, alphaEntropy: entropy, skips };
}

/** Derives the genotype of now and logs it with the alphas; epoch -1 is before the first. */
async function logAlphas(run: Run, store: Store, config: SearchConfig, epoch: number) {
  const now = await genotypeNow(store, config);
  const { normal, reduce, genotype } = now;
  run.appendAlphas({ epoch, normal, reduce, genotype: genotype as unknown as Json });
  return now;
}

/** Root mean square of how far alphas moved since the epoch before. */
function distance(now: readonly (readonly (readonly number[])[])[], before: readonly unknown[]): number {
  const [values, earlier] = [now.flat(2), before.flat(2).map(Number)];
  const squares = values.map((value, i) => (value - (earlier[i] ?? Number.NaN)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
}

/** What a search that had already ended says when it is resumed. */
async function lastSummary(run: Run, store: Store, config: SearchConfig): Promise<EpochSummary> {
  const { normal, reduce, genotype } = await genotypeNow(store, config);
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  return {
    genotype,
    validAccuracy: Number(last?.['valid_accuracy'] ?? Number.NaN),
    alphaEntropy: (alphaEntropy(normal).mean + alphaEntropy(reduce).mean) / 2,
    skips: skipCount(genotype.normal),
  };
}

/** Whether `stop_on_skips` ends the search after `epoch`. While it warms up, alphas are as random as they began. */
function hasCollapsed(
  { stop_on_skips: most, warmup_epochs }: SearchConfig,
  epoch: number,
  skips: number,
): boolean {
  return most !== null && epoch >= warmup_epochs && skips >= most;
}

/** The epoch after which a search that is resumed had been stopped early. */
function earlyStop(run: Run, config: SearchConfig): number | null {
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  const epoch = Number(last?.['epoch']);
  return hasCollapsed(config, epoch, Number(last?.['skips'])) ? epoch : null;
}

async function genotypeNow(store: Store, config: SearchConfig) {
  const tensors = await store.read(['alpha.normal', 'alpha.reduce']);
  const normal = rowsOf(tensors.get('alpha.normal'));
  const reduce = rowsOf(tensors.get('alpha.reduce'));
  const genotype = derive(
    { normal, reduce },
    {
      nodes: config.nodes,
      primitives: config.primitives,
      ...(config.max_skips === null ? {} : { maxSkips: config.max_skips }),
    },
  );
  return { normal, reduce, genotype };
}

function rowsOf(tensor: Tensor | undefined): number[][] {
  const [rows = 0, columns = 0] = tensor?.shape ?? [];
  const values = [...(tensor?.data ?? [])];
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** What a step works out and forgets is not part of a checkpoint. */
function isKept(name: string): boolean {
  return !name.startsWith(scratchPrefix);
}

/** Lets the event loop turn, so that a request to stop is heard. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
