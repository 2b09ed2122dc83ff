/**
 * Trains the network of a recurrent genotype over a run directory: SGD, which becomes averaged SGD when the validation
 * loss stops falling; the best weights by validation text are kept, and measured on the test text once, at the end.
 *
 * Resumes as if it had not stopped: weights, averages, hidden state, the place in the text and every random state are in
 * the checkpoint.
 */
import { batchify } from '../../data/text/batches.ts';
import type { TextCorpus } from '../../data/text/corpus.ts';
import { searchLength, trainingLength } from '../../data/text/lengths.ts';
import { TextStream, type TextStep } from '../../data/text/stream.ts';
import { usedTexts } from '../../data/text/used.ts';
import { NascentError } from '../../errors.ts';
import { countParameters } from '../../graph/count.ts';
import { initialise } from '../../graph/initialise.ts';
import { scalar } from '../../graph/tensor.ts';
import { Random } from '../../random.ts';
import type { StoredCheckpoint } from '../../run/checkpoints.ts';
import type { Run } from '../../run/directory.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { Runtime, Store } from '../../runtime/runtime.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { drawMasks } from '../../space/text/masks.ts';
import { numberOf } from '../../learn/programs.ts';
import { readMeta, restoreState, saveState, statesOf } from '../../learn/state.ts';
import { takeUp } from '../../learn/take-up.ts';
import { averagedStep, averagingBegins, switchesNow } from '../../tasks/text/averaging.ts';
import { programsByLength } from '../../tasks/text/by-length.ts';
import { hiddenNames } from '../../tasks/text/carried.ts';
import type { RnnTrainConfig } from '../../tasks/text/train-settings.ts';
import { dropoutRates } from '../../tasks/text/dropout-settings.ts';
import { measuringNote } from '../../learn/meter.ts';
import { measureText } from '../../tasks/text/measure.ts';
import { rnnPositionSchema, type RnnPosition } from './position.ts';
import { averageName, rnnEvaluation, rnnTrainingStep } from '../../tasks/text/training-step.ts';
import { noHidden, textFeeds } from '../../tasks/text/feeds.ts';
import { TextMeter } from '../../tasks/text/text-meter.ts';

export interface RnnTrainResult {
  readonly seconds: number;
  readonly parameters: number;
  /** Of the best weights, on the validation text. */
  readonly validPerplexity: number;
  /** Of the same, on the test text, which chose nothing. */
  readonly testPerplexity: number;
  /** The epoch that the best weights are from, counted from 0. */
  readonly bestEpoch: number;
}

export interface RnnTrainOptions {
  /** Between checkpoints within an epoch. */
  readonly checkpointSeconds?: number;
}

/**
 * So often the best weights are gone back to without any that are better coming of it. A choice of ours, as is what they
 * are gone back to for: the official code does so without end, and on any exception, which hides what is not divergence.
 */
const mostRollbacks = 5;

/**
 * Trains, or goes on training, on the training text of `corpus`.
 *
 * Where the loss is no number, the best weights are gone back to and training goes on from them with other masks and
 * lengths, as in the official code, but not for ever (`mostRollbacks`); notes and metrics say so.
 *
 * @throws the signal's reason when stopped, after writing a checkpoint; NascentError 'train/diverged' where the loss is
 *   no number and there are no weights to go back to, or going back has not helped; 'input/invalid' where a text is too
 *   short for its batch size; 'run/damaged' where the checkpoint is of something else
 */
export async function rnnTrain(
  run: Run,
  config: RnnTrainConfig,
  genotype: RnnGenotype,
  corpus: TextCorpus,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  { checkpointSeconds = 60 }: RnnTrainOptions = {},
): Promise<RnnTrainResult> {
  const { units, batch_size: batch, bptt } = config;
  const shape = { words: corpus.vocabulary.size, units };
  const rates = dropoutRates(config);
  const texts = trainingTexts(config, corpus);
  const random = new Random(config.seed);
  const store = runtime.createStore();
  try {
    reporter.stage('prepare-training', `Building the derived network for ${runtime.name}`);
    const stepGraph = (steps: number) =>
      rnnTrainingStep(
        shape,
        genotype,
        {
          steps,
          batch,
          rates,
          penalties: { activation: config.activation, slowness: config.slowness },
        },
        { weightDecay: config.weight_decay, clip: config.clip },
      );
    const first = stepGraph(bptt);
    store.write(initialise(first.graph, random.fork('weights')));
    const programFor = programsByLength(runtime, store, (steps) =>
      steps === bptt ? first : stepGraph(steps),
    );
    await programFor(bptt);
    const evaluation = (size: number) =>
      programsByLength(runtime, store, (steps) => ({
        graph: rnnEvaluation(shape, genotype, { steps, batch: size }),
      }));
    const evaluate = evaluation(config.eval_batch_size);
    const stream = new TextStream(texts.training, {
      bptt,
      length: config.vary_lengths ? trainingLength : searchLength,
      random: random.fork('lengths'),
    });
    let masks = random.fork('masks');

    const position = takeUp(run, store, [first.graph], rnnPositionSchema, reporter);
    if (position !== undefined) {
      stream.restore(position.text);
      masks = Random.from(position.masks);
    }
    let meter = TextMeter.from(position?.meter ?? []);
    let { epoch, averaging, best, rollbacks, history } = position ?? beginning;
    const started = performance.now();
    const seconds = () => (position?.seconds ?? 0) + (performance.now() - started) / 1000;
    let lastCheckpoint = seconds();
    const save = async (isBest = false): Promise<void> => {
      const now: RnnPosition = {
        epoch,
        seconds: seconds(),
        text: stream.state,
        masks: masks.state,
        meter: [...meter.state],
        history,
        averaging,
        best,
        rollbacks,
      };
      await run.writeCheckpoint(`epoch-${epoch}`, await saveState(store, now), { best: isBest });
      lastCheckpoint = seconds();
    };
    const measured = (promise: Promise<number>) =>
      promise.catch(async (error: unknown) => {
        if (signal.aborted) await save();
        throw error;
      });
    /** One step. False where its loss or gradient is no number. */
    const step = async (slice: TextStep): Promise<boolean> => {
      if (slice.first) store.write(new Map([[hiddenNames.training, noHidden(batch, units)]]));
      const { rate, share, next } = averagedStep(averaging, (config.rate * slice.drawn) / bptt);
      averaging = next;
      const feeds = textFeeds(slice).set('rate', scalar(rate)).set('share', scalar(share));
      for (const [name, mask] of drawMasks(masks, rates, { ...shape, batch })) feeds.set(name, mask);
      const outputs = await (await programFor(slice.length)).run(feeds);
      const likelihood = numberOf(outputs, 'likelihood');
      if (![likelihood, numberOf(outputs, 'loss'), numberOf(outputs, 'gradient_norm')].every(Number.isFinite))
        return false;
      meter.add(likelihood, slice);
      return true;
    };
    const rollBack = async (what: string): Promise<void> => {
      const from = run.bestCheckpoint();
      if (from === undefined || rollbacks >= mostRollbacks) throw hopeless(what, from, rollbacks);
      const back = readMeta(rnnPositionSchema, from);
      reporter.note(
        `WARNING: ${what} in epoch ${epoch}: going back to the best weights, of epoch ${back.epoch - 1}`,
      );
      run.appendMetrics({ kind: 'rollback', epoch, to: back.epoch - 1, reason: what, seconds: seconds() });
      restoreState(store, from.tensors);
      await weightsFromAverages(store);
      ({ epoch, averaging, history } = back);
      rollbacks++;
      meter = new TextMeter();
      // The random states go on: with the same draws it would end the same way.
      stream.restore({ epoch, position: 0, random: stream.state.random });
      await save();
    };

    reporter.stage('train', `Training the derived network on ${runtime.name}`);
    const { rows } = texts.training;
    while (epoch < config.epochs) {
      // At the end of its text an epoch may still have to be measured.
      let healthy = true;
      while (healthy && !(stream.atEnd && stream.state.epoch === epoch)) {
        if (signal.aborted) {
          await save();
          throw signal.reason;
        }
        const slice = stream.next();
        healthy = await step(slice);
        const done = epoch * rows + Math.min(slice.position + slice.drawn, rows);
        reporter.progress(done * batch, config.epochs * rows * batch, 'tok', meter.note);
        if (healthy && !stream.atEnd && seconds() - lastCheckpoint > checkpointSeconds) await save();
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      if (!healthy) {
        await rollBack('the loss or its gradient became no number');
        continue;
      }
      const about = measuringNote('validation text', epoch, config.epochs);
      const loss = await measured(
        measureText(evaluate, texts.valid, {
          bptt,
          units,
          signal,
          onSlice: (done, of) => reporter.progress(done, of, 'rows', about),
        }),
      );
      if (!Number.isFinite(loss)) {
        await rollBack('the validation loss became no number');
        continue;
      }
      const isBest = loss < (best ?? Infinity);
      const averages = averaging !== null;
      const begins = !averages && switchesNow(history, loss, config.nonmono);
      if (!averages) history = [...history, loss];
      if (begins) averaging = averagingBegins;
      if (begins) reporter.note(`weights are averaged from epoch ${epoch + 1} on`);
      if (isBest) [best, rollbacks] = [loss, 0];
      run.appendMetrics({
        kind: 'epoch',
        epoch,
        rate: config.rate,
        optimizer: averages ? 'averaged SGD' : 'SGD',
        train_loss: meter.loss,
        train_perplexity: Math.exp(meter.loss),
        valid_loss: loss,
        valid_perplexity: Math.exp(loss),
        best: isBest,
        seconds: seconds(),
      });
      meter = new TextMeter();
      epoch++;
      await save(isBest);
    }

    const chosen = run.bestCheckpoint();
    if (chosen === undefined || best === null) throw hopeless('there are no best weights', chosen, rollbacks);
    restoreState(store, chosen.tensors);
    reporter.stage('test', 'Measuring the best weights on the test text');
    const testLoss = await measureText(evaluation(config.test_batch_size), texts.test, {
      bptt,
      units,
      signal,
      onSlice: (done, of) => reporter.progress(done, of, 'rows'),
    });
    const result = {
      seconds: seconds(),
      parameters: countParameters(first.graph),
      validPerplexity: Math.exp(best),
      testPerplexity: Math.exp(testLoss),
      bestEpoch: readMeta(rnnPositionSchema, chosen).epoch - 1,
    };
    run.appendMetrics({
      kind: 'test',
      epoch: result.bestEpoch,
      test_loss: testLoss,
      test_perplexity: result.testPerplexity,
      test_tokens: (texts.test.rows - 1) * texts.test.batch,
      seconds: result.seconds,
    });
    return result;
  } finally {
    store.dispose();
  }
}

const beginning: Pick<RnnPosition, 'epoch' | 'averaging' | 'best' | 'rollbacks' | 'history'> = {
  epoch: 0,
  averaging: null,
  best: null,
  rollbacks: 0,
  history: [],
};

/**
 * The texts of a training as tables.
 *
 * @throws NascentError 'input/invalid' where one is too short for its batch size
 */
export function trainingTexts(config: RnnTrainConfig, corpus: TextCorpus) {
  const { train, valid, test } = usedTexts(corpus, config);
  const { batch_size: batch, eval_batch_size: evalBatch, test_batch_size: testBatch } = config;
  return {
    training: batchify(train, batch, 'the training text', 'a batch_size'),
    valid: batchify(valid, evalBatch, 'the validation text', 'an eval_batch_size'),
    test: batchify(test, testBatch, 'the test text', 'a test_batch_size'),
  };
}

/** What is gone back to is what was measured: the averages. */
async function weightsFromAverages(store: Store): Promise<void> {
  const weights = store.names().filter((name) => store.has(averageName(name)));
  const averages = await store.read(weights.map(averageName));
  store.write(
    new Map(
      weights.flatMap((name) => {
        const average = averages.get(averageName(name));
        return average === undefined ? [] : [[name, average] as const];
      }),
    ),
  );
}

/** The averaged weights in a checkpoint, by the names of the weights. */
export function averagedWeights({ tensors }: StoredCheckpoint): ReturnType<typeof statesOf> {
  const prefix = averageName('');
  const states = [...statesOf(tensors)].filter(([name]) => name.startsWith(prefix));
  return new Map(states.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function hopeless(what: string, best: StoredCheckpoint | undefined, rollbacks: number): NascentError {
  const tried =
    best === undefined
      ? 'there are no weights to go back to'
      : `going back to the best weights ${rollbacks} times has not helped`;
  return new NascentError('train/diverged', `${what}, and ${tried}`, {
    help: 'Lower `rate` or `clip` in a new run.',
  });
}
