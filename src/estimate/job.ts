/**
 * An estimate as a job: a few steps of exactly what is ordered, on this machine, and nothing written. It runs in a process
 * of its own, as the search or the training would, so that its memory is theirs.
 */
import { announced } from '../learn/order.ts';
import type { Reporter } from '../run/reporter.ts';
import { longest, secondsIn, stages, type MeasuredEstimate } from './estimate.ts';
import { timeable, type OpenSteps, type Timeable } from './open.ts';
import type { EstimateOrder } from './order.ts';
import { paceOf, secondsToMeasure, type Enough, type Pace } from './pace.ts';

const stepsEnough: Enough = { most: 13, seconds: 15 };
/** Of an epoch that warms up, whose steps are cheaper. */
const warmupEnough: Enough = { most: 4, seconds: 5 };
const measuringEnough: Enough = { most: 6, seconds: 5 };
/** With less time left than this many steps take, nothing more is measured. */
const spareSteps = 2;

/**
 * Measures, and leaves no file.
 *
 * @throws NascentError for what the search or the training would refuse, 'input/invalid' for a run that is to be resumed;
 *   the signal's reason when stopped
 */
export async function estimateJob(
  order: EstimateOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<MeasuredEstimate> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const what = timeable(order);
  reporter.stage(stages.prepare, 'Getting ready to measure a few steps');
  const engine = await announced(what.engine, reporter);
  let heard: Reporter['progress'] = () => {};
  // One stage for all of it: opening data and building networks say theirs.
  const within: Reporter = { ...reporter, stage: (_, title) => reporter.stage(stages.prepare, title) };
  const open = await what.open(engine.runtime, within, signal, (...given) => heard(...given));
  try {
    const { total } = open.steps.progress(0);
    const perEpoch = total / what.epochs;
    const ready = elapsed();
    reporter.stage(stages.steps, `Taking a few steps on ${engine.runtime.name}`);
    reporter.progress(0, stepsEnough.most, 'steps');
    const pace = await paceOf(open.steps, what.warmup, stepsEnough, {
      signal,
      onStep: (taken) => reporter.progress(taken, stepsEnough.most, 'steps'),
    });
    const { steps: counted, each, perStep } = pace;
    const spare = () => elapsed() + spareSteps * each * perStep < longest;
    const warmup =
      what.warmup > 0 && spare() ? await paceOf(open.steps, 0, warmupEnough, { signal }) : undefined;
    const measuring = spare() ? await measuringSeconds(open, signal, (hear) => (heard = hear)) : null;
    const testing = spare() ? await testingSeconds(open, signal) : null;
    return {
      kind: 'measured',
      job: order.job,
      task: what.task,
      engine: engine.runtime.name,
      why: engine.why,
      epochs: what.epochs,
      took: elapsed(),
      steps: counted,
      secondsPerStep: each * perStep,
      stepsPerEpoch: Math.ceil(perEpoch / perStep),
      seconds: secondsIn({
        prepare: ready,
        warmup: what.warmup,
        epochs: what.epochs,
        total: perEpoch,
        each,
        eachInWarmup: warmup?.each ?? each,
        measuring,
        testing,
      }),
      // Node gives kilobytes, of 1,024.
      memory: { peak: 1024 * process.resourceUsage().maxRSS },
      rough: whyRough(what, pace, warmup, measuring, testing),
    };
  } finally {
    await open.close();
  }
}

async function measuringSeconds(
  { steps }: OpenSteps,
  signal: AbortSignal,
  listen: (hear: Reporter['progress']) => void,
): Promise<number> {
  return secondsToMeasure(
    (either, onProgress) => {
      listen((done, total) => onProgress({ done, total }));
      return steps.measure(0, either);
    },
    measuringEnough,
    { signal },
  );
}

async function testingSeconds({ testing }: OpenSteps, signal: AbortSignal): Promise<number> {
  if (testing === undefined) return 0;
  return secondsToMeasure(testing, measuringEnough, { signal });
}

/** Where the middle half of the steps is that far apart, they are no firm ground. */
const uneven = 1.5;

function whyRough(
  { warmup: warmupEpochs }: Timeable,
  { steps, middle: [least, most], perStep }: Pace,
  warmup: Pace | undefined,
  measuring: number | null,
  testing: number | null,
): string[] {
  const inSeconds = (each: number) => (each * perStep).toPrecision(2);
  return [
    ...(steps < 3 ? [`there was time for ${steps === 1 ? 'one step' : `${steps} steps`} only`] : []),
    ...(most > uneven * least
      ? [`half of the steps took from ${inSeconds(least)} to ${inSeconds(most)} s`]
      : []),
    ...(warmupEpochs > 0 && warmup === undefined
      ? ['steps of warm-up, which take less, were not measured']
      : []),
    ...(measuring === null ? ['measuring after an epoch is not included'] : []),
    ...(measuring !== null && testing === null ? ['measuring at the end is not included'] : []),
  ];
}
