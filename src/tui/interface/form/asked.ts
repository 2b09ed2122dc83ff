/** What the answers to the form of a new run mean: the settings and options that are asked for, and the command. */

import { datasetNamed, isDataName } from '../../../data/registry.ts';
import type { DataName } from '../../../data/registry.ts';
import { trainingFolder } from '../../../run/searched.ts';
import type { SettingsTable } from '../../../tasks/settings/table.ts';
import { settingsTables } from '../../../tasks/settings/tables.ts';
import type { Task, TaskName } from '../../../tasks/task.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import type { TableRow } from '../../table.ts';
import type { Answers, Checked } from './field.ts';
import { option } from './field.ts';
import { answerOf, readAnswer, typedValue } from './setting-words.ts';

export type Job = 'search' | 'train';

/** What is asked for, as options have it. */
export interface Asked {
  readonly job: Job;
  /** The run of a search whose cells are trained. */
  readonly run: string | undefined;
  /** Of that search, the epoch whose cells are trained, counted from 1; 0 is before the first. */
  readonly epoch: number | undefined;
  readonly genotype: string | undefined;
  readonly data: string | undefined;
  readonly from: string | undefined;
  readonly preset: string;
  readonly strategy: string | undefined;
  readonly deterministic: boolean;
  /** Searches from several seeds, as they are listed, and what each cell is trained with. */
  readonly seeds: string | undefined;
  readonly retrain: string | undefined;
  readonly retrainSet: readonly string[];
  readonly engine: string | undefined;
  readonly set: readonly string[];
  readonly out: string | undefined;
}

/** What the form has to ask others: it is in files, or in rooms that the interface does not know. */
export interface RunDesk {
  readonly engines: readonly string[];
  /** The methods of search, where there is a choice; the first is the usual one. */
  readonly strategies: (task: TaskName) => readonly string[];
  /** The dataset of the run in a folder; undefined where that says none. */
  readonly dataOf: (run: string) => DataName | undefined;
  /** The folder that a run goes to if none is named. */
  readonly freeRun: (job: Job) => string;
  /** Why it cannot begin, where something is known against it, and what a step needs. */
  readonly check: (asked: Asked) => Checked;
  /** Measures how long it will take, and how much memory, by the words of its command. */
  readonly estimate: (
    given: readonly string[],
    ended: AbortSignal,
    say: (text: string) => void,
  ) => Promise<readonly TableRow[]>;
}

/** What the answers mean, with what is usual where there are none. */
export interface Meant {
  readonly usual: { readonly desk: RunDesk; readonly free: Readonly<Record<Job, string>> };
  readonly job: Job;
  readonly run: string;
  readonly epoch: string;
  readonly genotype: string;
  /** The dataset that is answered; '' where it is left to the run. */
  readonly answeredData: string;
  readonly data: DataName;
  readonly task: Task;
  readonly table: SettingsTable;
  readonly preset: string;
  /** Values of the preset. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly strategy: string;
  readonly deterministic: boolean;
  readonly seeds: string;
  /** '' where it is left to the command. */
  readonly retrain: string;
  readonly retrainSet: string;
  readonly engine: string;
  /** The folder that is answered; '' where it is left to the command. */
  readonly out: string;
  readonly folder: string;
}

export function jobOf({ job }: Answers): Job {
  return job === 'train' ? 'train' : 'search';
}

export function meantBy(answers: Answers, usual: Meant['usual']): Meant {
  const { desk, free } = usual;
  const job = jobOf(answers);
  const run = job === 'train' ? (answers['run'] ?? '').trim() : '';
  const genotype = job === 'train' ? (answers['genotype'] ?? '').trim() : '';
  const epoch = run === '' ? '' : (answers['epoch'] ?? '').trim();
  const own = run === '' ? undefined : desk.dataOf(run);
  const given = answers['data'] ?? '';
  const answeredData = isDataName(given) ? given : '';
  const data = isDataName(given) ? given : (own ?? 'cifar10');
  const task = taskOf(data);
  const table = settingsTables.find((each) => each.job === job && each.task === task.name);
  if (table === undefined) throw new Error(`internal: no settings to ${job} on ${task.name}`);
  const presets = table.presets as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const asked = answers['preset'] ?? '';
  const preset = Object.hasOwn(presets, asked) ? asked : task[job].preset(data);
  const strategies = desk.strategies(task.name);
  const out = (answers['out'] ?? '').trim();
  const seeds = job === 'search' ? (answers['seeds'] ?? '').trim() : '';
  const retrain = answers['retrain'] ?? '';
  const isRetraining = Object.hasOwn(task.train.presets, retrain);
  return {
    usual,
    job,
    run,
    epoch,
    genotype,
    answeredData,
    data,
    task,
    table,
    preset,
    base: presets[preset] ?? {},
    strategy: strategies.find((each) => each === answers['strategy']) ?? strategies[0] ?? '',
    deterministic: job === 'search' && answers['deterministic'] === 'yes',
    seeds,
    retrain: seeds === '' || !isRetraining ? '' : retrain,
    retrainSet: seeds === '' ? '' : (answers['retrain_set'] ?? '').trim(),
    engine: desk.engines.find((each) => each === answers['engine']) ?? '',
    out,
    folder: out === '' ? (run === '' ? free[job] : trainingFolder(run)) : out,
  };
}

export function askedBy(answers: Answers, usual: Meant['usual']): Asked {
  const meant = meantBy(answers, usual);
  const { job, run, epoch, genotype, answeredData, data, preset, strategy, engine, out, folder, task } =
    meant;
  const from = takesFrom(data) ? (answers['from'] ?? '').trim() : '';
  const [usualStrategy = ''] = usual.desk.strategies(task.name);
  return {
    job,
    run: orUndefined(run),
    epoch: epoch === '' || wrongEpoch(epoch) !== undefined ? undefined : Number(epoch),
    genotype: orUndefined(genotype),
    data: job === 'train' && run !== '' ? orUndefined(answeredData) : data,
    from: orUndefined(from),
    preset,
    strategy: job === 'search' && strategy !== usualStrategy ? strategy : undefined,
    deterministic: meant.deterministic,
    seeds: orUndefined(meant.seeds),
    retrain: orUndefined(meant.retrain),
    retrainSet: meant.retrainSet.split(/\s+/).filter((pair) => pair !== ''),
    engine: orUndefined(engine),
    set: pairs(meant, answers),
    // Where the command chooses it by itself, somebody else may be given the same folder.
    out: job === 'train' && run !== '' ? orUndefined(out) : folder,
  };
}

function orUndefined(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** The settings that are not as the preset has them, as `--set` takes them. */
function pairs({ table, base }: Meant, answers: Answers): readonly string[] {
  return Object.keys(table.rows).flatMap((key) => {
    const text = answers[settingKey(key)];
    if (text === undefined) return [];
    const read = readAnswer(table, key, text);
    const isSame = read.kind === 'value' && answerOf(read.value) === answerOf(base[key]);
    return isSame ? [] : [`${key}=${typedValue(table, key, text)}`];
  });
}

/** Options and settings do not share names by chance only: a setting may come to be called as an option is. */
export function settingKey(key: string): string {
  return optionKeys.has(key) ? `set.${key}` : key;
}

const optionKeys: ReadonlySet<string> = new Set([
  'job',
  'run',
  'epoch',
  'genotype',
  'data',
  'from',
  'preset',
  'strategy',
  'deterministic',
  'seeds',
  'retrain',
  'retrain_set',
  'engine',
  'out',
]);

export function commandOf(asked: Asked): readonly string[] {
  const { job, run, epoch, genotype, data, from, preset, strategy, engine, set, out } = asked;
  const given = (name: string, value: string | undefined) => (value === undefined ? [] : option(name, value));
  return [
    job,
    ...(run === undefined ? [] : [run]),
    ...given('--epoch', epoch === undefined ? undefined : String(epoch)),
    ...given('--genotype', genotype),
    ...given('--data', data),
    ...given('--from', from),
    '--preset',
    preset,
    ...given('--strategy', strategy),
    ...(asked.deterministic ? ['--deterministic'] : []),
    ...given('--seeds', asked.seeds),
    ...given('--retrain', asked.retrain),
    ...asked.retrainSet.flatMap((pair) => option('--retrain-set', pair)),
    ...given('--engine', engine),
    ...set.flatMap((pair) => option('--set', pair)),
    ...given('--out', out),
  ];
}

export function takesFrom(data: DataName): boolean {
  return datasetNamed(data).from !== null;
}

/** What is wrong with an epoch as it was typed. */
export function wrongEpoch(text: string): string | undefined {
  return text === '' || (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)))
    ? undefined
    : 'expected a whole number from 0, or nothing';
}
