/** The form of an export: the options of `nascent export` for a run that was trained. */

import type { DataName } from '../../../data/registry.ts';
import { textSizes } from '../../../tasks/text/shared-settings.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import type { TableRow } from '../../table.ts';
import type { AnyScreen } from '../screen.ts';
import type { Answers, Field, FormPlan } from './field.ts';
import { option } from './field.ts';
import { formOf } from './form.ts';

/** What the form has to ask others. */
export interface ExportDesk {
  /** The first is the usual one, of each. */
  readonly opsets: readonly string[];
  readonly checkpoints: readonly string[];
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
  const isText = data !== undefined && taskOf(data).name === 'text';
  return {
    title: () => `Export of ${run}`,
    fields: (answers) => fieldsFor(desk, isText, answers),
    command(answers) {
      const given = (name: string) => {
        const text = (answers[name] ?? '').trim();
        return text === '' ? [] : option(`--${name}`, text);
      };
      const opset = (answers['opset'] ?? '') === desk.opsets[0] ? [] : given('opset');
      const unroll = isText ? given('unroll') : [];
      return ['export', run, ...given('checkpoint'), ...opset, ...unroll, ...given('out')];
    },
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

const group = 'what';

function fieldsFor(desk: ExportDesk, isText: boolean, answers: Answers): readonly Field[] {
  const { checkpoint = '', opset = desk.opsets[0] ?? '', out = '', unroll = '' } = answers;
  const usual = isText ? 'best' : 'last';
  return [
    {
      key: 'checkpoint',
      group,
      label: 'checkpoint',
      text: checkpoint,
      ...(checkpoint === '' && { shown: `as usual (${usual})` }),
      choices: ['', ...desk.checkpoints],
      differs: checkpoint !== '',
      help: 'Which checkpoint of the run is written.',
      facts: [`usually ${usual}`],
    },
    {
      key: 'opset',
      group,
      label: 'opset',
      text: opset,
      choices: desk.opsets,
      differs: opset !== desk.opsets[0],
      help: 'The ONNX operator set.',
      facts: [`usually ${desk.opsets[0] ?? ''}`],
    },
    ...(isText
      ? [
          {
            key: 'unroll',
            group,
            label: 'unroll',
            text: unroll,
            ...(unroll === '' && { shown: 'not unrolled' }),
            unit: 'steps',
            differs: unroll.trim() !== '',
            wrong: wrongSteps(unroll.trim()),
            help: 'A fixed number of steps without control flow, instead of a Scan over texts of any length.',
            facts: [`${textSizes.steps[0]} to ${textSizes.steps[1]} steps, or nothing`],
          },
        ]
      : []),
    {
      key: 'out',
      group,
      label: 'out',
      text: out,
      ...(out.trim() === '' && {
        shown: `in the run folder: ${unroll.trim() === '' ? 'model.onnx' : 'model-unrolled.onnx'}`,
      }),
      differs: out.trim() !== '',
      help: 'The file to write; a vocabulary goes beside it.',
      facts: ['a file, or nothing for the run folder'],
    },
  ];
}

function wrongSteps(text: string): string | undefined {
  const [least, most] = textSizes.steps;
  const value = Number(text);
  return text === '' || (/^\d+$/.test(text) && value >= least && value <= most)
    ? undefined
    : `expected a whole number of steps from ${least} to ${most}`;
}
