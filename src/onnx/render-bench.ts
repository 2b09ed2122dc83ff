/** How fast a model runs in each runtime, as text for a terminal. */
import { columns } from '../tui/columns.ts';
import { table } from '../tui/table.ts';
import type { ModelBench } from './bench-model.ts';

/** A runtime that was timed, or why it was not. */
export type BenchRow = ModelBench | { readonly runtime: string; readonly failure: string };

export function renderBench(model: string, rows: readonly BenchRow[]): string {
  const times = rows.flatMap((row) =>
    'failure' in row
      ? []
      : row.batches.map(({ batch, runs, p50, p90, p99, perSecond }) => [
          row.runtime,
          batch === null ? 'fixed' : String(batch),
          String(runs),
          ...[p50, p90, p99].map((ms) => ms.toPrecision(3)),
          perSecond.toPrecision(3),
        ]),
  );
  const about = rows.map((row): [string, string] => {
    if ('failure' in row) return [row.runtime, `not timed: ${row.failure}`];
    const parts = [
      `${row.openSeconds.toFixed(2)} s to open`,
      `${Math.round(row.peakMemory / 2 ** 20)} MB at most`,
    ];
    for (const [provider, nodes] of Object.entries(row.placement ?? {}))
      parts.push(`${nodes} nodes on ${provider}`);
    const ops = row.ops?.slice(0, 4).map(({ op, share }) => `${op} ${Math.round(100 * share)} %`);
    return [row.runtime, [...parts, ...(ops ?? [])].join(', ')];
  });
  const head = ['runtime', 'batch', 'runs', 'p50 ms', 'p90 ms', 'p99 ms', 'a second'];
  return [
    `model  ${model}`,
    '',
    ...(times.length === 0 ? [] : [columns([head, ...times]), '']),
    table(about),
  ].join('\n');
}
