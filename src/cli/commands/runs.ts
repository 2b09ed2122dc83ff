/** `nascent runs`: the runs in a folder, and where each stands. */

import { existsSync } from 'node:fs';

import type { Command } from 'commander';

import { listRuns } from '../../run/list-runs.ts';
import type { ListedRun } from '../../run/list-runs.ts';
import { columns } from '../../tui/columns.ts';
import { formatDuration } from '../../run/duration.ts';
import { formatCount } from '../../tui/format.ts';
import { jsonOption } from '../input/options.ts';
import { print, say } from '../shell/output.ts';

const usual = 'runs';

export function registerRuns(program: Command): void {
  program
    .command('runs')
    .description('list the runs in a folder and below: status, progress, best result, last sign of life')
    .argument('[folder]', 'where to look', usual)
    .addOption(jsonOption())
    .action(runs);
}

function runs(folder: string, { json = false }: { readonly json?: boolean }): void {
  const found = folder === usual && !existsSync(usual) ? [] : listRuns(folder);
  if (json) print(JSON.stringify(found.map(plain), undefined, 2));
  else if (found.length > 0) print(renderRuns(found, Date.now()));
  else say(`No runs in ${folder}. Make one: nascent search`);
}

/** @param now milliseconds since 1970 */
export function renderRuns(found: readonly ListedRun[], now: number): string {
  const names = ['run', 'kind', 'status', 'progress', 'best', 'updated', 'note'];
  return columns([names, ...found.flatMap((run) => rowsOf(run, now, ''))]);
}

function rowsOf(run: ListedRun, now: number, indent: string): readonly (readonly string[])[] {
  const { path, kind, status, progress, best, updatedAt, note, inside } = run;
  return [
    [
      `${indent}${path}`,
      kind ?? '?',
      status ?? 'unreadable',
      progress === undefined ? '' : formatCount(progress.done, progress.total, progress.unit),
      best === undefined
        ? ''
        : `${best.measure.format(best.value)} ${best.measure.title}, epoch ${best.epoch + 1}`,
      updatedAt === undefined ? '' : `${formatDuration(Math.max(0, now - Date.parse(updatedAt)))} ago`,
      note ?? '',
    ],
    ...inside.flatMap((each) => rowsOf(each, now, `${indent}  `)),
  ];
}

/** As programs read it. */
function plain({
  path,
  kind,
  status,
  data,
  preset,
  strategy,
  skips,
  progress,
  left,
  beside,
  best,
  createdAt,
  updatedAt,
  note,
  inside,
}: ListedRun): object {
  return {
    path,
    kind: kind ?? null,
    status: status ?? null,
    data: data ?? null,
    preset: preset ?? null,
    strategy: strategy ?? null,
    skips: skips ?? null,
    progress:
      progress === undefined
        ? null
        : { stage: progress.stage, done: progress.done, total: progress.total, unit: progress.unit },
    leftSeconds: left === undefined ? null : Math.round(left / 1000),
    beside: beside?.work ?? null,
    best:
      best === undefined
        ? null
        : { measure: best.measure.key, better: best.measure.better, value: best.value, epoch: best.epoch },
    createdAt: createdAt ?? null,
    updatedAt: updatedAt ?? null,
    ageSeconds: createdAt === undefined ? null : Math.round((Date.now() - Date.parse(createdAt)) / 1000),
    note: note ?? null,
    inside: inside.map(plain),
  };
}
