/** The form of a new run: what to search or to train, on what, and all its settings, as a command. */

import { datasetNamed, dataNames, howToGet, isDataName } from '../../../data/registry.ts';
import type { DataName } from '../../../data/registry.ts';
import { trainingFolder } from '../../../run/searched.ts';
import { readSetting, settingChoices, settingRange, settingText } from '../../../tasks/settings/read.ts';
import type { SettingKind, SettingsTable } from '../../../tasks/settings/table.ts';
import { settingsTables } from '../../../tasks/settings/tables.ts';
import type { Task, TaskName } from '../../../tasks/task.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import type { TableRow } from '../../table.ts';
import type { AnyScreen } from '../screen.ts';
import type { Action, Answers, Field, FormPlan } from './field.ts';
import { option } from './field.ts';
import { formOf } from './form.ts';
import { grouped } from './groups.ts';

export type Job = 'search' | 'train';

/** What is asked for, as options have it. */
export interface Asked {
  readonly job: Job;
  /** The run of a search whose cells are trained. */
  readonly run: string | undefined;
  /** Of that search, the epoch whose cells are trained, as it logs them: counted from 0. */
  readonly epoch: number | undefined;
  readonly genotype: string | undefined;
  readonly data: string | undefined;
  readonly from: string | undefined;
  readonly preset: string;
  readonly strategy: string | undefined;
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
  /** Why it cannot begin; undefined where nothing is known against it. */
  readonly wrong: (asked: Asked) => string | undefined;
  /** Measures how long it will take, and how much memory, by the words of its command. */
  readonly estimate: (given: readonly string[]) => Promise<readonly TableRow[]>;
}

/** @param answers what is answered from the beginning */
export function newRunForm(desk: RunDesk, answers: Answers = {}): AnyScreen {
  return formOf(runPlan(desk), answers);
}

/** The form to train the cells that the search in a folder found. */
export function trainForm(desk: RunDesk, run: string): AnyScreen {
  return newRunForm(desk, { job: 'train', run });
}

const what = 'what';
/** Shown in the place of a choice that leaves it to the command. */
const fastest = 'the fastest that is ready';

export function runPlan(desk: RunDesk): FormPlan {
  const free: Readonly<Record<Job, string>> = {
    search: desk.freeRun('search'),
    train: desk.freeRun('train'),
  };
  const plan: Meant['usual'] = { desk, free };
  return {
    title: (answers) => (jobOf(answers) === 'search' ? 'New search' : 'New training'),
    fields: (answers) => fieldsFor(meantBy(answers, plan), answers),
    command: (answers) => commandOf(askedBy(answers, plan)),
    actions: [
      startOf(desk, plan),
      {
        key: 'estimate',
        letter: 'e',
        label: 'estimate',
        help: 'measure on this machine how long it will take and how much memory, within about a minute; nothing is made',
        meanwhile: 'measuring …',
        wrong: (answers) => desk.wrong(askedBy(answers, plan)),
        effect: (given, name) => ({ kind: 'work', what: name, work: () => desk.estimate(given) }),
      },
    ],
  };
}

function startOf(desk: RunDesk, plan: Meant['usual']): Action {
  return {
    key: 'start',
    letter: 's',
    label: 'start',
    help: 'start it as a process of its own, which goes on without the interface, and watch it',
    meanwhile: 'starting …',
    wrong: (answers) => desk.wrong(askedBy(answers, plan)),
    effect: (given) => ({ kind: 'command', given, saying: 'Done:' }),
    runFolder: (answers) => meantBy(answers, plan).folder,
  };
}

/** What the answers mean, with what is usual where there are none. */
interface Meant {
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
  readonly engine: string;
  /** The folder that is answered; '' where it is left to the command. */
  readonly out: string;
  readonly folder: string;
}

function jobOf({ job }: Answers): Job {
  return job === 'train' ? 'train' : 'search';
}

function meantBy(answers: Answers, usual: Meant['usual']): Meant {
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
    const read = readSetting(table, key, text);
    const isSame = read.kind === 'value' && settingText(read.value) === settingText(base[key]);
    return isSame ? [] : [`${key}=${text.trim()}`];
  });
}

/** Options and settings do not share names by chance only: a setting may come to be called as an option is. */
function settingKey(key: string): string {
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
  'engine',
  'out',
]);

function commandOf(asked: Asked): readonly string[] {
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
    ...given('--engine', engine),
    ...set.flatMap((pair) => option('--set', pair)),
    ...given('--out', out),
  ];
}

function takesFrom(data: DataName): boolean {
  return datasetNamed(data).from !== null;
}

function fieldsFor(meant: Meant, answers: Answers): readonly Field[] {
  return [...optionFields(meant, answers), ...settingFields(meant, answers)];
}

function optionFields(meant: Meant, answers: Answers): readonly Field[] {
  const { job, run, genotype, answeredData, data, table, preset, strategy, engine, task, usual } = meant;
  const { desk } = usual;
  const ofRun = job === 'train' && run !== '';
  const row = datasetNamed(data);
  const strategies = desk.strategies(task.name);
  const usualPreset = task[job].preset(data);
  const fields: readonly (Omit<Field, 'group' | 'facts'> & Partial<Pick<Field, 'facts'>>)[] = [
    {
      key: 'job',
      label: 'do',
      text: job,
      choices: ['search', 'train'],
      differs: false,
      help: 'Search cells, or train the network of cells that there are.',
    },
    ...(job === 'train' ? cellFields(meant, answers) : []),
    {
      key: 'data',
      label: 'data',
      text: ofRun ? answeredData : data,
      ...(ofRun && answeredData === '' && { shown: `as the run (${data})` }),
      choices: ofRun ? ['', ...dataNames] : dataNames,
      differs: answeredData !== '' && (ofRun || answeredData !== 'cifar10'),
      help: `${row.title}: ${row.description}.`,
      facts: [`from: ${howToGet(row)}`],
    },
    ...(takesFrom(data)
      ? [
          {
            key: 'from',
            label: 'from',
            text: answers['from'] ?? '',
            differs: (answers['from'] ?? '').trim() !== '',
            wrong:
              data === 'text' && !ofRun && (answers['from'] ?? '').trim() === ''
                ? `expected ${row.from ?? ''}`
                : undefined,
            help: 'Where the dataset lies, if it is not in the cache.',
            facts: [row.from ?? ''],
          },
        ]
      : []),
    {
      key: 'preset',
      label: 'preset',
      text: preset,
      choices: Object.keys(table.presets),
      differs: preset !== usualPreset,
      help: (table.about as Readonly<Record<string, string>>)[preset] ?? '',
      facts: [`usually ${usualPreset}`],
    },
    ...(job === 'search' && strategies.length > 0
      ? [
          {
            key: 'strategy',
            label: 'strategy',
            text: strategy,
            choices: strategies,
            differs: strategy !== strategies[0],
            help: 'The method of search.',
            facts: [`usually ${strategies[0] ?? ''}`],
          },
        ]
      : []),
    {
      key: 'engine',
      label: 'engine',
      text: engine,
      ...(engine === '' && { shown: fastest }),
      choices: ['', ...desk.engines],
      differs: engine !== '',
      help: 'The runtime that computes.',
      facts: [`usually ${fastest}`],
    },
    outField(meant, answers),
  ];
  const isOne = (run === '') !== (genotype === '');
  const whole = fields.map((field): Field => ({ group: what, facts: [], ...field }));
  if (job === 'search' || isOne) return whole;
  const wrong =
    run === '' ? 'expected the folder of a search, or a genotype' : 'expected a run or a genotype, not both';
  return whole.map((field) =>
    field.key === 'run' && field.wrong === undefined ? { ...field, wrong } : field,
  );
}

function outField({ run, folder, usual, job }: Meant, answers: Answers): Omit<Field, 'group'> {
  const text = answers['out'] ?? folder;
  const usually = job === 'train' && run !== '' ? trainingFolder(run) : usual.free[job];
  return {
    key: 'out',
    label: 'out',
    text,
    differs: text.trim() !== usually,
    wrong: text.trim() === '' ? 'expected a folder' : undefined,
    help: 'The run folder to make.',
    facts: [`usually ${usually}`],
  };
}

/** What is wrong with an epoch as it was typed. */
function wrongEpoch(text: string): string | undefined {
  return text === '' || (/^(-1|\d+)$/.test(text) && Number.isSafeInteger(Number(text)))
    ? undefined
    : 'expected a whole number from -1, or nothing';
}

function cellFields({ run, epoch, genotype }: Meant, answers: Answers): readonly Omit<Field, 'group'>[] {
  return [
    {
      key: 'run',
      label: 'run',
      text: answers['run'] ?? '',
      differs: run !== '',
      wrong: run.startsWith('-') ? 'expected the folder of a search' : undefined,
      help: 'The search whose cells are trained.',
      facts: ['the folder of a search'],
    },
    ...(run === ''
      ? []
      : [
          {
            key: 'epoch',
            label: 'epoch',
            text: answers['epoch'] ?? '',
            ...(epoch === '' && { shown: 'the cells that it came to' }),
            differs: epoch !== '',
            wrong: wrongEpoch(epoch),
            help: 'Train the cells that the search had after this epoch instead, also of one that was stopped.',
            facts: ['counted from 0, -1 is before the first'],
          },
        ]),
    {
      key: 'genotype',
      label: 'genotype',
      text: answers['genotype'] ?? '',
      differs: genotype !== '',
      help: 'Cells instead of a run: a published name such as DARTS_V2, a file, or the notation itself.',
      facts: ['a name, a file, or notation'],
    },
  ];
}

function settingFields({ table, base, preset, job }: Meant, answers: Answers): readonly Field[] {
  const rows = table.rows as Readonly<Record<string, SettingKind<unknown>>>;
  return grouped(Object.keys(rows), job).flatMap(({ key, group }) => {
    const row = rows[key];
    if (row === undefined) return [];
    const usual = settingText(base[key]);
    const text = answers[settingKey(key)] ?? usual;
    const read = readSetting(table, key, text);
    const choices = settingChoices(table, key);
    return [
      {
        key: settingKey(key),
        group,
        label: key,
        text,
        ...(choices !== undefined && { choices }),
        unit: row.unit,
        differs: read.kind === 'wrong' || settingText(read.value) !== usual,
        wrong: read.kind === 'wrong' ? read.why : undefined,
        help: row.help,
        facts: [
          `${settingRange(table, key)}${row.unit === null ? '' : ` ${row.unit}`}`,
          `${preset}: ${usual}`,
          row.source,
        ],
      },
    ];
  });
}
