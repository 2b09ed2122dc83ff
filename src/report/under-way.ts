/** What a process does with a run while it works on it: how far it is, what its steps report, which checks have ended. */
import { isBeside } from '../run/artefacts/events.ts';
import type { LoggedEvent } from '../run/artefacts/events.ts';
import { measures, ofCharacters } from '../run/artefacts/metrics.ts';
import type { Row } from './page-parts.ts';
import type { RunLogs } from './read-run.ts';

type Worked = Pick<RunLogs, 'events' | 'holder' | 'status'>;

/** Whether a process does something with it that it has not ended: its own work, or work beside it, such as parity. */
export function isUnderWay({ events, holder, status }: Worked): boolean {
  if (holder === undefined) return false;
  const begun = events.findLast(({ kind }) => kind === 'begun');
  return status === 'running' || status === 'paused' || (begun !== undefined && isBeside(begun));
}

/** Empty where nobody works on it, or nothing was told yet. */
export function underWayRows(run: Worked, byCharacters: boolean): readonly Row[] {
  if (!isUnderWay(run)) return [];
  const { events, status } = run;
  const since = events.slice(events.findLastIndex(({ kind }) => kind === 'begun') + 1);
  const stage = since.findLast((event) => event.kind === 'stage');
  const progress = since.findLast((event) => event.kind === 'progress');
  return [
    ...(stage === undefined
      ? []
      : [['now', status === 'paused' ? `${stage.title}: paused` : stage.title] as const]),
    ...(progress === undefined ? [] : [['done', countOf(progress)] as const]),
    ...figureRows(since, byCharacters),
    ...checkRows(since),
  ];
}

type Of<K extends LoggedEvent['kind']> = Extract<LoggedEvent, { readonly kind: K }>;

function countOf({ done, total, unit }: Of<'progress'>): string {
  const count = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}`;
  return total > 0 ? `${Math.floor((100 * done) / total + 1e-9)} %, ${count}` : count;
}

/** What steps reported last, called as what an epoch comes to. */
function figureRows(since: readonly LoggedEvent[], byCharacters: boolean): readonly Row[] {
  const last = since.findLast((event) => event.kind === 'progress' && event.figures !== undefined);
  const figures = last?.kind === 'progress' ? (last.figures ?? {}) : {};
  return measures.flatMap((each): readonly Row[] => {
    const measure = byCharacters ? ofCharacters(each) : each;
    const value = each.key.startsWith('train_') ? figures[each.key.slice('train_'.length)] : undefined;
    return value === undefined || value === null
      ? []
      : [[`${measure.title} of the latest steps`, measure.format(value)]];
  });
}

/** A row of parity's table, with what each of its checks has come to. */
function checkRows(since: readonly LoggedEvent[]): readonly Row[] {
  const cells = new Map<string, Map<string, Of<'check'>>>();
  for (const event of since) {
    if (event.kind !== 'check') continue;
    const row = cells.get(event.row) ?? new Map<string, Of<'check'>>();
    cells.set(event.row, row.set(event.column, event));
  }
  return [...cells].map(([row, checks]): Row => [
    row,
    [...checks.values()]
      .map(
        ({ column, outcome, text }) =>
          `${column}: ${[outcome, text].filter((each) => each !== '').join(' ')}`,
      )
      .join('; '),
  ]);
}
