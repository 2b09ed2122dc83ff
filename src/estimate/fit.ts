/**
 * A search or a training of as much as fits into a time. Its first steps are timed, an amount of a table is chosen by them,
 * and it begins again with the settings of that amount, on the programs that are compiled already. The run is that of
 * those settings, bit for bit, as if nobody had measured: it is resumed as any run is.
 */
import { announced, type RunOrder } from '../learn/order.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Engine } from '../runtime/engine.ts';
import { searchJob, type SearchOutcome } from '../search/job.ts';
import type { RecordedSearch, RecordedTraining } from '../tasks/recorded.ts';
import { trainJob, type TrainOutcome } from '../train/job.ts';
import { amountThatFits, inWords, mostTimed, type Choice } from './choose.ts';
import { compiledOnce } from './compiled-once.ts';
import { timeableSearch, timeableTraining, type OpenSteps, type Timeable } from './open.ts';
import type { Fit, FittedSearchOrder, FittedTrainOrder } from './order.ts';

/** As `searchJob`, of as much as fits. */
export function fittedSearchJob(
  { order, fit }: FittedSearchOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<SearchOutcome> {
  return fitted('searches', timeableSearch(order), fit, reporter, signal, (settings, engine) =>
    searchJob(withSettings<RecordedSearch>(order, settings), reporter, signal, { engine }),
  );
}

/** As `trainJob`, of as much as fits. */
export function fittedTrainJob(
  { order, fit }: FittedTrainOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TrainOutcome> {
  return fitted('trains', timeableTraining(order), fit, reporter, signal, (settings, engine) =>
    trainJob(withSettings<RecordedTraining>(order, settings), reporter, signal, { engine }),
  );
}

/** The order of a new run with other settings in the place of its own. */
function withSettings<C extends { readonly settings: object }>(
  order: RunOrder<C>,
  settings: object,
): RunOrder<C> {
  if (order.kind === 'resume') return order;
  return { ...order, config: { ...order.config, settings: { ...order.config.settings, ...settings } } };
}

async function fitted<R>(
  does: 'searches' | 'trains',
  what: Timeable,
  fit: Fit,
  reporter: Reporter,
  signal: AbortSignal,
  begin: (settings: object, engine: Engine) => Promise<R>,
): Promise<R> {
  const now = () => performance.now() / 1000;
  const began = now();
  const engine = await announced(what.engine, reporter);
  const compiled = compiledOnce(engine.runtime);
  const chosen = async (ready: number, open: OpenSteps): Promise<Choice> => {
    try {
      const start = now() - ready - compiled.seconds();
      reporter.stage('speed', `Measuring how fast this machine ${does}`);
      const onStep = (taken: number) => reporter.progress(taken, mostTimed, 'steps');
      const at = { steps: open.steps, epoch: what.warmup, start, began };
      return await amountThatFits(fit, at, { signal, now, onStep });
    } finally {
      await open.close();
    }
  };
  try {
    const choice = await chosen(now(), await what.open(compiled.runtime, reporter, signal));
    reporter.note(inWords(fit, choice));
    return await begin(choice.amount.settings, { ...engine, runtime: compiled.runtime });
  } finally {
    compiled.dispose();
  }
}
