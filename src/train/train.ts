/**
 * Trains the network of a genotype over a run folder. It is a plan for the one loop of `learn`: the task says what a step
 * does, what is measured, and what the best weights are good for.
 */
import { z } from 'zod';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import { diverged, isFiniteStep, whatDiverged } from '../learn/divergence.ts';
import { learn, type EpochEnd, type Plan, type Session, type Steps } from '../learn/loop.ts';
import { Meter } from '../learn/meter.ts';
import { numberOf, programsBySize, type ProgramFor } from '../learn/programs.ts';
import { epochsOf, figures, lastEpoch, numberIn, type Figures } from '../learn/record.ts';
import { restoreState } from '../learn/state.ts';
import type { StepGraph } from '../learn/step-graph.ts';
import { Random } from '../random.ts';
import { appendMetrics } from '../run/artefacts/metrics.ts';
import type { Run } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime, Store } from '../runtime/runtime.ts';
import type { Measure, Measuring, Metric, Split, Training } from '../tasks/task.ts';

/** How a network did on a split. */
export interface Figure {
  readonly split: Split;
  readonly metric: Metric['name'];
  readonly value: number;
  readonly loss: number;
  /** How many images or tokens were measured; null of what is trained on. */
  readonly count: number | null;
}

export interface TrainResult {
  readonly seconds: number;
  /** Of the network as it is exported. */
  readonly parameters: number;
  /** Multiply-accumulates for one image, or one token. */
  readonly macs: number;
  /** In the last epoch, on what is trained on. */
  readonly trained: Figure;
  /** After the last epoch, on what chooses the best weights; null where nothing is measured. */
  readonly measured: Figure | null;
  /** The best weights, which a checkpoint of their own is kept of, and the epoch they are from, counted from 0. */
  readonly best: (Figure & { readonly epoch: number }) | null;
  /** The best weights on the test split, which chose nothing; null where the task does not measure it apart. */
  readonly tested: Figure | null;
}

/** What either task's training is told beside its data and network. */
export interface TrainSettings {
  readonly seed: number;
  readonly epochs: number;
}

export type TrainSession = Omit<Session, 'store'>;

/**
 * Trains, or resumes training, measuring after each epoch. The last checkpoint is what was trained; the best, by what was
 * measured, is kept beside it.
 *
 * Where a loss is not finite the best weights are gone back to, if the task says so, and training goes on from them with
 * other random numbers; notes and metrics say so.
 *
 * @throws what `learn` throws; NascentError 'train/diverged' where the loss or the gradient is not finite and there is no
 *   way back
 */
export async function train<B>(
  metric: Metric,
  training: Training<B>,
  settings: TrainSettings,
  runtime: Runtime,
  session: TrainSession,
): Promise<TrainResult> {
  const { run, reporter, signal } = session;
  const store = runtime.createStore();
  try {
    const parts = await prepare(metric, training, settings, runtime, store, reporter);
    reporter.stage('train', `Training the derived network on ${runtime.name}`);
    const plan = trainPlan(parts, run);
    const seconds = await learn(plan, { ...session, store });
    const tested = await testBest({ metric, training, runtime, store, session, best: plan.best() });
    if (tested !== undefined) appendMetrics(run, { kind: 'test', ...tested.record, seconds });
    signal.throwIfAborted();
    const last = lastEpoch(run);
    const best = plan.best();
    const measured = training.measuring?.split ?? 'valid';
    const of = (split: Split, record: typeof last, count: number | null): Figure => ({
      split,
      metric: metric.name,
      value: numberIn(record, `${split}_${metric.name}`),
      loss: numberIn(record, `${split}_loss`),
      count,
    });
    const bestRecord = epochsOf(run).findLast(({ epoch }) => epoch === best?.epoch);
    return {
      seconds,
      parameters: countParameters(training.inference),
      macs: countMacs(training.inference),
      trained: of('train', last, null),
      measured: parts.measure === undefined ? null : of(measured, last, countIn(last, training.measuring)),
      best:
        best === null
          ? null
          : { ...of(measured, bestRecord, countIn(bestRecord, training.measuring)), epoch: best.epoch },
      tested: tested?.figure ?? null,
    };
  } finally {
    store.dispose();
  }
}

function countKey({ split, unit }: Measuring) {
  return `${split}_${unit}` as const;
}

function countIn(record: ReturnType<typeof lastEpoch>, measuring: Measuring | undefined): number | null {
  return measuring === undefined ? null : numberIn(record, countKey(measuring));
}

/** The best weights so far. */
interface Best {
  /** By which the next are better or not: the accuracy, or the loss, which a perplexity can be too large for. */
  readonly score: number;
  readonly epoch: number;
}

/** The steps of a training from its beginning, with nothing written: to measure how long they take. */
export async function trainStepsOnly<B>(
  metric: Metric,
  training: Training<B>,
  settings: TrainSettings,
  runtime: Runtime,
  store: Store,
  reporter: Reporter,
): Promise<Steps<Meter | undefined>> {
  const parts = await prepare(metric, training, settings, runtime, store, reporter);
  return trainSteps(parts, begun());
}

interface Parts<B> {
  readonly metric: Metric;
  readonly training: Training<B>;
  readonly settings: TrainSettings;
  readonly store: Store;
  readonly usual: StepGraph;
  readonly programFor: ProgramFor;
  readonly measure: Measure | undefined;
  readonly reporter: Reporter;
}

/** Writes the starting state and compiles everything. */
async function prepare<B>(
  metric: Metric,
  training: Training<B>,
  settings: TrainSettings,
  runtime: Runtime,
  store: Store,
  reporter: Reporter,
): Promise<Parts<B>> {
  reporter.stage('prepare-training', `Building the derived network for ${runtime.name}`);
  const usual = training.step(training.usualSize);
  store.write(initialise(usual.graph, new Random(settings.seed).fork('weights')));
  const programFor = programsBySize(runtime, store, (size) =>
    size === training.usualSize ? usual : training.step(size),
  );
  await programFor(training.usualSize);
  const measure = await training.measuring?.prepare(runtime, store);
  return { metric, training, settings, store, usual, programFor, measure, reporter };
}

/** What steps add up to. */
interface Counts {
  /** Of the epoch so far. */
  meter: Meter;
}

const begun = (): Counts => ({ meter: new Meter() });

const progressed = z.strictObject({
  /** Sums of the epoch so far. */
  meter: z.array(z.number()),
  best: z.strictObject({ score: z.number(), epoch: z.int().nonnegative() }).nullable(),
  /** How often the best weights were gone back to since they were the best. */
  rollbacks: z.int().nonnegative(),
});

function trainSteps<B>(parts: Parts<B>, counts: Counts): Steps<Meter | undefined> {
  const { metric, training, settings, store, usual, programFor, measure, reporter } = parts;
  const { batches, measuring } = training;
  const { epochs } = settings;
  return {
    taken: (epoch) => batches.atEnd && batches.epoch === epoch,
    async step(epoch) {
      const batch = await batches.next();
      const begins = training.begins(batch);
      if (begins.size > 0) store.write(begins);
      const feeds = training.feeds(batch, epoch);
      const program = await programFor(training.sizeOf(batch));
      const outputs = await program.run(feeds);
      const step = { loss: numberOf(outputs, 'loss'), gradientNorm: numberOf(outputs, 'gradient_norm') };
      if (!isFiniteStep(step)) return whatDiverged({ ...step, feeds, graph: usual.graph, store });
      training.score(counts.meter, outputs, batch);
      return undefined;
    },
    progress(epoch) {
      const { done, total, unit } = batches.progress;
      const { meter } = counts;
      const known = { loss: meter.loss, [metric.name]: metric.of(meter) };
      const note = metric.note(meter);
      return { done: epoch * total + done, total: epochs * total, unit, note, figures: known };
    },
    async measure(epoch, signal) {
      if (measure === undefined || measuring === undefined) return undefined;
      const about = `measuring on the ${measuring.on} after epoch ${epoch + 1} of ${epochs}`;
      return measure(signal, ({ done, total, unit }) => reporter.progress(done, total, unit, about));
    },
  };
}

function trainPlan<B>(parts: Parts<B>, run: Run): Plan<Meter | undefined> & { best(): Best | null } {
  const { metric, training, settings, store, usual, reporter } = parts;
  const { saved, measuring } = training;
  const schema = z.strictObject({ progressed, streams: saved.schema });
  const counts = begun();
  let best: Best | null = null;
  let rollbacks = 0;
  let seconds = () => 0;
  return {
    ...trainSteps(parts, counts),
    best: () => best,
    epochs: settings.epochs,
    graphs: [usual.graph, ...(measuring?.graphs ?? [])],
    schema,
    state: () => ({
      progressed: { meter: counts.meter.state, best: best === null ? null : { ...best }, rollbacks },
      streams: saved.state(),
    }),
    restore(state) {
      const { progressed: at, streams } = schema.parse(state);
      counts.meter = Meter.from(at.meter);
      ({ best, rollbacks } = at);
      saved.restore(streams);
    },
    async begin(elapsed) {
      seconds = elapsed;
    },
    async ended(epoch, measured): Promise<EpochEnd> {
      // Before running statistics have settled, a network may do so once and still learn.
      if (measured !== undefined && !Number.isFinite(measured.loss) && training.mostRollbacks > 0) {
        return { kind: 'diverged', what: `the loss on the ${measuring?.on ?? ''} became ${measured.loss}` };
      }
      const score = measured === undefined ? undefined : scoreOf(metric, measured);
      const isBest = score !== undefined && isBetter(metric, score, best);
      if (isBest) [best, rollbacks] = [{ score, epoch }, 0];
      const { record, note } = training.ended(epoch, measured);
      if (note !== undefined) reporter.note(note);
      appendMetrics(run, {
        kind: 'epoch',
        epoch,
        ...record,
        ...figures('train', metric, counts.meter),
        ...(measured !== undefined &&
          measuring !== undefined && {
            ...figures(measuring.split, metric, measured),
            [countKey(measuring)]: measuring.counted(measured),
          }),
        best: isBest,
        seconds: seconds(),
      });
      counts.meter = new Meter();
      return { kind: 'well', best: isBest };
    },
    async recover(epoch, what) {
      const { mostRollbacks } = training;
      const from = mostRollbacks === 0 ? undefined : run.bestCheckpoint();
      if (from === undefined || rollbacks >= mostRollbacks) {
        const tried =
          from === undefined ? '' : `, and going back to the best weights ${rollbacks} times has not helped`;
        throw diverged(run, `${what}, in epoch ${epoch + 1}${tried}`);
      }
      const back = z.object({ epoch: z.int(), plan: schema }).parse(from.meta);
      const to = back.epoch;
      reporter.note(
        `WARNING: ${what}, in epoch ${epoch + 1}: going back to the best weights, of epoch ${to}`,
      );
      appendMetrics(run, { kind: 'rollback', epoch, to: to - 1, reason: what, seconds: seconds() });
      restoreState(store, from.tensors);
      await training.wentBack(store, back.plan.streams, to);
      rollbacks++;
      counts.meter = new Meter();
      return to;
    },
  };
}

function scoreOf(metric: Metric, meter: Meter): number {
  return metric.better === 'higher' ? metric.of(meter) : meter.loss;
}

function isBetter({ better }: Metric, score: number, best: Best | null): boolean {
  if (best === null) return true;
  return better === 'higher' ? score > best.score : score < best.score;
}

interface Tested {
  readonly figure: Figure;
  readonly record: Figures & { readonly epoch: number };
}

/** Measures the best weights on the test split, once, where the task has one apart. */
async function testBest<B>(parts: {
  readonly metric: Metric;
  readonly training: Training<B>;
  readonly runtime: Runtime;
  readonly store: Store;
  readonly session: TrainSession;
  readonly best: Best | null;
}): Promise<Tested | undefined> {
  const { metric, training, runtime, store, session, best } = parts;
  const { run, reporter, signal } = session;
  const testing: Measuring | undefined = training.testing;
  if (testing === undefined) return undefined;
  const chosen = run.bestCheckpoint();
  if (chosen === undefined || best === null) throw diverged(run, 'no epoch has ended with a finite loss');
  restoreState(store, chosen.tensors);
  reporter.stage('test', `Measuring the best weights on the ${testing.on}`);
  const measure = await testing.prepare(runtime, store);
  const meter = await measure(signal, ({ done, total, unit }) => reporter.progress(done, total, unit));
  const value = metric.of(meter);
  return {
    figure: {
      split: testing.split,
      metric: metric.name,
      value,
      loss: meter.loss,
      count: testing.counted(meter),
    },
    record: {
      epoch: best.epoch,
      ...figures(testing.split, metric, meter),
      [countKey(testing)]: testing.counted(meter),
    },
  };
}
