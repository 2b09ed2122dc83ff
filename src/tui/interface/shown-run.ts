/** A watched run as the interface shows it: what its files say, put together. Pure; computed once for each look. */

import { isDataName } from '../../data/registry.ts';
import type { ReadAlphas } from '../../run/artefacts/alphas.ts';
import { isBeside } from '../../run/artefacts/events.ts';
import type { LoggedEvent } from '../../run/artefacts/events.ts';
import { readsCharacters } from '../../run/artefacts/metrics.ts';
import type { Json, RunRecord } from '../../run/record.ts';
import type { Watched } from '../../run/watch.ts';
import type { Genotype, WiredCell } from '../../space/space.ts';
import type { Task } from '../../tasks/task.ts';
import { taskOf, tasks } from '../../tasks/tasks.ts';
import { afterPause, noProgress, reduceProgress } from '../progress-state.ts';
import type { ProgressState } from '../progress-state.ts';
import { spentIn } from './spent.ts';
import type { Spent } from './spent.ts';

export interface ShownRun {
  readonly watched: Watched;
  /** Where run.json cannot be read, or is of data that this version does not know, what the logs are of; else undefined. */
  readonly task: Task | undefined;
  readonly metric: 'accuracy' | 'perplexity';
  /** Its perplexity is of a character, and not of a word. */
  readonly byCharacters: boolean;
  readonly data: string;
  readonly preset: string;
  readonly settings: Readonly<Record<string, Json>>;
  /** In all; where run.json cannot be read, those that were logged. */
  readonly epochs: number;
  /** How it goes, as the events say. */
  readonly progress: ProgressState;
  /** How that goes which was last done with it and is not its own work, such as parity. */
  readonly beside: ProgressState;
  /** Numbers that steps reported, by the epoch that they were in: 0.5 is the middle of the first. */
  readonly live: readonly Live[];
  /** The last checkpoint that was written. */
  readonly checkpointAt: number | undefined;
  /** Undefined where nobody ever worked on it. */
  readonly spent: Spent | undefined;
}

export interface Live {
  readonly epoch: number;
  readonly figures: Readonly<Record<string, number | null>>;
}

const shown = new WeakMap<Watched, ShownRun>();

export function shownRun(watched: Watched): ShownRun {
  const known = shown.get(watched);
  if (known !== undefined) return known;
  const made = makeShown(watched);
  shown.set(watched, made);
  return made;
}

function makeShown(watched: Watched): ShownRun {
  const { record, events, status, holder } = watched;
  const { data, preset, settings } = record?.config ?? {};
  const dataName = typeof data === 'string' ? data : '';
  const task = isDataName(dataName) ? taskOf(dataName) : taskIn(watched);
  const given = objectOf(settings);
  const epochs = record === undefined ? epochsIn(watched) : numberOf(given['epochs'], 1);
  const [recent, beside] = lastWork(events);
  const isWorkedOn = holder !== undefined && (status === 'running' || status === 'paused');
  return {
    watched,
    task,
    metric: task?.metric.name ?? 'accuracy',
    byCharacters: readsCharacters(record?.config),
    data: dataName,
    preset: typeof preset === 'string' ? preset : '',
    settings: given,
    epochs,
    progress: recent.reduce(reduceLogged, noProgress),
    beside: beside.reduce(reduceLogged, noProgress),
    // Where it is not known how many epochs there are to be, it is not known in which a step was.
    live: record === undefined ? [] : liveIn(events, epochs),
    checkpointAt: timeOf(events.findLast(({ kind }) => kind === 'checkpoint')),
    spent: recent.length === 0 ? undefined : spentIn(events, isWorkedOn),
  };
}

/** Of which task the logs are: cells have names of their own, and so has what is measured. */
function taskIn({ alphas, metrics }: Watched): Task | undefined {
  const line = alphas.at(-1) ?? {};
  const ofCells = Object.values(tasks).find(({ space }) => space.alphas.every(({ key }) => key in line));
  if (ofCells !== undefined) return ofCells;
  return Object.values(tasks).find(({ metric }) =>
    metrics.some((record) => Object.keys(record).some((key) => key.endsWith(`_${metric.name}`))),
  );
}

function epochsIn({ metrics }: Watched): number {
  return metrics.filter(({ kind }) => kind === 'epoch').length;
}

/** The events since a process last took the run up, and those of what was done with it since. */
function lastWork(
  events: readonly LoggedEvent[],
): readonly [own: readonly LoggedEvent[], beside: readonly LoggedEvent[]] {
  const from = events.findLastIndex((event) => event.kind === 'begun' && !isBeside(event));
  const own = events.slice(Math.max(0, from));
  const first = own.findIndex(isBeside);
  if (first < 0) return [own, []];
  return [own.slice(0, first), own.slice(own.findLastIndex(isBeside))];
}

function reduceLogged(state: ProgressState, event: LoggedEvent): ProgressState {
  const now = Date.parse(event.at);
  switch (event.kind) {
    case 'stage':
      return reduceProgress(state, event, now);
    case 'progress': {
      const { stage, done, total, unit, note, figures } = event;
      const progress = {
        kind: 'progress',
        stage,
        done,
        total,
        unit,
        ...(note !== undefined && { note }),
        // What they are is read from the events themselves.
        ...(figures !== undefined && { figures: {} }),
      } as const;
      return reduceProgress(state, progress, now);
    }
    case 'result':
      return reduceProgress(state, { kind: 'result', value: null }, now);
    case 'stopped':
    case 'failed':
    case 'crashed': {
      const code = event.kind === 'stopped' ? ({ code: 'interrupted' } as const) : {};
      return reduceProgress(state, { kind: 'failed', error: { message: '', exitCode: 1, ...code } }, now);
    }
    case 'resumed':
      return afterPause(state);
    case 'begun':
    case 'note':
    case 'check':
    case 'checkpoint':
    case 'paused':
    case 'answer':
    default:
      return state;
  }
}

/** A run that was resumed from a checkpoint takes the steps after it again: what it said of them before is forgotten. */
function liveIn(events: readonly LoggedEvent[], epochs: number): readonly Live[] {
  const live: Live[] = [];
  for (const event of events) {
    if (event.kind !== 'progress' || event.figures === undefined || event.total <= 0) continue;
    const epoch = (event.done / event.total) * epochs;
    while ((live.at(-1)?.epoch ?? -1) >= epoch) live.pop();
    live.push({ epoch, figures: event.figures });
  }
  return live;
}

/** A look at the cells of a search, after an epoch. */
export interface CellsShown {
  /** -1 is before the first. */
  readonly epoch: number;
  readonly cells: readonly WiredCell[];
  /** By the key of a cell: the softmax of alphas, a row an edge. */
  readonly weights: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly edges: Readonly<Record<string, readonly string[]>>;
  readonly primitives: readonly string[];
  /** Ops as `cell/node/edge op` that were not there after the epoch before. */
  readonly changed: ReadonlySet<string>;
}

/** The logged epochs of a search's alphas, oldest first. */
export function alphaEpochs({ watched }: ShownRun): readonly number[] {
  return watched.alphas.map(({ epoch }) => epoch);
}

/** By what the run is, and not by the look at it: epochs end more seldom than steps are told. */
const looks = new WeakMap<RunRecord | ShownRun, WeakMap<ReadAlphas, CellsShown | undefined>>();

/** @param epoch the last one where it is left out; undefined where there is none, or it cannot be read */
export function cellsAt(run: ShownRun, epoch?: number): CellsShown | undefined {
  const { alphas, record } = run.watched;
  const index = epoch === undefined ? alphas.length - 1 : alphas.findLastIndex((line) => line.epoch <= epoch);
  const line = alphas[index];
  if (line === undefined) return undefined;
  const known = looks.get(record ?? run) ?? new WeakMap<ReadAlphas, CellsShown | undefined>();
  looks.set(record ?? run, known);
  // Several panes show them, and frames are drawn more often than epochs end.
  if (!known.has(line)) known.set(line, makeCells(run, index, line));
  return known.get(line);
}

function makeCells(run: ShownRun, index: number, line: ReadAlphas): CellsShown | undefined {
  const { alphas } = run.watched;
  if (run.task === undefined) return undefined;
  const { space } = run.task;
  const cells = wired(run.task, line);
  if (cells === undefined) return undefined;
  const before = alphas[index - 1];
  const earlier = before === undefined ? undefined : wired(run.task, before);
  const known = new Set(earlier?.flatMap(opsOf));
  const weights = Object.fromEntries(
    space.alphas.map(({ key }) => [key, rowsIn(line, key).map((row) => softmax(row))] as const),
  );
  return {
    epoch: line.epoch,
    cells,
    weights,
    edges: Object.fromEntries(
      space.alphas.map(({ key }) => [key, space.edgeNames(weights[key]?.length ?? 0)]),
    ),
    primitives: primitivesOf(run.settings, Object.values(weights)),
    changed: new Set(earlier === undefined ? [] : cells.flatMap(opsOf).filter((op) => !known.has(op))),
  };
}

/** By their places in the rows of alphas, where the settings do not name them. */
function primitivesOf(
  settings: ShownRun['settings'],
  weights: readonly (readonly (readonly number[])[])[],
): readonly string[] {
  const named = stringsIn(settings['primitives']);
  return named.length > 0 ? named : (weights[0]?.[0] ?? []).map((_, i) => `op ${i + 1}`);
}

/** Why there are no cells to show, or no alphas; what matters first, for a pane may be narrow. */
export function whyNone({ watched: { record, alphas } }: ShownRun, what: 'cells' | 'alphas'): string {
  if (alphas.length > 0) return `No ${what}: a later version wrote them, or they are damaged.`;
  if (record === undefined) return `No ${what}: run.json cannot be read.`;
  return `No ${what} yet: they are there after the first epoch.`;
}

/** The cells of a run that was given its genotype: of a training. */
export function givenCells({ watched, task }: ShownRun): readonly WiredCell[] | undefined {
  const genotype = watched.record?.config['genotype'];
  return task === undefined || genotype === undefined ? undefined : wiredFrom(task, genotype);
}

export function opKey(cell: string, node: string, from: string, op: string): string {
  return `${cell}/${node}/${from}/${op}`;
}

function opsOf({ key, nodes }: WiredCell): readonly string[] {
  return nodes.flatMap(({ name, inputs }) => inputs.map(({ from, op }) => opKey(key, name, from, op)));
}

function wired(task: Task, line: ReadAlphas): readonly WiredCell[] | undefined {
  return wiredFrom(task, line.genotype);
}

function wiredFrom(task: Task, value: unknown): readonly WiredCell[] | undefined {
  try {
    const genotype: Genotype = task.space.validate(value);
    return task.space.wiring(genotype);
  } catch {
    // A line of a later version, or damaged by hand: there is nothing to show of it.
    return undefined;
  }
}

function rowsIn(line: ReadAlphas, key: string): readonly (readonly (number | null)[])[] {
  const rows = line[key];
  return Array.isArray(rows) ? (rows as readonly (readonly (number | null)[])[]) : [];
}

function softmax(row: readonly (number | null)[]): readonly number[] {
  const values = row.map((value) => value ?? Number.NaN);
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function numberOf(value: Json | undefined, usual: number): number {
  return typeof value === 'number' ? value : usual;
}

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
}

function stringsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function timeOf(event: LoggedEvent | undefined): number | undefined {
  return event === undefined ? undefined : Date.parse(event.at);
}
