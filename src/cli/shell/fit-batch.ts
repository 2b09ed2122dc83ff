/** `--fit`: before a run begins, the batch size is chosen by what a few steps take of memory. */
import { isTooLargeFor } from '../../data/text/batches.ts';
import { NascentError } from '../../errors.ts';
import type { Estimate, TooSlowEstimate } from '../../estimate/estimate.ts';
import { largestBatch, type LargestBatch, type Measured, type Tried } from '../../estimate/largest-batch.ts';
import type { EstimateOrder } from '../../estimate/order.ts';
import type { RunOrder } from '../../learn/order.ts';
import { isOutOfMemory, isOverMemory } from '../../run/crash.ts';
import { engineNamed } from '../../runtime/engine.ts';
import { cardMemory, hostMemory } from '../../runtime/probe/memory.ts';
import type { RecordedSearch, RecordedTraining } from '../../tasks/recorded.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { stepMemory } from '../input/configure.ts';
import { saysBatchSize } from '../input/memory.ts';
import { formatBytes } from '../render/format.ts';
import { estimate } from './estimate.ts';
import { work, type Work } from './work.ts';

export interface FitOptions {
  /** In bytes. */
  readonly limit: number;
  readonly verbose: boolean;
  /** What was given by `--set`. */
  readonly set: readonly string[] | undefined;
}

/** Of the machine's memory, for a limit: this process and the system need some, too. */
const share = 0.9;

/** @throws NascentError 'input/invalid' where the limit is no use, or the settings say the batch already */
export function checkFit({ limit, set }: Pick<FitOptions, 'limit' | 'set'>, memory = hostMemory()): void {
  if (saysBatchSize(set)) {
    throw new NascentError('input/invalid', '--fit chooses batch_size, and --set says it', {
      help: 'Leave one of them out.',
    });
  }
  const most = share * memory;
  if (limit <= most) return;
  throw new NascentError(
    'input/invalid',
    `--fit is ${formatBytes(limit)}, and this machine has ${formatBytes(memory)} of memory`,
    { help: `Give at most ${formatBytes(most)}: other programs need some, too.` },
  );
}

type Config = RecordedSearch | RecordedTraining;
type New<C> = Extract<RunOrder<C>, { readonly kind: 'new' }>;

/**
 * The order of a new run with the batch size that fits, as its setting `batch_size`.
 *
 * @param order of a batch of one
 * @throws NascentError 'input/invalid' where no batch fits; what the search or the training would be refused for
 */
export async function withFittingBatch<C extends Config>(
  job: EstimateOrder['job'],
  order: New<C>,
  { limit, verbose }: Pick<FitOptions, 'limit' | 'verbose'>,
): Promise<New<C>> {
  const { config } = order;
  const withBatch = (batch: number): New<C> => ({
    ...order,
    config: { ...config, settings: { ...config.settings, batch_size: batch } },
  });
  const presets: Readonly<Record<string, { readonly batch_size: number }>> = taskOf(config.data)[job].presets;
  const usual = presets[config.preset]?.batch_size ?? config.settings.batch_size;
  const title = `Choosing a batch for ${formatBytes(limit)}`;
  return work(title, { verbose, onInterrupt: () => 'Nothing was made.' }, async (working) => {
    const quiet = withoutRepeats(working);
    const note = (text: string) => working.report({ kind: 'note', text });
    let anyMeasured = false;
    const found = await largestBatch(usual, limit, async (batch) => {
      const one = { job, order: withBatch(batch) } as EstimateOrder;
      const measured = await measuredBy(() => takeSteps(one, limit, quiet), { batch, anyMeasured });
      anyMeasured ||= measured.kind === 'measured';
      note(inWords(batch, measured, limit));
      return measured;
    });
    const { batch } = found;
    if (batch === undefined) throw noneFits(found, limit);
    note(chosen(found, batch));
    return withBatch(batch);
  });
}

/** A few steps in a process of their own, which is ended where it takes more. 'over' where that need not be tried. */
async function takeSteps(order: EstimateOrder, limit: number, working: Working): Promise<Estimate | 'over'> {
  const config = order.order.kind === 'new' ? order.order.config : undefined;
  return config !== undefined && leastMemory(config) > limit
    ? 'over'
    : estimate(order, working, { memory: limit });
}

/**
 * What a batch takes, where another one may do better whatever becomes of it.
 *
 * @param anyMeasured whether steps were taken before, with another batch
 * @throws NascentError 'input/invalid' where it took too long to get ready, which a smaller batch does not change; what no
 *   smaller batch could mend
 */
export async function measuredBy(
  take: () => Promise<Estimate | 'over'>,
  { batch, anyMeasured }: { readonly batch: number; readonly anyMeasured: boolean },
): Promise<Measured> {
  try {
    const found = await take();
    if (found === 'over') return { kind: 'over' };
    refuseCard(found);
    if (found.kind === 'measured')
      return { kind: 'measured', peak: found.memory.peak, stepsPerEpoch: found.stepsPerEpoch };
    if (found.during === 'prepare' && !anyMeasured) throw notReady(found);
    return { kind: 'slow' };
  } catch (error) {
    if (isOverMemory(error)) return { kind: 'over' };
    // With a batch of one, what happened says more than that nothing fits.
    if (batch > 1 && isOutOfMemory(error)) return { kind: 'out' };
    if (batch > 1 && isTooLargeFor('a batch_size', error)) return { kind: 'data' };
    throw error;
  }
}

function notReady({ atLeast }: TooSlowEstimate): NascentError {
  return new NascentError(
    'input/invalid',
    `nothing can be measured: getting the data and the network ready takes more than ${Math.floor(atLeast)} s`,
    { help: 'A smaller batch does not change that. Say the batch instead of --fit: --set batch_size=N.' },
  );
}

/** As `stepMemory`; more than there is where the machine has not as much. */
function leastMemory(config: Config): number {
  try {
    return stepMemory(config);
  } catch (error) {
    // All else was right with a batch of one.
    if (error instanceof NascentError && error.code === 'input/invalid') return Infinity;
    throw error;
  }
}

/** @throws NascentError 'input/invalid' where tensors lie on a graphics card, whose memory nobody measures */
function refuseCard(found: Estimate): void {
  if (found.kind !== 'measured' || engineNamed(found.engine) !== 'tfjs-node-gpu' || cardMemory() === 0)
    return;
  throw new NascentError(
    'input/invalid',
    `--fit measures the memory of the process, and the tensors of ${found.engine} lie on the graphics card`,
    { help: 'Give --set batch_size=N, or compute on the processor: --engine onnxruntime.' },
  );
}

function inWords(batch: number, found: Measured, limit: number): string {
  const of = `a batch of ${batch}`;
  if (found.kind === 'over') return `${of} takes more than ${formatBytes(limit)}`;
  if (found.kind === 'out') return `${of} found no more memory here before it took ${formatBytes(limit)}`;
  if (found.kind === 'data') return `${of} is too large for the text`;
  if (found.kind === 'slow') return `${of} takes too long to be measured`;
  return `${of} takes ${formatBytes(found.peak)} at the most${found.peak > limit ? `, which is more than ${formatBytes(limit)}` : ''}`;
}

function chosen({ stoppedBy, tried }: LargestBatch, batch: number): string {
  const peak = tried.find((each) => each.batch === batch)?.found;
  const measured = peak?.kind === 'measured' ? ` (${formatBytes(peak.peak)})` : '';
  const why = {
    memory: 'the largest that fits',
    epoch: 'with a larger one an epoch would have fewer than eight steps',
    time: 'a larger one takes too long to be measured',
    data: 'the text is too short for a larger one',
  }[stoppedBy];
  return `batch_size=${batch}${measured}: ${why}; the learning rate is as the preset or --set has it`;
}

function noneFits({ tried, stoppedBy }: LargestBatch, limit: number): NascentError {
  const least = tried.at(-1) as Tried;
  const peak =
    least.found.kind === 'measured' ? `takes ${formatBytes(least.found.peak)}` : 'takes more than that';
  return new NascentError(
    'input/invalid',
    stoppedBy === 'time'
      ? `steps take too long here to be measured, with a batch of ${least.batch} as well`
      : `no batch fits into ${formatBytes(limit)}: one of ${least.batch} ${peak}`,
    {
      help:
        stoppedBy === 'time'
          ? 'Make the network smaller: lower channels, layers or the size of the images.'
          : 'Give more by --fit, or make the network smaller: lower channels, layers or the size of the images.',
    },
  );
}

type Working = Pick<Work, 'job' | 'report' | 'stop'>;

/** What each measuring says again, such as what was left out of the data, is said once. */
function withoutRepeats({ job, report, stop }: Work): Working {
  const said = new Set<string>();
  return {
    job,
    stop,
    report(event) {
      if (event.kind === 'note' && said.has(event.text)) return;
      if (event.kind === 'note') said.add(event.text);
      report(event);
    },
  };
}
