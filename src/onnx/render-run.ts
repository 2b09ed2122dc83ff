/** What a run of a model gave, as text for a terminal. */
import { cleanName } from '../tui/clean.ts';
import { table } from '../tui/table.ts';
import type { OutputComparison } from './compare.ts';
import type { ModelRun, TensorSummary } from './run-model.ts';

export function renderModelRun({
  model,
  runtime,
  inputs,
  outputs,
  comparison,
  files,
  seconds,
}: ModelRun): string {
  const lines = [
    table([
      ['model', model.path],
      ['runtime', runtime],
      ...inputs.map((input): [string, string] => [
        'input',
        `${showTensor(input)}, ${input.file === null ? 'drawn' : `from ${input.file}`}`,
      ]),
      ...outputs.map((output): [string, string] => ['output', `${showTensor(output)}${figures(output)}`]),
      ['time', `${seconds.open.toFixed(2)} s to open, ${seconds.run.toFixed(3)} s to run`],
    ]),
  ];
  if (comparison !== null) {
    const { dataset, tolerance } = comparison;
    lines.push('', `against ${dataset}, within ${tolerance.atol} + ${tolerance.rtol} · |expected|:`);
    for (const output of comparison.outputs) lines.push(`  ${showComparison(output)}`);
  }
  const written = files.length === 0 ? [] : ['', ...files.map((file) => `wrote ${file}`)];
  return [...lines, ...written].join('\n');
}

function showTensor({ name, dtype, shape }: TensorSummary): string {
  return `${cleanName(name)} ${dtype}[${shape.join(', ')}]`;
}

function figures({ dtype, min, max, mean, notFinite = 0, first }: TensorSummary): string {
  // Of whole numbers each digit counts: they are places, classes, words.
  const isWhole = /^u?int/.test(dtype);
  const told = (value: number | string) =>
    isWhole && (typeof value === 'string' || Number.isInteger(value)) ? String(value) : short(value);
  const parts = [
    ...(min === undefined || max === undefined || mean === undefined
      ? []
      : [`from ${told(min)} to ${told(max)}, mean ${short(mean)}`]),
    ...(notFinite > 0 ? [`${notFinite} not finite`] : []),
    ...(first.length > 0 ? [`begins ${first.map(told).join(' ')}`] : []),
  ];
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
}

function showComparison({
  name: written,
  passed,
  reason,
  elements,
  mismatched,
  largest,
}: OutputComparison): string {
  const name = cleanName(written);
  const verdict = passed ? 'agrees' : 'differs';
  if (reason !== undefined) return `${name} ${verdict}: ${reason}`;
  if (largest === undefined) return `${name} ${verdict}: no elements`;
  const { difference, at, expected, given } = largest;
  const where = `largest difference ${inFull(difference)} at [${at.join(', ')}], ${inFull(given)} for ${inFull(expected)}`;
  return `${name} ${verdict}: ${passed ? '' : `${mismatched} of ${elements} elements are too far off; `}${where}`;
}

/** A whole number with each of its digits: a difference of one shows. */
function inFull(value: number | string): string {
  return Number.isSafeInteger(value) ? String(value) : short(value);
}

function short(value: number | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Number.isInteger(value) && Math.abs(value) < 1e6
    ? String(value)
    : String(Number(value.toPrecision(5)));
}
