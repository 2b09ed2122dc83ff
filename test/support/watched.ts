/** Runs as somebody sees them who watches: of either kind, either task, in every state. Numbers are of a formula. */

import { hostname } from 'node:os';

import type { ReadAlphas } from '../../src/run/artefacts/alphas.ts';
import type { LoggedEvent, RunEvent } from '../../src/run/artefacts/events.ts';
import type { ReadMetrics } from '../../src/run/artefacts/metrics.ts';
import type { Json, RunKind, RunRecord, RunStatus } from '../../src/run/record.ts';
import type { Watched } from '../../src/run/watch.ts';
import { dartsPrimitives } from '../../src/space/images/primitives.ts';
import { rnnPrimitives } from '../../src/space/text/primitives.ts';
import type { TaskName } from '../../src/tasks/task.ts';
import { tasks } from '../../src/tasks/tasks.ts';

export interface WatchedOptions {
  readonly path?: string;
  readonly task?: TaskName;
  readonly kind?: RunKind;
  readonly status?: RunStatus;
  /** How many of its ten epochs have ended. */
  readonly ended?: number;
  /** Text that somebody else has written: in titles, notes, names, reasons. */
  readonly said?: string;
  readonly damage?: readonly string[];
}

/** 09:00 in the time zone of whoever looks, so that clocks in frames are the same everywhere. */
export const begun = new Date(2026, 0, 2, 9).getTime();
const epochMs = 60_000;
const epochs = 10;
const steps = 12;

/** When somebody looks who sees a run after so many epochs and a half. */
export function lookedAt(ended: number): number {
  return begun + (ended + 0.5) * epochMs;
}

export function watchedRun(options: WatchedOptions = {}): Watched {
  const { path = '/runs/search-1', kind = 'search', status = 'running', damage = [] } = options;
  const isWorkedOn = status === 'running' || status === 'paused';
  return {
    path,
    record: recordOf(options),
    status,
    holder: isWorkedOn ? { pid: 4242, host: hostname(), token: 'a token' } : undefined,
    events: eventsOf(options),
    metrics: metricsOf(options),
    alphas: kind === 'search' ? alphasOf(options) : [],
    damage,
  };
}

const ended = ({ ended: count = 4, status }: WatchedOptions) =>
  status === 'created' ? 0 : status === 'done' ? epochs : count;

function recordOf({ task = 'images', kind = 'search', status = 'running', said }: WatchedOptions): RunRecord {
  const reason =
    said ??
    { stopped: 'interrupted', failed: 'the loss is not a number', crashed: 'killed' }[status as string];
  return {
    format: 'nascent-run',
    version: 1,
    kind,
    status,
    stage: status === 'created' ? null : kind,
    config: {
      data: task === 'images' ? 'cifar10' : 'wikitext2',
      preset: said ?? 'quick',
      settings: { epochs, nodes: 4, primitives: primitivesOf(task) },
      ...(kind === 'train' && { genotype: genotypeOf(task, epochs) as Json }),
    },
    seed: 7,
    engine: said ?? 'onnxruntime-cpu',
    versions: {},
    createdAt: new Date(begun).toISOString(),
    updatedAt: new Date(begun).toISOString(),
    ...(reason !== undefined && { reason }),
  };
}

function eventsOf(options: WatchedOptions): readonly LoggedEvent[] {
  const { task = 'images', kind = 'search', status = 'running', said } = options;
  if (status === 'created') return [];
  const events: LoggedEvent[] = [];
  const add = (at: number, event: RunEvent) => {
    events.push({ v: 1, seq: events.length, at: new Date(at).toISOString(), ...event });
  };
  const count = ended(options);
  const title = said ?? (kind === 'search' ? 'Searching' : 'Training');
  const [total, unit] = task === 'images' ? [20_000, 'img'] : [400_000, 'tokens'];
  add(begun, { kind: 'begun', stage: kind, pid: 4242, host: said ?? 'a-machine' });
  add(begun, { kind: 'stage', stage: kind, title });
  add(begun, { kind: 'note', text: said ?? 'Runtime onnxruntime-cpu: it is the fastest that is ready.' });
  const lastStep = Math.round((status === 'done' ? count : count + 0.5) * steps);
  for (let step = 1; step <= lastStep; step++) {
    const epoch = step / steps;
    const figures = { loss: lossAt(epoch), [metricOf(task)]: metricAt(task, epoch) };
    const done = Math.round((epoch / epochs) * total);
    add(begun + epoch * epochMs, {
      kind: 'progress',
      stage: kind,
      done,
      total,
      unit: said ?? unit,
      note: said ?? '',
      figures,
    });
    if (step % steps === 0)
      add(begun + epoch * epochMs, {
        kind: 'checkpoint',
        name: said ?? `epoch-${epoch - 1}`,
        best: true,
        file: `checkpoints/epoch-${epoch - 1}.safetensors`,
      });
  }
  const at = begun + (lastStep / steps) * epochMs;
  if (status === 'paused') add(at, { kind: 'paused' });
  if (status === 'stopped') add(at, { kind: 'stopped', reason: said ?? 'interrupted' });
  if (status === 'failed')
    add(at, { kind: 'failed', error: { message: said ?? 'the loss is not a number' } });
  if (status === 'crashed') add(at, { kind: 'crashed', reason: said ?? 'killed by SIGKILL' });
  if (status === 'done') add(at, { kind: 'result', value: null });
  return events;
}

function metricsOf(options: WatchedOptions): readonly ReadMetrics[] {
  const { task = 'images', kind = 'search' } = options;
  const metric = metricOf(task);
  return Array.from({ length: ended(options) }, (_, epoch) => ({
    kind: 'epoch',
    epoch,
    rate: 0.025 * (1 - epoch / epochs),
    train_loss: lossAt(epoch + 1),
    valid_loss: 1.1 * lossAt(epoch + 1),
    [`train_${metric}`]: metricAt(task, epoch + 1),
    [`valid_${metric}`]: 0.9 * metricAt(task, epoch + 1),
    ...(kind === 'search' && { alpha_entropy: 2.08 - 0.02 * epoch, skips: epoch % 3, alpha_moved: 0.01 }),
    best: true,
    seconds: (epoch + 1) * (epochMs / 1_000),
  }));
}

function alphasOf(options: WatchedOptions): readonly ReadAlphas[] {
  const { task = 'images', status } = options;
  const first = status === 'created' ? 0 : -1;
  return Array.from({ length: ended(options) - first }, (_, i) => {
    const epoch = i + first;
    return { epoch, ...alphasAt(task, epoch), genotype: genotypeOf(task, epoch) };
  });
}

const primitivesOf = (task: TaskName): readonly string[] =>
  task === 'images' ? dartsPrimitives : rnnPrimitives;
const metricOf = (task: TaskName) => tasks[task].metric.name;
const lossAt = (epoch: number) => 0.4 + 2 / (1 + epoch);
const metricAt = (task: TaskName, epoch: number) =>
  task === 'images' ? 0.9 - 0.8 / (1 + epoch / 2) : 100 + 800 / (1 + epoch);

function alphasAt(task: TaskName, epoch: number): Readonly<Record<string, number[][]>> {
  const edges = task === 'images' ? 14 : 36;
  return Object.fromEntries(
    tasks[task].space.alphas.map(({ key }, cell) => [
      key,
      Array.from({ length: edges }, (_, row) =>
        primitivesOf(task).map((__, k) => 0.04 * (epoch + 1) * Math.sin(1 + cell + 2.3 * row + 5.1 * k)),
      ),
    ]),
  );
}

function genotypeOf(task: TaskName, epoch: number): unknown {
  const settings = { nodes: task === 'images' ? 4 : 8, primitives: primitivesOf(task), max_skips: null };
  const { space } = tasks[task];
  return JSON.parse(space.toJson(space.derive(alphasAt(task, epoch), settings)));
}
