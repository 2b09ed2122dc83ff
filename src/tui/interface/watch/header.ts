/** The first lines of a watched run: what it is, how far it is, and what of it cannot be read. */

import { besideIn } from '../../../run/artefacts/events.ts';
import { formatDuration } from '../../../run/duration.ts';
import { counted } from '../../format.ts';
import { bar, marks } from '../../glyphs.ts';
import { currentStage } from '../../progress-state.ts';
import { progressText } from '../../progress-text.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { widthOfTalk } from '../../width.ts';
import type { Frame } from '../frame.ts';
import type { ShownRun } from '../shown-run.ts';
import { spentAt } from '../spent.ts';
import { statusTalk } from '../status.ts';
import type { WatchState } from './watch.ts';

/** Where the run is, how far it is, and what of it cannot be read. */
export function headerLines(state: WatchState, run: ShownRun, frame: Frame): readonly Talk[] {
  const { damage, path } = run.watched;
  // The name of the run is above, and what is wrong must be read before the line ends.
  const first = damage[0]?.replaceAll(`${path}/`, '');
  const more = damage.length > 1 ? ` (and ${damage.length - 1} more: 5 log)` : '';
  const note = first === undefined ? [] : [span('warning', `${marks.note} ${first}${more}`)];
  return [...standingLines(state, run, frame), ...note];
}

function standingLines(state: WatchState, run: ShownRun, frame: Frame): readonly Talk[] {
  const first: Talk = [
    statusTalk(run.watched.status),
    '  ',
    span('title', nameOf(state, run)),
    '  ',
    span('quiet', factsOf(run).join(' · ')),
  ];
  return [first, placed(partsOf(run, frame.now), frame.columns)];
}

function factsOf({ watched: { record }, data, preset }: ShownRun): readonly string[] {
  const seed = record === undefined ? undefined : `seed ${record.seed}`;
  return [record?.kind, data, preset, record?.engine, seed].filter(
    (fact): fact is string => fact !== undefined && fact !== '',
  );
}

/** The same in words, for who reads or hears one line after the other: how the run stands comes first. */
export function standingInWords(run: ShownRun, now: number): readonly Talk[] {
  const { status, path } = run.watched;
  // A bar says nothing that the percentage does not, which is padded to stand beside it.
  const parts = partsOf(run, now)
    .filter(({ share }) => share === undefined)
    .map(({ talk }) => (typeof talk === 'string' ? talk.trim() : talk));
  return [
    `${status ?? 'unreadable'}: ${[path, ...factsOf(run)].join(', ')}`,
    ...(parts.length === 0 ? [] : [parts.map((talk, i): Talk => (i === 0 ? talk : [', ', talk]))]),
  ];
}

/** A piece of the second line. */
interface Part {
  readonly talk: Talk;
  /** Parts with higher numbers are left out first where there is no room for all. */
  readonly rank: number;
  /** Of a bar: how much of it is full. It takes what the others leave. */
  readonly share?: number;
}

const between = 2;
const [shortestBar, longestBar] = [8, 30];

/** The second line: how far the run is, or how it ended; and what is done with it beside. */
function partsOf(run: ShownRun, now: number): readonly Part[] {
  const { status, record } = run.watched;
  const elapsed = run.spent === undefined ? undefined : formatDuration(spentAt(run.spent, now));
  const beside = run.watched.holder === undefined ? undefined : besideText(run, now);
  const also: Part[] =
    beside === undefined ? [] : [{ talk: span('current', `${marks.current} ${beside}`), rank: 0 }];
  const stage = currentStage(run.progress) ?? run.progress.stages.at(-1);
  const progress = stage?.progress;
  if (status === 'done') {
    const took = `${counted(run.epochs, 'epoch')}${elapsed === undefined ? '' : ` in ${elapsed}`}`;
    return [{ talk: took, rank: 0 }, ...also];
  }
  // Without its settings nobody knows how far it is.
  if (record === undefined) {
    const logged = run.epochs === 0 ? 'no epoch is logged' : `${counted(run.epochs, 'epoch')} logged`;
    return [{ talk: logged, rank: 0 }, ...also];
  }
  const isWorkedOn = status === 'running' || status === 'paused';
  const why: Part[] = isWorkedOn
    ? []
    : [record?.reason].flatMap((reason) => (reason === undefined ? [] : [{ talk: reason, rank: 0 }]));
  const ago: Part[] = elapsed === undefined ? [] : [{ talk: span('quiet', `${elapsed} elapsed`), rank: 3 }];
  if (progress === undefined) {
    const title = stage?.title ?? '';
    return [
      ...why,
      ...(title === '' || !isWorkedOn ? [] : [{ talk: title, rank: 0 }]),
      ...soFar(run),
      ...ago,
      ...also,
    ];
  }
  const words = progressText(progress, now);
  // What stands still has no pace.
  const { percent, count, rate, left } = {
    ...words,
    ...(status !== 'running' && { rate: undefined, left: undefined }),
  };
  const share = progress.total > 0 ? progress.done / progress.total : 0;
  // Once its steps are taken, an epoch is measured before the next begins.
  const epochs = share * run.epochs;
  const epoch = progress.measured === undefined ? Math.floor(epochs) + 1 : Math.round(epochs);
  const optional = (talk: string | undefined, rank: number): readonly Part[] =>
    talk === undefined ? [] : [{ talk, rank }];
  return [
    ...why,
    ...(progress.isOfSteps === true
      ? [{ talk: span('quiet', `epoch ${Math.min(run.epochs, epoch)}/${run.epochs}`), rank: 1 }]
      : []),
    { talk: '', rank: 4, share },
    ...optional(percent, 0),
    ...optional(count, 5),
    ...optional(rate, 6),
    ...optional(left, 2),
    ...ago,
    ...also,
  ];
}

/** How far a run is that was resumed, while its next step is prepared. */
function soFar({ live, epochs }: ShownRun): readonly Part[] {
  const last = live.at(-1);
  if (last === undefined) return [];
  return [{ talk: `${Math.floor((100 * last.epoch) / epochs + 1e-9)}% so far`, rank: 1 }];
}

/** What is done beside its own work: the stage of that, or what it is called while it has none yet. */
function besideText({ beside, watched }: ShownRun, now: number): string | undefined {
  const stage = currentStage(beside);
  if (stage === undefined) return beside.stages.length === 0 ? besideIn(watched.events) : undefined;
  const { title, progress } = stage;
  const percent = progress === undefined ? undefined : progressText(progress, now).percent;
  return percent === undefined ? title : `${title} ${percent.trim()}`;
}

/** The parts that fit, in their order. */
function placed(parts: readonly Part[], columns: number): Talk {
  const widthOf = ({ talk, share }: Part) => (share === undefined ? widthOfTalk(talk) : shortestBar);
  let left = columns + between;
  const kept = new Set(
    parts
      .toSorted((a, b) => a.rank - b.rank)
      .filter((part) => {
        // What matters most is cut rather than left out.
        const width = between + widthOf(part);
        if (width > left && part.rank > 0) return false;
        left -= width;
        return true;
      }),
  );
  return parts
    .filter((part) => kept.has(part))
    .flatMap((part, i): Talk[] => {
      const talk =
        part.share === undefined
          ? part.talk
          : barOf(part.share, Math.min(longestBar, shortestBar + Math.max(0, left)));
      return i === 0 ? [talk] : [' '.repeat(between), talk];
    });
}

function barOf(share: number, width: number): Talk {
  const full = Math.max(0, Math.min(width, Math.floor(share * width)));
  return [span('bar', bar.full.repeat(full)), span('quiet', bar.rest.repeat(width - full))];
}

function nameOf({ path, training }: WatchState, { watched }: ShownRun): string {
  const name = watched.path.split(/[\\/]/).slice(-2).join('/');
  if (watched.path !== path) return `${name} (training; s: its search)`;
  return training === undefined ? name : `${name} (s: its training)`;
}
