/** The hub in words, a line a run: for a screen reader, and for terminals that nothing can be drawn on. */

import type { ListedRun } from '../../../run/list-runs.ts';
import { counted } from '../../format.ts';
import { progressOf } from './list.ts';

/** @param runs of `folder`, those first that are to be read first */
export function hubInWords(folder: string, runs: readonly ListedRun[]): readonly string[] {
  if (runs.length === 0) return [`There are no runs in ${folder}.`];
  const all = runs.flatMap(withInside);
  const running = all.filter(({ status }) => status === 'running').length;
  const count = [`${counted(all.length, 'run')} in ${folder}`, running === 0 ? '' : `${running} running`];
  return [`${said(count)}.`, ...all.map(sentence)];
}

function withInside(run: ListedRun): readonly ListedRun[] {
  return [run, ...run.inside.flatMap(withInside)];
}

/** `runs/a: search on cifar10, running, 45 %, 5m 30s left; best validation accuracy 57.00 % in epoch 3.` */
function sentence(run: ListedRun): string {
  const { path, kind, status, data, best, beside, note } = run;
  const what = [kind === 'train' ? 'training' : (kind ?? 'run'), data === undefined ? '' : `on ${data}`];
  const parts = [
    said([
      what.filter((each) => each !== '').join(' '),
      status ?? 'cannot be read',
      progressOf(run).split('  ').join(', '),
      beside === undefined ? '' : `${beside.work} under way`,
    ]),
    best === undefined
      ? ''
      : `best ${best.measure.title} ${best.measure.format(best.value)} in epoch ${best.epoch + 1}`,
    note ?? '',
  ];
  return `${path}: ${parts.filter((each) => each !== '').join('; ')}.`;
}

function said(parts: readonly string[]): string {
  return parts.filter((each) => each !== '').join(', ');
}
