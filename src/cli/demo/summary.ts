/** What the demo ends with: its table, what to type next, and whether its numbers are good enough. */

import { requireParity } from '../../parity/parity-report.ts';
import { usedText } from '../../parity/render-layers.ts';
import { taskOf } from '../../tasks/tasks.ts';
import { formatDuration } from '../../run/duration.ts';
import { table } from '../../tui/table.ts';
import { formatBytes, formatInteger, formatMillions } from '../render/format.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import { demoAmounts, type Amount } from './amounts.ts';
import type { DemoResult } from './demo.ts';
import { demoRows } from './rows.ts';

export function demoTable(result: DemoResult): string {
  const { search, train, model, data, validation, seconds } = result;
  const { space, name } = taskOf(data.data);
  const row = demoRows[name];
  const notes = 'notes' in validation ? validation.notes : [];
  return table([
    ['engine', search.why],
    ['dataset', data.data],
    ...notes.map((note) => ['note', note] as const),
    [
      'search time',
      `${formatDuration(1000 * search.seconds)}${search.steps === null ? '' : `, ${formatInteger(search.steps)} steps`}`,
    ],
    // A line for each cell, and still one expression that can be copied.
    ['genotype', space.toNotation(search.genotype).replace(', reduce=', ',\nreduce=')],
    ['skips', `${space.skips(search.genotype)} in ${space.skipsIn}`],
    ['training time', formatDuration(1000 * train.seconds)],
    ['parameters', formatMillions(model.parameters)],
    ['MACs', formatMillions(model.macs)],
    ...chosen(result),
    [row.tested.label, row.tested.lines(result).join('\n')],
    ['largest difference', differences(result)],
    ['model', model.file],
    ...(model.beside === null ? [] : [[model.beside.title, model.beside.file] as const]),
    ['file size', formatBytes(model.bytes)],
    ['sha256', model.sha256],
    [
      'total time',
      `${formatDuration(1000 * seconds.total)}, of which ${formatDuration(1000 * seconds.preparation)} for runtime and data`,
    ],
  ]);
}

/** How much was done, where it was less than the full amount. */
function chosen({ amounts: { search, train }, data }: DemoResult): readonly (readonly [string, string])[] {
  const full = demoAmounts[taskOf(data.data).name];
  const part = (what: string, amount: Amount | null, of: Amount) =>
    amount === null || amount === of ? [] : [`${what}: ${amount.title} of ${of.title}`];
  const parts = [...part('search', search, full.search[0]), ...part('training', train, full.train[0])];
  return parts.length === 0 ? [] : [['amount', parts.join('\n')]];
}

function differences({ parity }: DemoResult): string {
  const lines = parity.pairs.map(({ name, elements, largestAbsolute, used, top1Real }) => {
    // Inputs reach extremes, where answers are large: a size says nothing without what is allowed there.
    const size =
      elements === 0
        ? 'not compared'
        : `${largestAbsolute.toExponential(1)}, ${usedText(used)} of what is allowed`;
    const same =
      top1Real.total === 0
        ? ''
        : `, same class on ${formatInteger(top1Real.agreed)} of ${formatInteger(top1Real.total)} images`;
    return `${size}  ${name} against ${parity.baseline.name}${same}`;
  });
  return lines.length === 0 ? 'nothing was compared' : lines.join('\n');
}

/** Three things to do next. */
export function demoNext({ run, data }: DemoResult): readonly string[] {
  const { next } = demoRows[taskOf(data.data).name];
  return [
    `parity ${word(run)}`,
    `validate ${word(run)} --json`,
    `search${dataFlags(data)} --preset ${next} --out runs/${next}`,
  ].map(commandLine);
}

/** @throws NascentError `gate/failed` where a runtime differs, or the model is not good enough on the test split */
export function requireGood(result: DemoResult): void {
  requireParity(result.parity);
  const { name } = taskOf(result.data.data);
  const { gate } = result.amounts.train ?? demoAmounts[name].train[0];
  demoRows[name].requireGood(result, gate);
}
