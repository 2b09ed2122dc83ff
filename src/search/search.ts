/**
 * A one-shot search: epochs of bilevel steps over a run folder, ending in a genotype. It is a plan for the one loop of
 * `learn`; what is searched, on what and how it is judged, the task says.
 */
import { z } from 'zod';
import { diverged, isFiniteStep, whatDiverged } from '../learn/divergence.ts';
import { learn, type EpochEnd, type Plan, type Session, type Steps } from '../learn/loop.ts';
import { Meter } from '../learn/meter.ts';
import { numberOf } from '../learn/programs.ts';
import { figures, lastEpoch, numberIn } from '../learn/record.ts';
import { Random } from '../random.ts';
import { appendAlphas, readAlphas } from '../run/artefacts/alphas.ts';
import { writeArtefact } from '../run/artefacts/artefact.ts';
import { genotype as genotypeFile } from '../run/artefacts/genotype.ts';
import { appendMetrics } from '../run/artefacts/metrics.ts';
import type { Run } from '../run/directory.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime, Store } from '../runtime/runtime.ts';
import { skipsInWords, type DeriveSettings, type Genotype } from '../space/space.ts';
import {
  usualStrategy,
  type Measure,
  type Metric,
  type Searching,
  type StrategyName,
  type Task,
} from '../tasks/task.ts';
import { alphaRecord, alphasIn, distance, lookAt, meanEntropy, type Look } from './alphas.ts';
import type { AlphaSettings, Bilevel } from './one-shot/bilevel.ts';
import { strategies } from './strategies/strategies.ts';

export interface SearchResult {
  readonly genotype: Genotype;
  readonly seconds: number;
  readonly steps: number;
  /** How the supernet does at the end on data that its weights did not learn from. */
  readonly valid: { readonly metric: Metric['name']; readonly value: number };
  /** Mean entropy of the alpha rows, in nats. */
  readonly alphaEntropy: number;
  /** Skip connections in the derived cell; of a pair of cells, in the normal one. */
  readonly skips: number;
  /** The epoch after which `stop_on_skips` ended the search, if it did. */
  readonly stoppedAfter: number | null;
}

/** What either task's search is told beside its data and network. */
export interface SearchSettings extends AlphaSettings, DeriveSettings {
  readonly seed: number;
  readonly epochs: number;
  readonly warmup_epochs: number;
  readonly stop_on_skips: number | null;
}

/** A search's session without its store, which is made here. */
export type SearchSession = Omit<Session, 'store'>;

/**
 * Runs or resumes the search of a run.
 *
 * @throws what `learn` throws; NascentError 'train/diverged' where the loss is not finite
 */
export async function search<B>(
  { metric, space }: Pick<Task, 'metric' | 'space'>,
  searching: Searching<B>,
  settings: SearchSettings,
  runtime: Runtime,
  session: SearchSession,
  strategy: StrategyName = usualStrategy,
): Promise<SearchResult> {
  const { run, reporter } = session;
  const store = runtime.createStore();
  try {
    const parts = await prepare(metric, searching, settings, runtime, store, reporter, strategy);
    reporter.stage('search', `Searching on ${runtime.name}`);
    const plan = searchPlan(parts, space, run);
    const seconds = await learn(plan, { ...session, store });
    const { alphas, genotype } = await lookAt(store, space, settings);
    const last = lastEpoch(run);
    await writeArtefact(run, genotypeFile, genotype);
    const [epoch, skips] = [last?.epoch ?? Number.NaN, space.skips(genotype)];
    return {
      genotype,
      seconds,
      steps: plan.alphaSteps(),
      valid: { metric: metric.name, value: numberIn(last, `valid_${metric.name}`) },
      alphaEntropy: meanEntropy(alphas),
      skips,
      stoppedAfter: hasCollapsed(settings, epoch, skips) ? epoch : null,
    };
  } finally {
    store.dispose();
  }
}

/**
 * The steps of a search, and what follows an epoch of them, from its beginning and with nothing written: to measure how
 * long they take.
 */
export async function searchStepsOnly<B>(
  metric: Metric,
  searching: Searching<B>,
  settings: SearchSettings,
  runtime: Runtime,
  store: Store,
  reporter: Reporter,
  strategy: StrategyName = usualStrategy,
): Promise<Steps<Meter>> {
  const parts = await prepare(metric, searching, settings, runtime, store, reporter, strategy);
  return searchSteps(parts, begun());
}

interface Parts<B> {
  readonly metric: Metric;
  readonly searching: Searching<B>;
  readonly settings: SearchSettings;
  readonly store: Store;
  readonly bilevel: Bilevel<B>;
  readonly measure: Measure;
  readonly reporter: Reporter;
}

/** Writes the starting state and compiles everything. */
async function prepare<B>(
  metric: Metric,
  searching: Searching<B>,
  settings: SearchSettings,
  runtime: Runtime,
  store: Store,
  reporter: Reporter,
  strategy: StrategyName,
): Promise<Parts<B>> {
  reporter.stage('prepare', `Building the supernet for ${runtime.name}`);
  const random = new Random(settings.seed).fork('weights');
  const bilevel = await strategies[strategy].create(runtime, store, searching, settings, random);
  const measure = await searching.measuring.prepare(runtime, store);
  return { metric, searching, settings, store, bilevel, measure, reporter };
}

/** What steps add up to. */
interface Counts {
  alphaSteps: number;
  /** Of the epoch so far. */
  meter: Meter;
}

const begun = (): Counts => ({ alphaSteps: 0, meter: new Meter() });

const counted = z.strictObject({
  alphaSteps: z.int().nonnegative(),
  meter: z.array(z.number()),
});

function searchSteps<B>(parts: Parts<B>, counts: Counts): Steps<Meter> {
  const { metric, searching, settings, store, bilevel, measure, reporter } = parts;
  const { batches, measuring } = searching;
  const { epochs, warmup_epochs: warmup } = settings;
  return {
    taken: (epoch) => batches.atEnd && batches.epoch === epoch,
    async step(epoch) {
      const training = await batches.next();
      const begins = searching.begins(training);
      if (begins.size > 0) store.write(begins);
      const rate = searching.rate(epoch, training);
      if (epoch >= warmup) {
        const valid = await searching.alphas(training);
        counts.alphaSteps++;
        await bilevel.alpha({ training, valid }, counts.alphaSteps, rate);
      }
      const { feeds, outputs } = await bilevel.weight(training, rate);
      const step = { loss: numberOf(outputs, 'loss'), gradientNorm: numberOf(outputs, 'gradient_norm') };
      if (!isFiniteStep(step)) return whatDiverged({ ...step, feeds, graph: bilevel.weightGraph, store });
      searching.score(counts.meter, outputs, training);
      return undefined;
    },
    progress(epoch) {
      const { done, total, unit } = batches.progress;
      const { meter } = counts;
      const known = { loss: meter.loss, [metric.name]: metric.of(meter) };
      const note = metric.note(meter);
      return { done: epoch * total + done, total: epochs * total, unit, note, figures: known };
    },
    measure(epoch, signal) {
      const about = `measuring on the ${measuring.on} after epoch ${epoch + 1} of ${epochs}`;
      return measure(signal, ({ done, total, unit }) => reporter.progress(done, total, unit, about));
    },
  };
}

function searchPlan<B>(
  parts: Parts<B>,
  space: Task['space'],
  run: Run,
): Plan<Meter> & { alphaSteps(): number } {
  const { metric, searching, settings, store, bilevel, reporter } = parts;
  const { saved, measuring } = searching;
  const schema = z.strictObject({ counted, streams: saved.schema });
  const counts = begun();
  let seconds = () => 0;
  const log = async (epoch: number): Promise<Look> => {
    const look = await lookAt(store, space, settings);
    appendAlphas(run, alphaRecord(epoch, look));
    return look;
  };
  return {
    ...searchSteps(parts, counts),
    alphaSteps: () => counts.alphaSteps,
    epochs: settings.epochs,
    graphs: bilevel.stateful,
    schema,
    state: () => ({
      counted: { alphaSteps: counts.alphaSteps, meter: counts.meter.state },
      streams: saved.state(),
    }),
    restore(state) {
      const { counted: then, streams } = schema.parse(state);
      counts.alphaSteps = then.alphaSteps;
      counts.meter = Meter.from(then.meter);
      saved.restore(streams);
    },
    async begin(elapsed) {
      seconds = elapsed;
      // Where alphas start, so that the log shows how far each epoch moves them.
      if (readAlphas(run).length === 0) await log(-1);
    },
    async ended(epoch, valued): Promise<EpochEnd> {
      const before = readAlphas(run).at(-1);
      const look = await log(epoch);
      const skips = space.skips(look.genotype);
      appendMetrics(run, {
        kind: 'epoch',
        epoch,
        rate: searching.rate(epoch),
        ...figures('train', metric, counts.meter),
        ...figures(measuring.split, metric, valued),
        alpha_entropy: meanEntropy(look.alphas),
        alpha_moved: before === undefined ? null : distance(look.alphas, alphasIn(before, space)),
        skips,
        seconds: seconds(),
      });
      counts.meter = new Meter();
      if (!hasCollapsed(settings, epoch, skips)) return { kind: 'well' };
      reporter.note(`stopped after epoch ${epoch + 1}: ${skipsInWords(skips)} in ${space.skipsIn}`);
      return { kind: 'well', finished: true };
    },
    recover(epoch, what) {
      throw diverged(run, `${what}, in epoch ${epoch + 1}`);
    },
  };
}

/** Whether `stop_on_skips` ends the search after `epoch`. While it warms up, alphas are as random as they began. */
function hasCollapsed(
  { stop_on_skips: most, warmup_epochs }: SearchSettings,
  epoch: number,
  skips: number,
): boolean {
  return most !== null && epoch >= warmup_epochs && skips >= most;
}
