/** What a form is made of: fields, which are computed from the answers, and actions, which do something with them. */

import type { TableRow } from '../../table.ts';
import type { AnyScreen, Effect } from '../screen.ts';

/**
 * What was answered, by the key of the field, as it was typed. What nobody touched is not in it, and is as it usually is.
 */
export type Answers = Readonly<Record<string, string>>;

export interface Field {
  readonly key: string;
  /** The heading that it is below. */
  readonly group: string;
  readonly label: string;
  /** As it stands: what was answered, or what is usual. */
  readonly text: string;
  /** How the text is shown, where it is not shown as it is. */
  readonly shown?: string;
  /** What it is one of; what is typed where there are none. */
  readonly choices?: readonly string[];
  /** Of a number. */
  readonly unit?: string | null;
  /** Whether it is not as it would be if nobody had touched it. */
  readonly differs: boolean;
  /** What is wrong with it by itself. */
  readonly wrong?: string | undefined;
  readonly help: string;
  /** Range, source, and what is usual. */
  readonly facts: readonly string[];
}

/** What is wrong with answers together, where each is right by itself. */
export interface Wrong {
  /** What it is, and what to do. */
  readonly message: string;
  /** The key of the field that it is about; where it is not said, the one that the message names. */
  readonly field?: string;
}

/** What is known of answers before anything is begun. */
export interface Checked {
  readonly wrong?: Wrong | undefined;
  /** What they mean for this machine, such as the memory of a step. */
  readonly note?: string | undefined;
}

/** Something that a form does with its answers. */
export interface Action {
  readonly key: string;
  /** The letter that does it, outside of what is typed. */
  readonly letter: string;
  readonly label: string;
  readonly help: string;
  /** Said while it goes on: `measuring …`. */
  readonly meanwhile: string;
  /** Said when its letter is pressed elsewhere on the form, which only goes to it then: the letter again does it. */
  readonly before?: (answers: Answers) => string;
  /** Why these answers are not for it, though others are fine with them; undefined where they are. */
  readonly wrong?: (answers: Answers) => Wrong | undefined;
  /** @param given the words of the command */
  readonly effect: (given: readonly string[], what: string) => Effect;
  /** The run folder that comes of it, which is shown as soon as it is there. */
  readonly runFolder?: (answers: Answers) => string;
  /** The screen that takes the place of the form at once. */
  readonly opens?: () => AnyScreen;
}

/** A form: what it asks, and the command that the answers stand for. */
export interface FormPlan {
  readonly title: (answers: Answers) => string;
  readonly fields: (answers: Answers) => readonly Field[];
  /** The words after `nascent`. */
  readonly command: (answers: Answers) => readonly string[];
  /** Looks at the answers together, where each is right by itself. It may look at files. */
  readonly check: (answers: Answers) => Checked;
  readonly actions: readonly Action[];
  /** The same form, with what it once took from files looked up again: somebody may have taken the folder of a run. */
  readonly renewed?: () => FormPlan;
}

/** What came of an action. */
export interface Found {
  /** The command that it was done with. */
  readonly command: string;
  readonly bad: boolean;
  readonly rows: readonly TableRow[];
}

/** An option and its value, as words of a command. */
export function option(name: string, value: string): readonly string[] {
  // A value that begins with a dash would be taken for another option.
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}
