/** The form of an export: the options of `nascent export` for a run that was trained. */

import type { DataName } from '../../../data/registry.ts';
import { textSizes } from '../../../tasks/text/shared-settings.ts';
import type { TaskName } from '../../../tasks/task.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import type { TableRow } from '../../table.ts';
import type { AnyScreen } from '../screen.ts';
import type { Answers, FormPlan } from './field.ts';
import { formOf } from './form.ts';
import { optionFields, optionWords, wholeNumber } from './option-field.ts';
import type { OptionRow } from './option-field.ts';

/** Something that an export can be asked to do with the model. */
export interface ExportPass {
  /** As it is typed, after `--`. */
  readonly option: string;
  readonly help: string;
  readonly task: 'images' | 'any';
  /** Whether it is told a number. */
  readonly counts: boolean;
}

/** How a model can be written. */
export interface ExportFormat {
  /** As it is typed, after `--format`. */
  readonly name: string;
  readonly help: string;
  /** What it is called in the run folder, of a model that is called so. */
  readonly nameOf: (model: string) => string;
  /** Why it is not for models of this task; undefined where it is. */
  readonly refusal: (task: TaskName) => string | undefined;
}

/** What the form has to ask others. */
export interface ExportDesk {
  /** The first is the usual one. */
  readonly opsets: readonly string[];
  readonly checkpoints: readonly string[];
  /** The first is the usual one. */
  readonly formats: readonly ExportFormat[];
  readonly passes: readonly ExportPass[];
  /** How int8 is calibrated; the first is the usual way. */
  readonly calibrations: readonly string[];
  /** The dataset of the run in a folder; undefined where that says none. */
  readonly dataOf: (run: string) => DataName | undefined;
  /** Writes the file by the words of the command, and says what it wrote. */
  readonly exported: (given: readonly string[]) => Promise<readonly TableRow[]>;
}

/** @param run the folder of a training, or of a search that was trained */
export function exportForm(desk: ExportDesk, run: string): AnyScreen {
  return formOf(exportPlan(desk, run));
}

export function exportPlan(desk: ExportDesk, run: string): FormPlan {
  const data = desk.dataOf(run);
  const task = data === undefined ? undefined : taskOf(data).name;
  return {
    title: () => `Export of ${run}`,
    fields: (answers) => optionFields(rowsOf(desk, task, answers), answers),
    command: (answers) => ['export', run, ...optionWords(rowsOf(desk, task, answers), answers)],
    check: () => ({}),
    actions: [
      {
        key: 'start',
        letter: 's',
        label: 'export',
        help: 'write the file',
        meanwhile: 'writing …',
        effect: (given, what) => ({ kind: 'work', what, work: () => desk.exported(given) }),
      },
    ],
  };
}

function rowsOf(
  desk: ExportDesk,
  task: TaskName | undefined,
  { unroll = '', format: asked }: Answers,
): readonly OptionRow[] {
  const [usualOpset = '', ...otherOpsets] = desk.opsets;
  const [usualFormat, ...otherFormats] = desk.formats.filter(
    ({ refusal }) => task === undefined || refusal(task) === undefined,
  );
  const format = desk.formats.find(({ name }) => name === asked) ?? usualFormat;
  const written = format?.nameOf(unroll.trim() === '' ? 'model' : 'model-unrolled') ?? '';
  const usualCheckpoint = task === 'text' ? 'best' : 'last';
  const [least, most] = textSizes.steps;
  return [
    {
      name: 'checkpoint',
      choices: desk.checkpoints,
      usual: `${usualCheckpoint} (default)`,
      help: 'Which checkpoint of the run is written.',
      facts: [`usually ${usualCheckpoint}`],
    },
    {
      name: 'opset',
      choices: otherOpsets,
      usual: usualOpset,
      help: 'The ONNX operator set.',
      facts: [`usually ${usualOpset}`],
    },
    ...(task === 'text'
      ? [
          {
            name: 'unroll',
            usual: 'not unrolled',
            unit: 'steps',
            wrong: wholeNumber(least, most),
            help: 'A fixed number of steps without control flow, instead of a Scan over texts of any length.',
            facts: [`${least} to ${most} steps, or nothing`],
          },
        ]
      : []),
    ...desk.passes.filter((pass) => pass.task === 'any' || task !== 'text').map(passRow),
    int8Row(task),
    ...(task === 'text' ? [] : int8Rows(desk)),
    {
      name: 'format',
      choices: otherFormats.map(({ name }) => name),
      usual: usualFormat?.name ?? '',
      help: `How it is written: ${format?.help ?? ''}.`,
      facts: [usualFormat, ...otherFormats].map((each) => `${each?.name}: ${each?.help}`),
    },
    {
      name: 'external-data',
      choices: ['yes'],
      usual: 'no',
      help: 'Weights in a file beside the model.',
      facts: ['usually no'],
    },
    {
      name: 'out',
      usual: `in the run folder: ${written}`,
      help: 'The file or folder to write; a vocabulary goes beside it.',
      facts: ['a path, or nothing for the run folder'],
    },
  ];
}

function int8Row(task: TaskName | undefined): OptionRow {
  return {
    name: 'int8',
    choices: ['yes'],
    usual: 'no',
    help:
      task === 'text'
        ? 'Weights and products in 8 bits, ranges found as the model runs; state and biases stay in float32.'
        : 'Weights and arithmetic in 8 bits, batch norm folded; calibrated on training images.',
    facts: ['usually no'],
  };
}

/** What only a model with samples to calibrate on is told. */
function int8Rows({ calibrations: [usual = '', ...others] }: ExportDesk): readonly OptionRow[] {
  return [
    {
      name: 'calibration',
      choices: others,
      usual,
      help: 'Of int8: which part of what a value is on samples 8 bits are spread over.',
      facts: [`usually ${usual}, all of it`],
    },
    {
      name: 'keep-float',
      usual: 'nothing',
      help: 'Of int8 and fp16: what stays in float32, with commas between: names of nodes, how names begin, ops; of int8 also a number, so many of the noisiest.',
      facts: ['cells.0,Gemm or nothing'],
    },
  ];
}

function passRow({ option, help, counts }: ExportPass): OptionRow {
  const row = { name: option, usual: 'no', help: `${help.slice(0, 1).toUpperCase()}${help.slice(1)}.` };
  return counts
    ? { ...row, wrong: wholeNumber(1), facts: ['1 or more, or nothing'] }
    : { ...row, choices: ['yes'], facts: ['usually no'] };
}
