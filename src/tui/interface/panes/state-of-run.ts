/** How a run and its machine are: entropy and skips of a search, processor, memory, the last checkpoint. */

import { formatDuration } from '../../../run/duration.ts';
import { formatCount } from '../../format.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { firstFitting } from '../../width.ts';
import type { Room } from '../frame.ts';
import type { MachineUse } from '../machine.ts';
import type { ShownRun } from '../shown-run.ts';

const levels = { blocks: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#' } as const;

/** A line: what something is now and, of what is measured again and again, how it was. */
interface Row {
  readonly name: string;
  /** From the longest; the first that fits is shown. */
  readonly texts: readonly [string, ...string[]];
  readonly values?: readonly number[];
}

export function stateLines(run: ShownRun, room: Room, uses: readonly MachineUse[]): readonly Talk[] {
  const { watched, checkpointAt } = run;
  const epochs = watched.metrics.flatMap((record) => (record.kind === 'epoch' ? [record] : []));
  const series = (key: 'alpha_entropy' | 'skips' | 'rate') =>
    epochs.flatMap((record) => (typeof record[key] === 'number' ? [record[key]] : []));
  const saved =
    checkpointAt === undefined ? 'none yet' : `${formatDuration(Math.max(0, room.now - checkpointAt))} ago`;
  const rows: readonly Row[] = [
    ...measured('alpha entropy', series('alpha_entropy'), (value) => `${value.toFixed(3)} nats`),
    ...measured('skips', series('skips'), String),
    ...measured('learning rate', series('rate'), (value) => value.toPrecision(3)),
    { name: 'checkpoint', texts: [saved] },
    ...machineRows(uses),
  ];
  const nameWidth = Math.max(...rows.map(({ name }) => name.length)) + 2;
  // Sparklines begin at the same column, or they could not be compared.
  const textWidth = Math.max(
    0,
    ...rows.flatMap(({ texts: [text], values }) => (values === undefined ? [] : [text.length])),
  );
  const width = Math.max(0, Math.min(24, room.width - nameWidth - textWidth - 2));
  return rows.map(({ name, texts, values }): Talk => {
    const title = span('quiet', name.padEnd(nameWidth));
    if (values === undefined) return [title, firstFitting(texts, room.width - nameWidth)];
    return [
      title,
      texts[0].padEnd(textWidth),
      '  ',
      span('series1', sparkline(values, width, room.look.ascii)),
    ];
  });
}

function measured(
  name: string,
  values: readonly number[],
  format: (value: number) => string,
): readonly Row[] {
  const last = values.at(-1);
  return last === undefined ? [] : [{ name, texts: [format(last)], values }];
}

function machineRows(uses: readonly MachineUse[]): readonly Row[] {
  const now = uses.at(-1);
  if (now === undefined) return [];
  const { process, gpu, cores } = now;
  const busy = uses.flatMap((use) => (typeof use.process?.cores === 'number' ? [use.process.cores] : []));
  const total = bytes(now.memoryTotal);
  const whole = `${bytes(now.memoryUsed)} of ${total}`;
  const memory: Row['texts'] =
    process === null
      ? [whole]
      : [`${bytes(process.bytes)}, machine ${whole}`, `${bytes(process.bytes)} of ${total}`];
  return [
    ...(process === null
      ? [
          {
            name: 'machine',
            texts: [`load ${now.load.toFixed(1)} of ${cores} cores`, `load ${now.load.toFixed(1)}`],
          } as const,
        ]
      : measured('processor', busy, (value) => `${value.toFixed(1)} of ${cores} cores`)),
    // Without a process of the run, both are of all that the machine does.
    { name: process === null ? 'its memory' : 'memory', texts: memory },
    ...(gpu === null ? [] : [{ name: 'gpu', texts: gpuTexts(gpu) }]),
  ];
}

function gpuTexts({ name, busy, used, total }: NonNullable<MachineUse['gpu']>): Row['texts'] {
  const share = `${Math.round(100 * busy)}% busy`;
  const memory = `${share}, ${bytes(used)} of ${bytes(total)}`;
  return [`${memory}  ${name}`, memory, share];
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
