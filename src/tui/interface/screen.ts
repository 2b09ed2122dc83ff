/**
 * A screen of the interface: what is on it, as a state; its keys; what it must be told of. Pure: what has to be done to
 * the world is an effect, which the interface carries out (`run-interface.ts`), and what comes of it is news.
 *
 * One table of keys is dispatch, footer and help: a key that does something is in it, and one that cannot act now says
 * why.
 */

import type { ControlCommand } from '../../run/artefacts/events.ts';
import type { ListedRun } from '../../run/list-runs.ts';
import type { Watched } from '../../run/watch.ts';
import type { Look } from '../theme.ts';
import type { MachineUse } from './machine.ts';

/** What the interface is to do. */
export type Effect =
  /** Tells the process of a run. What it answers is news. */
  | { readonly kind: 'control'; readonly run: string; readonly command: ControlCommand }
  /**
   * Runs `nascent` with these arguments as a process of its own, which outlives the interface. When it ends well `saying`
   * is said and the last line that it printed, and when not, its error.
   */
  | { readonly kind: 'command'; readonly given: readonly string[]; readonly saying?: string }
  /**
   * Work of this process, such as reading two runs; its value is news for the screen that asked. It is ended when no screen
   * needs it any more, if it is of use to a screen alone.
   */
  | {
      readonly kind: 'work';
      readonly what: string;
      readonly whileNeeded?: true;
      /** @param say how far it is */
      readonly work: (ended: AbortSignal, say: (text: string) => void) => Promise<unknown>;
    };

/** What a screen is told. */
export type News =
  | { readonly kind: 'watched'; readonly watched: Watched }
  | {
      readonly kind: 'listed';
      readonly folder: string;
      readonly runs: readonly ListedRun[];
      /** Why they cannot be listed. A folder that is not there holds none, which is nothing wrong. */
      readonly trouble?: string | undefined;
    }
  | { readonly kind: 'machine'; readonly use: MachineUse }
  /** What came of an effect `work`, or of a command. */
  | { readonly kind: 'worked'; readonly what: string; readonly value: unknown }
  | { readonly kind: 'failed'; readonly what: string; readonly message: string }
  /** How far an effect `work` is. */
  | { readonly kind: 'working'; readonly what: string; readonly text: string };

/** What a screen wants to be told of while it is on top. */
export interface Needs {
  /** Run folders to watch. */
  readonly runs?: readonly string[];
  /** A folder whose runs to list. */
  readonly folder?: string;
  /** The process whose use of the machine matters. */
  readonly machine?: { readonly pid: number; readonly host: string } | 'this machine' | undefined;
  /** Work that was asked for, by name; also while other screens are over this one. */
  readonly work?: readonly string[];
}

/** A key as it was pressed: `a`, `Q`, `left`, `return`, `escape`, `tab`, `shift-tab`, `space`, `ctrl-c`. */
export type Key = string;

/** What a key brings about; what is left out stays as it is. */
export interface Step<S> {
  readonly state?: S;
  readonly effects?: readonly Effect[];
  /** A screen to open over this one. */
  readonly open?: AnyScreen;
  readonly close?: true;
  /** A question, answered by y; anything else is no. */
  readonly ask?: { readonly text: string; readonly yes: readonly Effect[]; readonly close?: true };
  /** Said at the foot of the screen, above the keys, for a while or until the next key. */
  readonly say?: string;
}

export interface KeyRow<S> {
  /** `any` for whatever is typed. */
  readonly keys: readonly Key[];
  /** How the keys are written: `←→`, `1–5`. */
  readonly shown: string;
  /** One or two words, for the footer; without, it is in the help alone. */
  readonly label?: string | ((state: S) => string);
  readonly help: string;
  /** Why it cannot act now. */
  readonly blocked?: (state: S) => string | undefined;
  readonly press: (state: S, key: Key, at: Moment) => Step<S>;
}

/** What a key is pressed in. */
export interface Moment {
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly look: Look;
}

/** A sign, as it is shown, and what it means. */
export type LegendRow = readonly [shown: string, meaning: string];

/** How a kind of screen works. Its view is in `views.tsx`, which draws with React. */
export interface ScreenKind<S> {
  readonly name: string;
  readonly title: (state: S) => string;
  readonly keys: (state: S) => readonly KeyRow<S>[];
  /** What signs on it mean that do not say so themselves, below the keys in the help. */
  readonly legend?: readonly LegendRow[];
  readonly needs: (state: S) => Needs;
  readonly told: (state: S, news: News) => S;
  /** The screen that takes its place, once there is one: a form becomes the run that it started. */
  readonly becomes?: (state: S) => AnyScreen | undefined;
}

/** A key as it is told of: in the footer and the help. */
export interface ShownKey extends Pick<KeyRow<unknown>, 'keys' | 'shown' | 'help'> {
  readonly label?: string;
  /** Why it cannot act now; undefined where it can. */
  readonly blocked: string | undefined;
}

/** A screen with its state, whatever kind it is of. */
export interface AnyScreen {
  readonly name: string;
  readonly title: string;
  readonly state: unknown;
  readonly keys: readonly ShownKey[];
  readonly legend: readonly LegendRow[];
  readonly needs: Needs;
  /** Why the key cannot act now; undefined where it can, or does nothing. */
  readonly blocked: (key: Key) => string | undefined;
  /** Undefined where the screen has no such key. */
  readonly press: (
    key: Key,
    at: Moment,
  ) => (Omit<Step<unknown>, 'state'> & { readonly screen: AnyScreen }) | undefined;
  readonly told: (news: News) => AnyScreen;
}

/** A screen of a kind in a state. */
export function screenOf<S>(kind: ScreenKind<S>, state: S): AnyScreen {
  const rows = kind.keys(state);
  const rowOf = (key: Key) =>
    rows.find(({ keys }) => keys.includes(key)) ?? rows.find(({ keys }) => keys.includes('any'));
  return {
    name: kind.name,
    title: kind.title(state),
    state,
    get keys() {
      return rows.map(({ keys, shown, label, help, blocked }) => ({
        keys,
        shown,
        help,
        ...(label !== undefined && { label: typeof label === 'string' ? label : label(state) }),
        blocked: blocked?.(state),
      }));
    },
    legend: kind.legend ?? [],
    needs: kind.needs(state),
    blocked: (key) => rowOf(key)?.blocked?.(state),
    press(key, at) {
      const row = rowOf(key);
      if (row === undefined) return undefined;
      const { state: next = state, ...step } = row.press(state, key, at);
      return { ...step, screen: next === state ? this : screenOf(kind, next) };
    },
    told(news) {
      const next = kind.told(state, news);
      return next === state ? this : (kind.becomes?.(next) ?? screenOf(kind, next));
    },
  };
}
