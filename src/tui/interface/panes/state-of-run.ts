/** How a run and its machine are: entropy and skips of a search, processor, memory, the last checkpoint. */

import { formatCount, formatDuration } from '../../format.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import type { Room } from '../frame.ts';
import type { MachineUse } from '../machine.ts';
import type { ShownRun } from '../shown-run.ts';

const levels = { blocks: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#' } as const;

export function stateLines(run: ShownRun, room: Room, uses: readonly MachineUse[]): readonly Talk[] {
  const { watched, checkpointAt } = run;
  const epochs = watched.metrics.flatMap((record) => (record.kind === 'epoch' ? [record] : []));
  const series = (key: 'alpha_entropy' | 'skips' | 'rate') =>
    epochs.flatMap((record) => (typeof record[key] === 'number' ? [record[key]] : []));
  const lines: (Talk | undefined)[] = [
    measuredLine('entropy', series('alpha_entropy'), (value) => `${value.toFixed(3)} nats`, room),
    measuredLine('skips', series('skips'), (value) => String(value), room),
    measuredLine('rate', series('rate'), (value) => value.toPrecision(3), room),
    checkpointAt === undefined
      ? named('saved', span('quiet', 'no checkpoint yet'))
      : named('saved', `${formatDuration(Math.max(0, room.now - checkpointAt))} ago`),
    ...machineLines(uses, room),
  ];
  return lines.flatMap((line) => (line === undefined ? [] : [line]));
}

function machineLines(uses: readonly MachineUse[], room: Room): readonly (Talk | undefined)[] {
  const now = uses.at(-1);
  if (now === undefined) return [];
  const { process, gpu } = now;
  const busy = uses.flatMap((use) => (typeof use.process?.cores === 'number' ? [use.process.cores] : []));
  return [
    process === null
      ? named('cpu', `load ${now.load.toFixed(1)} of ${now.cores} cores`)
      : measuredLine('cpu', busy, (cores) => `${cores.toFixed(1)} of ${now.cores} cores`, room),
    named(
      'memory',
      [
        process === null ? '' : `${bytes(process.bytes)}, machine `,
        `${bytes(now.memoryUsed)} of ${bytes(now.memoryTotal)}`,
      ].join(''),
    ),
    gpu === null
      ? undefined
      : named(
          'gpu',
          `${Math.round(100 * gpu.busy)}%, ${bytes(gpu.used)} of ${bytes(gpu.total)}  ${gpu.name}`,
        ),
  ];
}

function measuredLine(
  name: string,
  values: readonly number[],
  format: (value: number) => string,
  room: Room,
): Talk | undefined {
  const last = values.at(-1);
  if (last === undefined) return undefined;
  const text = format(last);
  const width = Math.max(0, Math.min(24, room.width - nameWidth - text.length - 2));
  return named(name, [text, '  ', span('series1', sparkline(values, width, room.look.ascii))]);
}

const nameWidth = 9;

function named(name: string, value: Talk): Talk {
  return [span('quiet', name.padEnd(nameWidth)), value];
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
