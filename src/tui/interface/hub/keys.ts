/** The keys of the hub, at rest and while a filter is typed: what can be done with the run under the cursor, and with those marked. */

import { rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { NascentError } from '../../../errors.ts';
import { isLeased } from '../../../run/lease.ts';
import type { ListedRun } from '../../../run/list-runs.ts';
import { comparedIn } from '../parity/parity.ts';
import type { AnyScreen, KeyRow, Step } from '../screen.ts';
import { screenOf } from '../screen.ts';
import { started } from '../started.ts';
import { watchScreen, watchState } from '../watch/watch.ts';
import { moved, rowsOf, sortings, underCursor, withInside } from './state.ts';
import type { HubRow, HubState } from './state.ts';

/** Cells of a search: those it came to, or those after an epoch, counted from 1. */
export interface CellsOf {
  readonly epoch?: number;
}

/** Screens that the hub opens and that are made elsewhere. */
export interface HubDoors {
  /** Whether a run has a model file, which can be measured and compared. */
  readonly hasModel: (run: ListedRun) => boolean;
  readonly newRun: () => AnyScreen;
  readonly train: (run: ListedRun, cells: CellsOf) => AnyScreen;
  readonly exporting: (run: ListedRun) => AnyScreen;
  readonly parity: (run: ListedRun) => AnyScreen;
  /** The options of a comparison, as a form. */
  readonly comparing: (run: ListedRun) => AnyScreen;
  readonly derive: (run: ListedRun) => AnyScreen;
  readonly compare: (paths: readonly string[]) => AnyScreen;
}

const none = (state: HubState) =>
  underCursor(state) === undefined ? 'There is no run under the cursor.' : undefined;

/** Why the model of a run cannot be used; undefined where it can be. */
function untrained(state: HubState): string | undefined {
  const row = underCursor(state);
  if (row === undefined) return none(state);
  const { run } = row;
  const training = run.kind === 'train' ? run : run.inside.find(({ kind }) => kind === 'train');
  if (training !== undefined) return undefined;
  return cellsIn(state) === undefined
    ? 'It has no cells yet, and so nothing that is trained.'
    : 'Its cells are not trained yet: t trains them.';
}

/** Which cells of the search under the cursor can be trained: those it came to, or those of its last epoch so far. */
function cellsIn(state: HubState): CellsOf | undefined {
  const run = underCursor(state)?.run;
  if (run?.kind !== 'search') return undefined;
  if (run.status === 'done') return {};
  const logged = state.seen?.path === resolve(run.path) ? state.seen.alphas.at(-1)?.epoch : undefined;
  return logged === undefined ? undefined : { epoch: logged + 1 };
}

/** The training that `t` is about: the run under the cursor, or the one in the folder of its search. */
function trainingOf(state: HubState): ListedRun | undefined {
  const run = underCursor(state)?.run;
  return run?.kind === 'train' ? run : run?.inside.find(({ kind }) => kind === 'train');
}

/** Why the cells of the run under the cursor cannot be trained now; undefined where they can, or a training resumes. */
function untrainable(state: HubState): string | undefined {
  const training = trainingOf(state);
  if (training !== undefined && resumable.has(training.status ?? '')) return undefined;
  if (training !== undefined && isWorkedOn(training)) return 'Its training goes on: enter on it watches it.';
  const run = underCursor(state)?.run;
  if (run?.kind === 'train')
    return 'It is a training, and done. The cells of its search are trained anew from there.';
  if (run?.kind !== 'search')
    return none(state) ?? 'It says of no search that it is one: its run.json cannot be read.';
  if (cellsIn(state) !== undefined) return undefined;
  return resumable.has(run.status ?? '')
    ? 'It has no cells yet. R resumes the search.'
    : 'It has no cells yet: they are there when its first epoch has ended.';
}

const resumable: ReadonlySet<string> = new Set(['stopped', 'failed', 'crashed', 'created']);

/** Whether runtimes were compared on the run under the cursor, or are now. */
function isCompared(state: HubState): boolean {
  const path = underCursor(state)?.run.path;
  if (path === undefined || state.seen?.path !== resolve(path)) return false;
  return (
    comparedIn(state.seen.events).some(({ kind }) => kind === 'check') || state.seen.holder !== undefined
  );
}

/** Runs a command on the run under the cursor, and says what one would type. */
function onRun(state: HubState, before: readonly string[], saying: string): Step<HubState> {
  return started([...before, underCursor(state)?.run.path ?? ''], saying);
}

/** Opens a screen of the run under the cursor. */
function opened(state: HubState, screen: (run: ListedRun) => AnyScreen): Step<HubState> {
  const run = underCursor(state)?.run;
  return run === undefined ? {} : { open: screen(run) };
}

/** At rest. */
export function keysOf(doors: HubDoors): readonly KeyRow<HubState>[] {
  const withModel =
    (press: (state: HubState) => Step<HubState>) =>
    (state: HubState): Step<HubState> => {
      const run = underCursor(state)?.run;
      return run === undefined || doors.hasModel(run)
        ? press(state)
        : { say: 'It has no model yet: e exports it.' };
    };
  return [
    {
      keys: ['up', 'down', 'pageup', 'pagedown', 'home', 'end'],
      shown: '↑↓',
      help: 'go to another run',
      press: (state, key) => moved(state, strides[key] ?? 0),
    },
    {
      keys: ['return'],
      shown: 'enter',
      label: 'open',
      help: 'watch the run',
      blocked: none,
      press: (state) => ({ open: screenOf(watchScreen, watchState(underCursor(state)?.run.path ?? '')) }),
    },
    {
      keys: ['c'],
      shown: 'c',
      label: 'compare',
      help: 'compare the marked runs',
      blocked: ({ marked }) => (marked.size < 2 ? 'Mark two runs with space.' : undefined),
      press: ({ marked }) => ({ open: doors.compare([...marked]) }),
    },
    {
      keys: ['n'],
      shown: 'n',
      label: 'new',
      help: 'a new search or training, as a form',
      press: () => ({ open: doors.newRun() }),
    },
    {
      keys: ['t'],
      shown: 't',
      label: 'train',
      help: 'train the cells of the search, as a form; a training that was stopped is resumed',
      blocked: untrainable,
      press(state) {
        const training = trainingOf(state);
        return training !== undefined && resumable.has(training.status ?? '')
          ? started(['train', '--resume', training.path], 'Done:')
          : opened(state, (run) => doors.train(run, cellsIn(state) ?? {}));
      },
    },
    {
      keys: ['e'],
      shown: 'e',
      label: 'export',
      help: 'write the trained network as an ONNX file',
      blocked: untrained,
      press: (state) => opened(state, doors.exporting),
    },
    {
      keys: ['v'],
      shown: 'v',
      label: 'validate',
      help: 'measure the exported model on its test data',
      blocked: untrained,
      press: withModel((state) => onRun(state, ['validate'], 'Validated:')),
    },
    {
      keys: ['p'],
      shown: 'p',
      label: 'parity',
      help: 'compare every runtime on the exported model; what was compared before is shown first',
      blocked: untrained,
      press: withModel((state) => ({
        ...(isCompared(state) ? {} : onRun(state, ['parity'], 'Parity:')),
        ...opened(state, doors.parity),
      })),
    },
    {
      keys: ['P'],
      shown: 'P',
      help: 'the same with its options, as a form',
      blocked: untrained,
      press: withModel((state) => opened(state, doors.comparing)),
    },
    {
      keys: ['g'],
      shown: 'g',
      help: 'the genotype of the search at its last checkpoint or an epoch, as a form',
      blocked: (state) => none(state) ?? notSearched(underCursor(state)?.run),
      press: (state) => opened(state, doors.derive),
    },
    {
      keys: ['r'],
      shown: 'r',
      label: 'report',
      help: 'write the run as one page',
      blocked: none,
      press: (state) => onRun(state, ['report'], 'Report:'),
    },
    {
      keys: ['R'],
      shown: 'R',
      label: 'resume',
      help: 'resume a run that was stopped, failed or crashed',
      blocked: (state) => {
        const { status = '' } = underCursor(state)?.run ?? {};
        return resumable.has(status) ? undefined : 'Only what was stopped, failed or crashed can be resumed.';
      },
      press: (state) => onRun(state, [underCursor(state)?.run.kind ?? 'search', '--resume'], 'Done:'),
    },
    {
      keys: ['space'],
      shown: 'space',
      label: 'mark',
      help: 'mark the run, to compare it with others',
      blocked: none,
      press: (state) => {
        const path = underCursor(state)?.run.path ?? '';
        const marked = new Set(state.marked);
        if (!marked.delete(path)) marked.add(path);
        return { state: { ...(moved(state, 1).state ?? state), marked } };
      },
    },
    {
      keys: ['d'],
      shown: 'd',
      help: 'delete the marked runs, or the one under the cursor, and all in their folders; asks first',
      blocked: (state) => {
        const runs = meant(state);
        const busy = runs.find((run) => isWorkedOn(run));
        const which = runs.length === 1 || busy === undefined ? 'it' : basename(busy.path);
        return (
          none(state) ??
          (busy === undefined ? undefined : `A process works on ${which}. Stop it first: enter, Q.`)
        );
      },
      press: (state) => {
        const paths = meant(state).map(({ path }) => path);
        const what = inWords(paths);
        const work = async () => deleteRuns(paths);
        return {
          ask: {
            text: `Delete ${what} and all in ${paths.length === 1 ? 'it' : 'them'}?`,
            yes: [{ kind: 'work', what: `delete ${what}`, work }],
          },
        };
      },
    },
    {
      keys: ['/'],
      shown: '/',
      label: 'filter',
      help: 'show only runs whose name, status or dataset has what you type',
      blocked: ({ runs = [] }) => (runs.length === 0 ? 'There are no runs.' : undefined),
      press: (state) => ({ state: { ...state, filtering: true } }),
    },
    {
      keys: ['s'],
      shown: 's',
      help: 'sort by the next of: newest, name, status, best',
      press: (state) => {
        const sorting = sortings[(sortings.indexOf(state.sorting) + 1) % sortings.length] ?? 'newest';
        return { state: { ...state, sorting }, say: `Sorted by ${sorting}.` };
      },
    },
    {
      keys: ['q', 'escape'],
      shown: 'q',
      label: 'leave',
      help: 'leave; with a filter, take it away first. Runs go on',
      press: (state, key) =>
        key === 'escape' && state.filter !== '' ? { state: { ...state, filter: '' } } : { close: true },
    },
  ];
}

const strides: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -10,
  pagedown: 10,
  home: -1e9,
  end: 1e9,
};

function notSearched(run: ListedRun | undefined): string | undefined {
  return run?.kind === 'search' ? undefined : 'Only a search has cells to derive.';
}

/** While a filter is typed. */
export const typing: readonly KeyRow<HubState>[] = [
  {
    keys: ['return', 'escape', 'down', 'up'],
    shown: 'enter',
    label: 'done',
    help: 'keep the filter; escape takes it away',
    press: (state, key) => ({
      state: { ...state, filtering: false, filter: key === 'escape' ? '' : state.filter },
    }),
  },
  {
    keys: ['backspace'],
    shown: 'backspace',
    help: 'take the last character away',
    press: (state) => ({ state: { ...state, filter: state.filter.slice(0, -1) } }),
  },
  {
    keys: ['any'],
    shown: 'a–z',
    help: 'what the runs must have',
    press: (state, key) => {
      const typed = key === 'space' ? ' ' : key;
      return typed.length === 1 ? { state: { ...state, filter: state.filter + typed } } : {};
    },
  },
];

/**
 * What a key means that can act on several runs: those that are marked, of what the filter leaves; without any the one
 * under the cursor. A run in the folder of another goes with it.
 */
function meant(state: HubState): readonly ListedRun[] {
  const marked = rowsOf(state).filter(({ run }) => state.marked.has(run.path));
  const rows = marked.length > 0 ? marked : [underCursor(state)].filter((row) => row !== undefined);
  const within = new Set(
    rows.flatMap(({ run }) => run.inside.flatMap((each) => withInside(each, 0))).map(pathOf),
  );
  return rows.filter((row) => !within.has(pathOf(row))).map(({ run }) => run);
}

const pathOf = ({ run }: HubRow) => run.path;

function isWorkedOn({ status, inside }: ListedRun): boolean {
  return status === 'running' || status === 'paused' || inside.some((each) => isWorkedOn(each));
}

/** At most three by name. */
function inWords(paths: readonly string[]): string {
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return only;
  const names = paths.slice(0, 3).map((path) => basename(path));
  const more = paths.length > names.length ? ` and ${paths.length - names.length} more` : '';
  return `${paths.length} marked runs (${names.join(', ')}${more})`;
}

/** @throws NascentError 'run/busy' where a process works on one, or on a run within it; then none is deleted */
function deleteRuns(paths: readonly string[]): string {
  const busy = paths.find((path) => [path, join(path, 'train')].some((each) => isLeased(each)));
  if (busy !== undefined) {
    throw new NascentError('run/busy', `a process works on ${busy}`, { help: 'Stop it first.' });
  }
  for (const path of paths) rmSync(path, { recursive: true });
  const [only = ''] = paths;
  return paths.length === 1 ? `${basename(only)} is deleted.` : `${paths.length} runs are deleted.`;
}
