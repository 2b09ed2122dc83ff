/** The form of a comparison of runtimes: the options of `nascent parity` for the model of a run. */

import type { DataName } from '../../../data/registry.ts';
import { taskOf } from '../../../tasks/tasks.ts';
import { parityScreen, parityState } from '../parity/parity.ts';
import type { AnyScreen } from '../screen.ts';
import { screenOf } from '../screen.ts';
import type { Checked, FormPlan } from './field.ts';
import { formOf } from './form.ts';
import { notNegative, optionFields, optionWords, wholeNumber } from './option-field.ts';
import type { OptionRow } from './option-field.ts';

/** What the form has to ask others. */
export interface ParityDesk {
  readonly runtimes: readonly string[];
  /** The dataset of the run in a folder; undefined where that says none. */
  readonly dataOf: (run: string) => DataName | undefined;
  /** Why the model of a run cannot be compared. */
  readonly check: (run: string) => Checked;
}

/** @param run a folder that holds a model */
export function parityForm(desk: ParityDesk, run: string): AnyScreen {
  return formOf(parityPlan(desk, run));
}

export function parityPlan(desk: ParityDesk, run: string): FormPlan {
  const rows = rowsOf(desk, run);
  return {
    title: () => `Parity of ${run}`,
    fields: (answers) => optionFields(rows, answers),
    command: (answers) => ['parity', run, ...optionWords(rows, answers)],
    check: () => desk.check(run),
    actions: [
      {
        key: 'start',
        letter: 's',
        label: 'compare',
        help: 'run the model in every runtime, and watch how far they agree',
        meanwhile: 'comparing …',
        effect: (given) => ({ kind: 'command', given, saying: 'Parity:' }),
        opens: () => screenOf(parityScreen, parityState(run)),
      },
    ],
  };
}

function rowsOf({ runtimes, dataOf }: ParityDesk, run: string): readonly OptionRow[] {
  const data = dataOf(run);
  const isText = data !== undefined && taskOf(data).name === 'text';
  const known = new Set(runtimes);
  return [
    {
      name: 'runtimes',
      usual: 'every one that is ready',
      wrong: (text) => {
        const stranger = text.split(',').find((name) => !known.has(name.trim()));
        return stranger === undefined ? undefined : `there is no runtime ${JSON.stringify(stranger.trim())}`;
      },
      help: 'Compare only these, each of which must be ready.',
      facts: [`with commas between: ${runtimes.join(', ')}`],
    },
    ...(isText
      ? []
      : [
          {
            name: 'images',
            usual: '1000',
            unit: 'images',
            wrong: wholeNumber(1),
            help: 'How many test images are run, beside inputs from seeds.',
            facts: ['1 or more; usually 1000'],
          },
        ]),
    {
      name: 'from',
      usual: 'where the run had it',
      help: 'The folder that holds the dataset.',
      facts: ['a folder, or nothing for where the run had it, or the cache'],
    },
    {
      name: 'atol',
      usual: 'derived',
      wrong: notNegative,
      help: 'The absolute difference to allow.',
      facts: ['0 or more; usually derived from the model'],
    },
    {
      name: 'rtol',
      usual: 'derived',
      wrong: notNegative,
      help: 'The difference to allow as a share of the value.',
      facts: ['0 or more; usually derived from the model'],
    },
  ];
}
