/** How a run and its machine are: entropy and skips of a search, processor, memory, the last checkpoint. */

import { formatCount, formatDuration } from '../../format.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import type { Room } from '../frame.ts';
import type { MachineUse } from '../machine.ts';
import type { ShownRun } from '../shown-run.ts';

const levels = { blocks: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#' } as const;

/** A line: what something is now and, of what is measured again and again, how it was. */
interface Row {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly number[];
}

export function stateLines(run: ShownRun, room: Room, uses: readonly MachineUse[]): readonly Talk[] {
  const { watched, checkpointAt } = run;
  const epochs = watched.metrics.flatMap((record) => (record.kind === 'epoch' ? [record] : []));
  const series = (key: 'alpha_entropy' | 'skips' | 'rate') =>
    epochs.flatMap((record) => (typeof record[key] === 'number' ? [record[key]] : []));
  const saved =
    checkpointAt === undefined
      ? 'no checkpoint yet'
      : `${formatDuration(Math.max(0, room.now - checkpointAt))} ago`;
  const rows = [
    ...measured('entropy', series('alpha_entropy'), (value) => `${value.toFixed(3)} nats`),
    ...measured('skips', series('skips'), String),
    ...measured('rate', series('rate'), (value) => value.toPrecision(3)),
    { name: 'saved', text: saved },
    ...machineRows(uses),
  ];
  // Sparklines begin at the same column, or they could not be compared.
  const textWidth = Math.max(
    0,
    ...rows.flatMap(({ text, values }) => (values === undefined ? [] : [text.length])),
  );
  const width = Math.max(0, Math.min(24, room.width - nameWidth - textWidth - 2));
  return rows.map(({ name, text, values }): Talk => {
    const title = span('quiet', name.padEnd(nameWidth));
    if (values === undefined) return [title, text];
    return [title, text.padEnd(textWidth), '  ', span('series1', sparkline(values, width, room.look.ascii))];
  });
}

const nameWidth = 9;

function measured(
  name: string,
  values: readonly number[],
  format: (value: number) => string,
): readonly Row[] {
  const last = values.at(-1);
  return last === undefined ? [] : [{ name, text: format(last), values }];
}

function machineRows(uses: readonly MachineUse[]): readonly Row[] {
  const now = uses.at(-1);
  if (now === undefined) return [];
  const { process, gpu, cores } = now;
  const busy = uses.flatMap((use) => (typeof use.process?.cores === 'number' ? [use.process.cores] : []));
  const memory = `${bytes(now.memoryUsed)} of ${bytes(now.memoryTotal)}`;
  const card =
    gpu === null ? undefined : `${Math.round(100 * gpu.busy)}%, ${bytes(gpu.used)} of ${bytes(gpu.total)}`;
  return [
    ...(process === null
      ? [{ name: 'cpu', text: `load ${now.load.toFixed(1)} of ${cores} cores` }]
      : measured('cpu', busy, (value) => `${value.toFixed(1)} of ${cores} cores`)),
    { name: 'memory', text: process === null ? memory : `${bytes(process.bytes)}, machine ${memory}` },
    ...(card === undefined ? [] : [{ name: 'gpu', text: `${card}  ${gpu?.name ?? ''}` }]),
  ];
}

/** The last values, a character each, from the least to the largest of them. */
export function sparkline(values: readonly number[], width: number, ascii: boolean): string {
  const scale = ascii ? levels.ascii : levels.blocks;
  const kept = values.slice(-Math.max(0, width)).slice(0, width);
  const [least, most] = [Math.min(...kept), Math.max(...kept)];
  return kept
    .map((value) => {
      const share = most > least ? (value - least) / (most - least) : 0.5;
      return scale[Math.min(scale.length - 1, Math.floor(share * scale.length))] ?? '';
    })
    .join('');
}

function bytes(count: number): string {
  return formatCount(count, 0, 'bytes').trim();
}
