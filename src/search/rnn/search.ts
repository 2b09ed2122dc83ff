/**
 * A recurrent search: epochs of bilevel steps down a text, over a run directory, ending in a genotype.
 *
 * All that a step depends on is in the checkpoint (weights, alphas, Adam's state, running statistics, both hidden states,
 * the place in the text and every random state), so a resumed search goes on as if it had not stopped.
 */
import { z } from 'zod';
import { alphaSlice, batchify } from '../../data/text/batches.ts';
import type { TextCorpus } from '../../data/text/corpus.ts';
import { searchLength } from '../../data/text/lengths.ts';
import { TextStream } from '../../data/text/stream.ts';
import { usedTexts } from '../../data/text/used.ts';
import { NascentError } from '../../errors.ts';
import { Random } from '../../random.ts';
import type { Run } from '../../run/directory.ts';
import type { Json } from '../../run/record.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { Runtime, Store } from '../../runtime/runtime.ts';
import { alphaEntropy } from '../../space/images/derive.ts';
import { deriveRnn } from '../../space/text/derive.ts';
import { rnnGenotypeToJson } from '../../space/text/genotype-text.ts';
import type { RnnGenotype } from '../../space/text/genotype.ts';
import { numberOf } from '../../learn/programs.ts';
import { measuringNote } from '../../learn/meter.ts';
import { measureText } from '../../tasks/text/measure.ts';
import { randomStateSchema, textStateSchema } from '../../tasks/text/random-state.ts';
import { TextMeter } from '../../tasks/text/text-meter.ts';
import { saveState } from '../../learn/state.ts';
import { takeUp } from '../../learn/take-up.ts';
import { scratchPrefix } from '../one-shot/second-order.ts';
import { createRnnBilevel } from './bilevel.ts';
import type { RnnSearchConfig } from '../../tasks/text/search-settings.ts';

export interface RnnSearchResult {
  readonly genotype: RnnGenotype;
  readonly seconds: number;
  readonly steps: number;
  /** Of the search network, by running statistics, on the validation text at the end. */
  readonly validPerplexity: number;
  /** Mean entropy of the alpha rows, in nats. */
  readonly alphaEntropy: number;
}

/** Where a search stands, but for its tensors. */
const positionSchema = z.strictObject({
  epoch: z.int().nonnegative(),
  alphaSteps: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  text: textStateSchema,
  /** What the dropout masks are drawn from. */
  masks: randomStateSchema,
  meter: z.array(z.number()),
});
type Position = z.output<typeof positionSchema>;

export interface RnnSearchOptions {
  /** Between checkpoints within an epoch. */
  readonly checkpointSeconds?: number;
}

/**
 * Runs or resumes the search of `run` on `corpus`: weights on its training text, alphas on its validation text, which
 * perplexity is measured on, too.
 *
 * @throws the signal's reason when stopped, after writing a checkpoint; NascentError 'train/diverged' where the loss is
 *   not a number, 'input/invalid' where a text is too short for its batch size, 'run/damaged' where the checkpoint is of
 *   something else
 */
export async function rnnSearch(
  run: Run,
  config: RnnSearchConfig,
  corpus: TextCorpus,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  { checkpointSeconds = 60 }: RnnSearchOptions = {},
): Promise<RnnSearchResult> {
  const { units, nodes, primitives, bptt } = config;
  const shape = { words: corpus.vocabulary.size, units, nodes, primitives };
  const texts = searchTexts(config, corpus);
  const random = new Random(config.seed);
  const store = runtime.createStore();
  try {
    reporter.stage('prepare', `Building the search network for ${runtime.name}`);
    const programs = await createRnnBilevel(runtime, store, shape, config, random.fork('weights'));
    const stream = new TextStream(texts.training, {
      bptt,
      length: searchLength,
      random: random.fork('lengths'),
    });
    let masks = random.fork('masks');
    const position = takeUp(run, store, programs.stateful, positionSchema, reporter);
    if (position !== undefined) {
      stream.restore(position.text);
      masks = Random.from(position.masks);
    }

    let alphaSteps = position?.alphaSteps ?? 0;
    let meter = TextMeter.from(position?.meter ?? []);
    const started = performance.now();
    const seconds = () => (position?.seconds ?? 0) + (performance.now() - started) / 1000;
    let lastCheckpoint = seconds();
    const save = async (epoch: number): Promise<void> => {
      const now: Position = {
        epoch,
        alphaSteps,
        seconds: seconds(),
        text: stream.state,
        masks: masks.state,
        meter: [...meter.state],
      };
      await run.writeCheckpoint(`epoch-${epoch}`, await saveState(store, now, isKept));
      lastCheckpoint = seconds();
    };

    reporter.stage('search', `Searching on ${runtime.name}`);
    const { rows, batch } = texts.training;
    let summary: EpochSummary | undefined;
    for (let epoch = position?.epoch ?? 0; epoch < config.epochs; epoch++) {
      // At the end of its text an epoch may still have to be measured.
      while (!(stream.atEnd && stream.state.epoch === epoch)) {
        if (signal.aborted) {
          await save(epoch);
          throw signal.reason;
        }
        const training = stream.next();
        if (training.first) programs.forget();
        const rate = (config.rate * training.drawn) / bptt;
        const valid = alphaSlice(texts.valid, training.position, bptt);
        alphaSteps++;
        await programs.alpha({ training, valid }, alphaSteps, rate, masks);
        const outputs = await programs.weight(training, rate, masks);
        requireFinite(numberOf(outputs, 'loss'), numberOf(outputs, 'gradient_norm'), epoch, alphaSteps);
        meter.add(numberOf(outputs, 'likelihood'), training);
        const done = epoch * rows + Math.min(training.position + training.drawn, rows);
        reporter.progress(done * batch, config.epochs * rows * batch, 'tok', meter.note);
        if (!stream.atEnd && seconds() - lastCheckpoint > checkpointSeconds) await save(epoch);
        await breathe();
      }
      const about = measuringNote('validation text', epoch, config.epochs);
      const validLoss = await measureText(programs.evaluate, texts.measured, {
        bptt,
        units,
        signal,
        onSlice: (done, of) => reporter.progress(done, of, 'rows', about),
      }).catch(async (error: unknown) => {
        if (signal.aborted) await save(epoch);
        throw error;
      });
      summary = await summarise(run, store, config, {
        epoch,
        seconds: seconds(),
        trainLoss: meter.loss,
        validLoss,
      });
      meter = new TextMeter();
      await save(epoch + 1);
    }
    summary ??= await lastSummary(run, store, config);
    await run.writeFile('genotype.json', rnnGenotypeToJson(summary.genotype));
    return { ...summary, seconds: seconds(), steps: alphaSteps };
  } finally {
    store.dispose();
  }
}

/**
 * The texts of a search as tables: of the weights, of the alphas, and the latter again as it is measured.
 *
 * @throws NascentError 'input/invalid' where one is too short for its batch size
 */
export function searchTexts(config: RnnSearchConfig, corpus: TextCorpus) {
  const { train, valid } = usedTexts(corpus, config);
  const { batch_size: batch, eval_batch_size: evalBatch } = config;
  return {
    training: batchify(train, batch, 'the training text', 'a batch_size'),
    valid: batchify(valid, batch, 'the validation text', 'a batch_size'),
    measured: batchify(valid, evalBatch, 'the validation text', 'an eval_batch_size'),
  };
}

interface EpochSummary {
  readonly genotype: RnnGenotype;
  readonly validPerplexity: number;
  readonly alphaEntropy: number;
}

/** Derives the genotype of now, and logs the epoch. */
async function summarise(
  run: Run,
  store: Store,
  config: RnnSearchConfig,
  done: {
    readonly epoch: number;
    readonly seconds: number;
    readonly trainLoss: number;
    readonly validLoss: number;
  },
): Promise<EpochSummary> {
  const { alphas, genotype } = await genotypeNow(store, config);
  const entropy = alphaEntropy(alphas).mean;
  const validPerplexity = Math.exp(done.validLoss);
  run.appendMetrics({
    kind: 'epoch',
    epoch: done.epoch,
    rate: config.rate,
    train_loss: done.trainLoss,
    train_perplexity: Math.exp(done.trainLoss),
    valid_loss: done.validLoss,
    valid_perplexity: validPerplexity,
    alpha_entropy: entropy,
    seconds: done.seconds,
  });
  run.appendAlphas({ epoch: done.epoch, recurrent: alphas, genotype: genotype as unknown as Json });
  return { genotype, validPerplexity, alphaEntropy: entropy };
}

/** What a search that had already ended says when it is resumed. */
async function lastSummary(run: Run, store: Store, config: RnnSearchConfig): Promise<EpochSummary> {
  const { alphas, genotype } = await genotypeNow(store, config);
  const last = run.readMetrics().findLast((record) => record['kind'] === 'epoch');
  return {
    genotype,
    validPerplexity: Number(last?.['valid_perplexity'] ?? Number.NaN),
    alphaEntropy: alphaEntropy(alphas).mean,
  };
}

async function genotypeNow(store: Store, { nodes, primitives }: RnnSearchConfig) {
  const tensor = (await store.read(['alpha'])).get('alpha');
  const [rows = 0, columns = 0] = tensor?.shape ?? [];
  const values = [...(tensor?.data ?? [])];
  const alphas = Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
  return { alphas, genotype: deriveRnn(alphas, { nodes, primitives }) };
}

/** What a step works out and forgets is not part of a checkpoint. */
function isKept(name: string): boolean {
  return !name.startsWith(scratchPrefix);
}

function requireFinite(loss: number, norm: number, epoch: number, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  const what = Number.isFinite(loss) ? `the norm of the gradient became ${norm}` : `the loss became ${loss}`;
  throw new NascentError('train/diverged', `${what} in epoch ${epoch}, step ${step}`, {
    help: 'Lower `rate`, or `clip`; the last good checkpoint is kept.',
  });
}

/** Lets the event loop turn, so that a request to stop is heard. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
