/** The form of a derivation: the options of `nascent derive` for a search, finished or not. */

import type { TableRow } from '../../table.ts';
import type { AnyScreen } from '../screen.ts';
import type { FormPlan } from './field.ts';
import { formOf } from './form.ts';
import { optionFields, optionWords, wholeNumber } from './option-field.ts';
import type { OptionRow } from './option-field.ts';

/** What the form has to ask others. */
export interface DeriveDesk {
  /** Derives by the words of the command, and says what came of it. */
  readonly derived: (given: readonly string[]) => Promise<readonly TableRow[]>;
}

/** @param run the folder of a search */
export function deriveForm(desk: DeriveDesk, run: string): AnyScreen {
  return formOf(derivePlan(desk, run));
}

export function derivePlan(desk: DeriveDesk, run: string): FormPlan {
  return {
    title: () => `Cells of ${run}`,
    fields: (answers) => optionFields(rows, answers),
    command: (answers) => ['derive', run, ...optionWords(rows, answers)],
    check: () => ({}),
    actions: [
      {
        key: 'start',
        letter: 's',
        label: 'derive',
        help: 'derive the cells, and write them to the file if there is one',
        meanwhile: 'deriving …',
        effect: (given, what) => ({ kind: 'work', what, work: () => desk.derived(given) }),
      },
    ],
  };
}

const rows: readonly OptionRow[] = [
  {
    name: 'epoch',
    usual: 'the last checkpoint',
    wrong: wholeNumber(0),
    help: 'Derive the cells that the search had after this epoch.',
    facts: ['counted from 1, as on every screen; 0 is before the first'],
  },
  {
    name: 'max-skips',
    usual: 'as the search was told',
    wrong: wholeNumber(0),
    help: 'At most this many skip connections in the cell.',
    facts: ['0 or more, or nothing'],
  },
  {
    name: 'out',
    usual: 'not written',
    help: 'A file for the genotype, as JSON, that train --genotype takes.',
    facts: ['a file, or nothing'],
  },
];
