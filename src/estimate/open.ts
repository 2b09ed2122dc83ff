/** A search or a training as its order has it, up to its first step and without a run: what there is to be timed. */
import type { Steps } from '../learn/loop.ts';
import type { Reporter } from '../run/reporter.ts';
import type { EngineName } from '../runtime/engine.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { SearchOrder } from '../search/order.ts';
import { searchStepsOnly } from '../search/search.ts';
import type { Measuring, Measure, TaskName } from '../tasks/task.ts';
import { taskOf } from '../tasks/tasks.ts';
import type { TrainOrder } from '../train/order.ts';
import { trainStepsOnly } from '../train/train.ts';
import { newConfigOf, type EstimateOrder } from './order.ts';

/** What is timed: its configuration read and checked, nothing opened. */
export interface Timeable {
  readonly task: TaskName;
  readonly engine: EngineName | undefined;
  readonly epochs: number;
  /** Epochs at the start whose steps leave alphas alone. */
  readonly warmup: number;
  /** @param onMeasured told how far measuring is */
  open(
    runtime: Runtime,
    reporter: Reporter,
    signal: AbortSignal,
    onMeasured?: Reporter['progress'],
  ): Promise<OpenSteps>;
}

export interface OpenSteps {
  readonly steps: Steps<unknown>;
  /** What is measured once, at the end. */
  readonly testing: Measure | undefined;
  close(): Promise<void>;
}

/** @throws NascentError as the two that follow */
export function timeable(asked: EstimateOrder): Timeable {
  return asked.job === 'search' ? timeableSearch(asked.order) : timeableTraining(asked.order);
}

/** @throws NascentError 'input/invalid' for a run that is to be resumed */
export function timeableSearch(order: SearchOrder): Timeable {
  const config = newConfigOf('search', order);
  const { data, from, settings } = config;
  const task = taskOf(data);
  return {
    task: task.name,
    engine: order.engine,
    epochs: settings.epochs,
    warmup: settings.warmup_epochs,
    async open(runtime, reporter, signal, onMeasured) {
      const searching = await task.openSearch({ data, from, reporter, signal }, settings);
      return opened(searching, undefined, runtime, async (store) =>
        searchStepsOnly(
          task.metricOf(settings),
          searching,
          settings,
          runtime,
          store,
          hearing(reporter, onMeasured),
        ),
      );
    },
  };
}

/** @throws NascentError 'input/invalid' for a run that is to be resumed, and for what is no genotype */
export function timeableTraining(order: TrainOrder): Timeable {
  const config = newConfigOf('train', order);
  const { data, from, settings } = config;
  const task = taskOf(data);
  const genotype = task.space.validate(config.genotype);
  return {
    task: task.name,
    engine: order.engine,
    epochs: settings.epochs,
    warmup: 0,
    async open(runtime, reporter, signal, onMeasured) {
      const training = await task.openTraining({ data, from, reporter, signal }, settings, genotype);
      return opened(training, training.testing, runtime, async (store) =>
        trainStepsOnly(
          task.metricOf(settings),
          training,
          settings,
          runtime,
          store,
          hearing(reporter, onMeasured),
        ),
      );
    },
  };
}

/** The data are closed with the steps, and where there come to be none. */
async function opened(
  data: { close(): Promise<void> },
  testing: Measuring | undefined,
  runtime: Runtime,
  make: (store: ReturnType<Runtime['createStore']>) => Promise<Steps<unknown>>,
): Promise<OpenSteps> {
  const store = runtime.createStore();
  const close = async (): Promise<void> => {
    store.dispose();
    await data.close();
  };
  try {
    const steps = await make(store);
    return { steps, testing: await testing?.prepare(runtime, store), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Steps report their measuring alone: that is what `onMeasured` hears. */
function hearing(reporter: Reporter, onMeasured: Reporter['progress'] = () => {}): Reporter {
  return { ...reporter, progress: onMeasured };
}
