/** The fields of the form of a new run: its options first, then every setting of what is asked for. */

import { datasetNamed, dataNames, howToGet } from '../../../data/registry.ts';
import { trainingFolder } from '../../../run/searched.ts';
import type { SettingKind } from '../../../tasks/settings/table.ts';
import { seedsHelp, seedsIn } from '../../../tasks/settings/seeds.ts';
import { settingKey, takesFrom, wrongEpoch } from './asked.ts';
import type { Meant } from './asked.ts';
import type { Answers, Field } from './field.ts';
import { grouped } from './groups.ts';
import { answerChoices, answerOf, answerRange, inWords, readAnswer, shownAnswer } from './setting-words.ts';

const what = 'what';
/** Shown in the place of a choice that leaves it to the command. */
const fastest = 'the fastest that is ready';

export function fieldsFor(meant: Meant, answers: Answers): readonly Field[] {
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
    ...(job === 'search' ? seedFields(meant, answers) : []),
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

/** What a search can be told beside its settings. */
function seedFields(
  { deterministic, seeds, retrain, task, data }: Meant,
  answers: Answers,
): readonly Omit<Field, 'group'>[] {
  const usual = task.train.preset(data);
  return [
    {
      key: 'deterministic',
      label: 'deterministic',
      text: deterministic ? 'yes' : 'no',
      choices: ['no', 'yes'],
      differs: deterministic,
      help: 'Ask for deterministic kernels. Initial weights, order of the data and random draws come from the seed alone anyway.',
      facts: ['usually no'],
    },
    {
      key: 'seeds',
      label: 'seeds',
      text: answers['seeds'] ?? '',
      ...(seeds === '' && { shown: 'one search, from the seed below' }),
      differs: seeds !== '',
      wrong: seeds === '' || seedsIn(seeds) !== undefined ? undefined : `expected ${seedsHelp}`,
      help: 'The paper’s protocol: a search for each seed, each cell trained briefly, the best by data that were held back.',
      facts: [seedsHelp, 'DARTS, section 3.1'],
    },
    ...(seeds === ''
      ? []
      : [
          {
            key: 'retrain',
            label: 'retrain',
            text: retrain,
            ...(retrain === '' && { shown: `${usual} (default)` }),
            choices: ['', ...Object.keys(task.train.presets)],
            differs: retrain !== '',
            help: 'The preset that the cell of each seed is trained with.',
            facts: [`usually ${usual}`],
          },
          {
            key: 'retrain_set',
            label: 'retrain_set',
            text: answers['retrain_set'] ?? '',
            differs: (answers['retrain_set'] ?? '').trim() !== '',
            help: 'Settings of that preset to change.',
            facts: ['name=value, with spaces between, such as epochs=10 layers=6'],
          },
        ]),
  ];
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
            facts: ['counted from 1, as on every screen; 0 is before the first'],
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
    const usual = answerOf(base[key]);
    const text = answers[settingKey(key)] ?? usual;
    const read = readAnswer(table, key, text);
    const choices = answerChoices(table, key);
    return [
      {
        key: settingKey(key),
        group,
        label: key,
        text,
        ...(read.kind === 'value' && read.value === null && { shown: shownAnswer(row, null) }),
        ...(choices !== undefined && { choices }),
        unit: row.unit,
        differs: read.kind === 'wrong' || answerOf(read.value) !== usual,
        wrong: read.kind === 'wrong' ? read.why : undefined,
        help: inWords(row.help),
        facts: [
          `${answerRange(table, key)}${row.unit === null ? '' : ` ${row.unit}`}`,
          `${preset}: ${shownAnswer(row, base[key])}`,
          row.source,
        ],
      },
    ];
  });
}
