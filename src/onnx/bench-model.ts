/** How fast a model file runs in one runtime: `nascent bench`. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxTensor } from '../../proto/onnx.ts';
import { checkedOrder } from '../run/checked-order.ts';
import { requireReporter, silentReporter, type Reporter } from '../run/reporter.ts';
import { openStored } from '../runtime/onnxruntime/stored.ts';
import { runtimes, type RuntimeName } from '../runtime/registry.ts';
import { countedTo } from '../parity/whole-ranges.ts';
import { drawInputs } from './inputs.ts';
import { knownOf, unknown } from './known-inputs.ts';
import { openModel, type OpenedModel, type Port } from './open.ts';
import { benchModelOrder, type BenchModelOrder } from './order.ts';

/** Times of runs of one batch, in milliseconds. */
export interface BatchTimes {
  /** Null where the model has no open first extent. */
  readonly batch: number | null;
  readonly runs: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Inputs a second, of the median; runs a second where there is no batch. */
  readonly perSecond: number;
}

/** How fast a model runs in a runtime. */
export interface ModelBench {
  readonly runtime: RuntimeName;
  /** Until it could be run. */
  readonly openSeconds: number;
  /** The most memory that the process held, in bytes, the runtime's libraries included. */
  readonly peakMemory: number;
  readonly batches: readonly BatchTimes[];
  /** What part of the time each op took, the largest first; null where the runtime does not say. */
  readonly ops: readonly { readonly op: string; readonly share: number; readonly nodes: number }[] | null;
  /** How many nodes ran on which provider of onnxruntime; null elsewhere. */
  readonly placement: Readonly<Record<string, number>> | null;
}

/**
 * Times a model on drawn inputs: some runs to warm up, then as many as fit into the time.
 *
 * @throws NascentError as `runModel` does
 */
export async function benchModel(
  order: BenchModelOrder,
  reporter: Reporter = silentReporter,
): Promise<ModelBench> {
  const {
    model: path,
    runtime,
    batches,
    seconds,
    extents,
    seed,
  } = checkedOrder(benchModelOrder, order, 'benchModel');
  requireReporter(reporter, 'benchModel');
  reporter.stage(`open ${runtime}`, `Opening it in ${runtime}`);
  const started = performance.now();
  const model = await openModel(path, runtime);
  const openSeconds = (performance.now() - started) / 1000;
  const batchName = openBatch(model.inputs);
  const isOpen = ({ shape = [] }: Port): boolean =>
    shape.some((dim) => typeof dim === 'string' && dim !== batchName && !Object.hasOwn(extents, dim));
  // Reading the file takes memory, which is what is told of a runtime, too.
  const { shapesAt } = model.inputs.some(isOpen) ? await knownOf(path, new Map(), extents) : unknown;
  const feedsOf = (batch: number | null): ReadonlyMap<string, OnnxTensor> => {
    const more = batch === null || batchName === undefined ? {} : { [batchName]: batch };
    const drawn = drawInputs(model.inputs, new Map(), {
      seed,
      extents: { ...extents, ...more },
      shapes: shapesAt(more, batch ?? 1),
      whole: () => countedTo(1),
    });
    return new Map(drawn.map((tensor) => [tensor.name, tensor]));
  };
  const times: BatchTimes[] = [];
  // Who says the extent itself means that one alone.
  const asked = batchName !== undefined && Object.hasOwn(extents, batchName) ? extents[batchName] : undefined;
  const timedBatches = asked === undefined ? batches : [asked];
  for (const batch of batchName === undefined ? [null] : timedBatches) {
    reporter.stage(
      `bench ${runtime}`,
      batch === null ? `Timing ${runtime}` : `Timing ${runtime}, batch ${batch}`,
    );
    times.push(await timed(model, feedsOf(batch), batch, seconds));
  }
  await model.close();
  const { runs } = runtimes[runtime];
  const profile =
    runs.what === 'file' && runs.provider !== null
      ? await profiled(path, runs.provider, feedsOf(batchName === undefined ? null : (timedBatches[0] ?? 1)))
      : undefined;
  return {
    runtime,
    openSeconds,
    peakMemory: process.resourceUsage().maxRSS * 1024,
    batches: times,
    ops: profile?.ops ?? null,
    placement: profile?.placement ?? null,
  };
}

/** The open extent that counts independent inputs: the first axis of the first input. */
function openBatch(inputs: readonly Port[]): string | undefined {
  const first = inputs[0]?.shape?.[0];
  return typeof first === 'string' ? first : undefined;
}

const warmUps = 3;
const fewest = 5;
const mostRuns = 10_000;

async function timed(
  model: OpenedModel,
  feeds: ReadonlyMap<string, OnnxTensor>,
  batch: number | null,
  seconds: number,
): Promise<BatchTimes> {
  for (let i = 0; i < warmUps; i++) await model.run(feeds);
  const ms: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (ms.length < fewest || (performance.now() < until && ms.length < mostRuns)) {
    const started = performance.now();
    await model.run(feeds);
    ms.push(performance.now() - started);
  }
  const sorted = ms.toSorted((a, b) => a - b);
  const p50 = quantile(sorted, 0.5);
  return {
    batch,
    runs: ms.length,
    p50,
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    perSecond: ((batch ?? 1) * 1000) / p50,
  };
}

/** The smallest of the sorted values that so large a part of them does not exceed. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

type Profile = Required<{ [K in 'ops' | 'placement']: NonNullable<ModelBench[K]> }>;

/** What onnxruntime itself says of a few runs: a session of its own, since writing it down takes time. */
async function profiled(
  path: string,
  provider: 'cpu' | 'cuda' | 'webgpu',
  feeds: ReadonlyMap<string, OnnxTensor>,
): Promise<Profile | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'nascent-profile-'));
  try {
    const session = await openStored(path, provider, { profile: join(folder, 'profile') });
    for (let i = 0; i < warmUps; i++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    return file === undefined ? undefined : profileOf(await readFile(join(folder, file), 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  /** In microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string; readonly node_index?: string };
}

/** Reads a profile of onnxruntime: events of kernels, with op and provider. */
export function profileOf(text: string): Profile {
  const time = new Map<string, number>();
  const nodes = new Map<string, { readonly op: string; readonly provider: string }>();
  for (const { cat, name = '', dur = 0, args } of JSON.parse(text) as readonly ProfileEvent[]) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue;
    const op = args.op_name;
    time.set(op, (time.get(op) ?? 0) + dur);
    const provider = (args.provider ?? 'unknown').replace(/ExecutionProvider$/, '');
    nodes.set(`${name} ${args.node_index ?? ''}`, { op, provider });
  }
  const total = [...time.values()].reduce((sum, each) => sum + each, 0);
  const placement: Record<string, number> = {};
  for (const { provider } of nodes.values()) placement[provider] = (placement[provider] ?? 0) + 1;
  const ops = [...time].map(([op, each]) => ({
    op,
    share: total === 0 ? 0 : each / total,
    nodes: [...nodes.values()].filter((node) => node.op === op).length,
  }));
  return { ops: ops.toSorted((a, b) => b.share - a.share), placement };
}
