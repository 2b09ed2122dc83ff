/** The form of a new run: what to search or to train, on what, and all its settings, as a command. */

import { join } from 'node:path';

import { seedsIn } from '../../../tasks/settings/seeds.ts';
import { counted } from '../../format.ts';
import type { AnyScreen } from '../screen.ts';
import { askedBy, commandOf, jobOf, meantBy, settingKey } from './asked.ts';
import type { Job, Meant, RunDesk } from './asked.ts';
import type { Action, Answers, FormPlan } from './field.ts';
import { formOf } from './form.ts';
import { fieldsFor } from './run-fields.ts';
import { answerOf, readAnswer } from './setting-words.ts';

/** @param answers what is answered from the beginning */
export function newRunForm(desk: RunDesk, answers: Answers = {}): AnyScreen {
  return formOf(runPlan(desk), answers);
}

/**
 * The form to train the cells that the search in a folder found.
 *
 * @param answers what else is answered from the beginning
 */
export function trainForm(desk: RunDesk, run: string, answers: Answers = {}): AnyScreen {
  return newRunForm(desk, { job: 'train', run, ...answers });
}

function runPlan(desk: RunDesk): FormPlan {
  const free: Readonly<Record<Job, string>> = {
    search: desk.freeRun('search'),
    train: desk.freeRun('train'),
  };
  const plan: Meant['usual'] = { desk, free };
  return {
    title: (answers) => (jobOf(answers) === 'search' ? 'New search' : 'New training'),
    fields: (answers) => fieldsFor(meantBy(answers, plan), answers),
    command: (answers) => commandOf(askedBy(answers, plan)),
    check: (answers) => desk.check(askedBy(answers, plan)),
    renewed: () => runPlan(desk),
    actions: [
      startOf(plan),
      {
        key: 'estimate',
        letter: 'e',
        label: 'estimate',
        help: 'measure on this machine how long it will take and how much memory, within about a minute; nothing is made',
        meanwhile: 'measuring …',
        wrong: ({ seeds = '' }) =>
          seeds.trim() === ''
            ? undefined
            : { field: 'seeds', message: 'an estimate is of one search. Leave seeds out to measure it.' },
        // Nobody wants to know once the form is left.
        effect: (given, name) => ({
          kind: 'work',
          what: name,
          whileNeeded: true,
          work: (ended, say) => desk.estimate(given, ended, say),
        }),
      },
    ],
  };
}

function startOf(plan: Meant['usual']): Action {
  return {
    key: 'start',
    letter: 's',
    label: 'start',
    help: 'start it as a process of its own, which goes on without the interface, and watch it',
    meanwhile: 'starting …',
    before: (answers) => whatStarts(meantBy(answers, plan), answers),
    effect: (given) => ({ kind: 'command', given, saying: 'Done:' }),
    runFolder: (answers) => firstRun(meantBy(answers, plan)),
  };
}

/** Said before it is started by a letter: `s` means other things elsewhere, and a search may take days. */
function whatStarts({ job, data, preset, table, base, seeds }: Meant, answers: Answers): string {
  const key = settingKey('epochs');
  const read = readAnswer(table, 'epochs', answers[key] ?? answerOf(base['epochs']));
  const epochs = read.kind === 'value' ? counted(Number(read.value), 'epoch') : '';
  const what = [`a ${job === 'search' ? 'search' : 'training'} on ${data}, preset ${preset}`, epochs].join(
    ', ',
  );
  const each = seeds === '' ? what : `${what}, for each of the seeds ${seeds}`;
  return `s again starts ${each}. e measures first how long it takes.`;
}

/** Searches from several seeds are beside each other in their folder; the first of them is shown. */
function firstRun({ folder, seeds }: Meant): string {
  const [first] = seedsIn(seeds) ?? [];
  return first === undefined ? folder : join(folder, `seed-${first}`);
}
